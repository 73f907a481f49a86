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
from .reduction import Finish, Reduction, gradient

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

    def share(self, group: int, whole: int) -> float:
        """The group's sum over another one, which counts 2^-UNIT."""
        return _quotient(self.totals[group], self.total_power + UNIT, whole)

    def means(self, group: int, reduction: Reduction) -> list[float]:
        """The mean or the sum, rounded once."""
        return [_quotient(self.totals[group], self.total_power, self._divisor(group, reduction))]

    def stderr(self, group: int, reduction: Reduction, finish: Finish | None, means: Sequence[float]) -> float | None:
        """The standard error of the value, as `Reduction.stderr` has it; NaN where a State has to tell."""
        n = self.rows[group]
        if self.squares is None:
            return None
        slope = gradient(finish, means)[0]
        if n < 2:
            return None
        power = min(self.square_power, 2 * self.total_power)
        top = (n * self.squares[group]) << (self.square_power - power)
        top -= self.totals[group] ** 2 << (2 * self.total_power - power)
        spread = _quotient(top, power, n)
        if top and not 1.0 / _ORDINARY < spread < _ORDINARY:
            return math.nan
        variance = slope * slope * spread if slope else 0.0
        if not math.isfinite(variance):
            return None
        return math.sqrt(max(variance, 0.0) * n / (n - 1)) * ratio(1, self._divisor(group, reduction))

    def _divisor(self, group: int, reduction: Reduction) -> int:
        if reduction.name != "mean":
            return 1
        return self.rows[group] * (reduction.elements if reduction.denominator == "elements" else 1)


def _quotient(top: int, power: int, bottom: int) -> float:
    """top x 2^power / bottom, rounded once."""
    return ratio(top << power, bottom) if power >= 0 else ratio(top, bottom << -power)
