"""The named reductions and their denominators: how a state becomes a number, and its standard error."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from ..errors import DataProblem
from ..record import record
from .exact import SQUARE, UNIT, ratio
from .state import State

REDUCTIONS = {
    "mean": "the sum of weight times loss over the denominator",
    "sum": "the sum of weight times loss",
    "none": "one loss a row, times its weight",
    "pooled": "one value from the sums over all rows",
}
DENOMINATORS = {
    "weights": "the sum of the weights",
    "count": "the number of rows",
    "nonzero": "the number of rows whose weight is not zero",
    "elements": "the number of elements, where a row's loss is a sum over its elements; else of rows",
    "rows": "the number of rows, of which each counts with the sum over its elements",
}

Finish = Callable[[Sequence[float]], float]


@record
class Reduction:
    """mean, sum, none or pooled; only a mean has a denominator."""

    name: str = "mean"
    denominator: str | None = "weights"
    elements: int = 1  # elements of a row, where the row's loss is their sum

    def divisor(self, state: State) -> int:
        """What the sums are divided by, in units of 2^-UNIT."""
        if self.name != "mean":
            return 1 << UNIT
        if self.denominator == "weights":
            return state.weight
        if self.denominator == "nonzero":
            return state.nonzero << UNIT
        return (state.rows * (self.elements if self.denominator == "elements" else 1)) << UNIT

    def means(self, state: State) -> list[float]:
        """T over the denominator, each rounded once; in the place of a term that is reduced otherwise, its value."""
        divisor = self.divisor(state)
        if divisor == 0:
            raise DataProblem(
                "The denominator is zero: all weights are zero.",
                "A mean needs a weight above zero.",
                kind="zero_denominator",
                options=("denominator",),
            )
        means = [
            special if special else ratio(t, divisor) for t, special in zip(state.totals, state.special, strict=True)
        ]
        for place, reduced in state.reduced.items():
            if not math.isnan(state.special[place]):  # or a row is unknown, and with it what is made of all
                means[place] = reduced.value()
        return means

    def stderr(self, state: State, finish: Finish | None) -> float | None:
        """The standard error of the value by the delta method; None where the rows cannot tell.

        The rows are taken as independent. With C the centred second moments of w t (about the weighted
        mean for a mean over weights, about the plain mean otherwise) and g the gradient of `finish`:
        sqrt(n / (n - 1) x g' C g) / divisor.
        """
        if state.squares is None or any(state.special) or self.divisor(state) == 0:
            return None
        means = self.means(state)
        return self.stderr_along(state, gradient(finish, means)) if all(map(math.isfinite, means)) else None

    def counted(self, state: State) -> int:
        """The rows that tell about the spread: those that count in the denominator."""
        by_rows = self.name != "mean" or self.denominator in ("count", "elements", "rows")
        return state.rows if by_rows else state.nonzero

    def stderr_along(self, state: State, gradient: Sequence[float]) -> float | None:
        """The standard error of a smooth function of the means that has this gradient there."""
        n = self.counted(state)
        if state.squares is None or state.spreads is None or n < 2 or self.divisor(state) == 0:
            return None
        if any(special and slope for special, slope in zip(state.special, gradient, strict=True)):
            return None
        used = [i for i, slope in enumerate(gradient) if slope]
        entries = {(i, j): self._centred(state, i, j) for i in used for j in used}
        # by a power of two that brings tiny squares into the range of floats; ordinary ones stay as they are
        size = max((top.bit_length() - bottom.bit_length() for top, bottom in entries.values() if top), default=0)
        lift = -(size // 2) if abs(size) > 900 else 0
        variance = math.fsum(gradient[i] * gradient[j] * _lifted(*entry, 2 * lift) for (i, j), entry in entries.items())
        if not math.isfinite(variance):
            return None
        divisor = abs(self.divisor(state))
        small = max(0, UNIT - 900 - divisor.bit_length())  # so small that its inverse is no float
        scale = ratio(1 << (UNIT - small), divisor)
        error = math.sqrt(max(variance, 0.0) * n / (n - 1)) * scale
        return math.ldexp(error, small - lift) if lift or small else error

    def _centred(self, state: State, i: int, j: int) -> tuple[int, int]:
        """sum (w t_i - m_i d)(w t_j - m_j d), where d is w, 1 or [w is not 0] after the denominator: as a quotient."""
        k = len(state.totals)
        lift = SQUARE - UNIT
        if self.name == "mean" and self.denominator == "weights":
            whole, cross_i, cross_j = state.weight, state.square(i, k), state.square(j, k)
            mass, own = state.square(k, k), state.square(i, j)
        else:
            by_nonzero = self.name == "mean" and self.denominator == "nonzero"
            count = state.nonzero if by_nonzero else state.rows
            whole, cross_i, cross_j = count << UNIT, state.totals[i] << lift, state.totals[j] << lift
            mass, own = count << SQUARE, state.spread(i, j)
        t_i, t_j = state.totals[i], state.totals[j]
        top = whole * whole * own - whole * (t_i * cross_j + t_j * cross_i) + t_i * t_j * mass
        return top, (whole * whole) << SQUARE


def _lifted(top: int, bottom: int, power: int) -> float:
    """top / bottom x 2^power, rounded once."""
    return ratio(top << power, bottom) if power >= 0 else ratio(top, bottom << -power)


def unrounded(finish: Finish | None) -> Finish | None:
    """The same in float64: where a framework rounds to float32 on its way, small steps have no slope."""
    if isinstance(finish, partial) and "dtype" in finish.keywords:
        return partial(finish, dtype=np.dtype(np.float64))
    return finish


def gradient(finish: Finish | None, means: Sequence[float]) -> list[float]:
    """The gradient of finish at the means: its own, or by central differences."""
    if finish is None:
        return [1.0] * len(means)
    finish = unrounded(finish)
    assert finish is not None
    if isinstance(finish, partial) and "slopes" in getattr(finish.func, "__dict__", {}):
        return list(finish.func.__dict__["slopes"](means, **finish.keywords))
    slopes = []
    for i, mean in enumerate(means):
        step = 1e-6 * (abs(mean) or max(map(abs, means)) or 1.0)
        ahead, behind = list(means), list(means)
        ahead[i], behind[i] = mean + step, mean - step
        try:
            slopes.append((finish(ahead) - finish(behind)) / (ahead[i] - behind[i]))
        except (ValueError, ZeroDivisionError):
            slopes.append(math.nan)
    return slopes
