"""The sums of many groups of one term whose rows all weigh 1, as short whole numbers, and what is made of them.

It gives the very bits that a State and its Reduction give, of which it is a short form: quotients of the same whole
numbers, rounded once, without the thousands of zeros that a unit of 2^-1074 puts behind them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..record import record
from .exact import UNIT, ratio
from .reduction import Reduction

if TYPE_CHECKING:
    from .grouped import GroupedStates

_ORDINARY = 2.0**800  # a State scales variances near the ends of the range of floats; those are left to it


@record
class OneTermSums:
    """For each group its rows (0 where they weigh otherwise or are not finite), and the sums of terms and squares.

    `total_power` and `square_power` are the powers of two that these count.
    """

    rows: list[int]
    totals: list[int]
    total_power: int
    squares: list[int] | None
    square_power: int

    @classmethod
    def of(cls, states: GroupedStates) -> OneTermSums | None:
        """The sums of groups as they are now; None where there are several terms or weights."""
        if states.terms != 1 or states.weighted:
            return None
        totals, total_power = states.totals[0].numbers()
        squares, square_power = (None, 0) if states.squares is None else states.squares.numbers()
        return cls(states.plain_rows().tolist(), totals, total_power, squares, square_power)

    def shares(self, whole: int) -> list[float]:
        """The sum of each group over another one, which counts 2^-UNIT."""
        zeros = (whole & -whole).bit_length() - 1  # shorter numbers have the same quotients
        top, bottom = _over(self.total_power + UNIT - zeros, whole >> zeros)
        return [_ratio(total << top, bottom) for total in self.totals]

    def means(self, reduction: Reduction) -> list[float]:
        """The mean or the sum of each group, rounded once; NaN where a State has to tell."""
        elements = _elements(reduction)
        top, bottom = _over(self.total_power, elements)
        if reduction.name != "mean":
            return [_ratio(total << top, bottom) for total in self.totals]
        return [
            _ratio(total << top, bottom * n) if n else math.nan for total, n in zip(self.totals, self.rows, strict=True)
        ]

    def stderrs(self, reduction: Reduction, slopes: Sequence[float] | None = None) -> list[float | None]:
        """The standard error of each value, as `Reduction.stderr` has it; NaN where a State has to tell.

        `slopes` are those of the values along the means, 1 if nothing is made of these.
        """
        if self.squares is None:
            return [None] * len(self.rows)
        power = min(self.square_power, 2 * self.total_power)
        of_square, of_total = self.square_power - power, 2 * self.total_power - power
        up, down = _over(power, 1)
        elements, by_rows = _elements(reduction), reduction.name == "mean"
        errors: list[float | None] = []
        for group, (n, total, square) in enumerate(zip(self.rows, self.totals, self.squares, strict=True)):
            if n < 2:
                errors.append(None)
                continue
            top = (n * square << of_square) - (total * total << of_total)
            spread = _ratio(top << up, n * down)
            if top and not 1.0 / _ORDINARY < spread < _ORDINARY:
                errors.append(math.nan)
                continue
            slope = 1.0 if slopes is None else slopes[group]
            variance = slope * slope * spread if slope else 0.0
            if not math.isfinite(variance):
                errors.append(None)
                continue
            divisor = n * elements if by_rows else 1
            errors.append(math.sqrt(max(variance, 0.0) * n / (n - 1)) * (1 / divisor))
        return errors


def _elements(reduction: Reduction) -> int:
    """What a mean is divided by beside the rows."""
    return reduction.elements if reduction.name == "mean" and reduction.denominator == "elements" else 1


def _over(power: int, bottom: int) -> tuple[int, int]:
    """By how many digits to lengthen a number, and what to divide it by then, to have it x 2^power / bottom."""
    return (power, bottom) if power >= 0 else (0, bottom << -power)


def _ratio(top: int, bottom: int) -> float:
    """`ratio`, without a call where a float can hold it."""
    try:
        return top / bottom
    except OverflowError:
        return ratio(top, bottom)
