"""What a comparison could have found: the smallest difference that it would show, and the rows that a margin needs."""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from ...core.record import record
from ..quantiles import noncentral_t_tail, normal_quantile, normal_tail, t_quantile

POWER = 0.8  # the chance that "could have been shown" promises
_MOST = 1 << 60  # rows; more are as good as never
_FAR = 9.0  # standard deviations beyond which nothing is


@record
class Excess:
    """The difference less a margin that is a share of the base's loss, and how it goes with the difference itself.

    `stderr` is its standard error, `correlation` that of its error with the error of the difference.
    """

    stderr: float
    correlation: float

    @classmethod
    def of(cls, excess: float, difference: float, margin: float) -> Excess:
        """From the standard errors of d - m b, of d and of m b: the variances of three say the covariance of two."""
        together = 0.5 * (excess * excess + difference * difference - margin * margin)
        known = excess > 0.0 and difference > 0.0
        return cls(excess, min(1.0, max(-1.0, together / (excess * difference))) if known else 1.0)

    def of_rows(self, share: float) -> Excess:
        """The same of so many times the rows."""
        return Excess(self.stderr / math.sqrt(share), self.correlation)


def critical(level: float, df: float) -> float:
    """Standard errors from the estimate to each end of its interval."""
    return t_quantile(0.5 + 0.5 * level, df)


def power(difference: float, stderr: float, df: float, level: float, excess: Excess | None = None) -> float:
    """The chance that a true difference, which is also the margin, is called worse.

    Its interval must lie above 0, and reach the margin: of the true difference it falls short in (1 - level) / 2. A
    margin that is not known brings its `excess`: that of the difference less the margin.
    """
    if stderr == 0.0:
        return 1.0 if difference > 0 else 0.0
    chance = noncentral_t_tail(critical(level, df), df, difference / stderr)
    if excess is not None:
        chance = max(0.0, chance - _short(difference / stderr, df, level, excess))
    return min(chance, 0.5 + 0.5 * level)


def _short(size: float, df: float, level: float, excess: Excess) -> float:
    """The chance that the interval lies above 0, and that of the excess, whose true value is 0, ends below it.

    Both errors are normal; over those of the excess that end below 0 the chance of the other is averaged.
    """
    if excess.stderr == 0.0:
        return 0.0
    bound, tail = critical(level, df), 0.5 - 0.5 * level
    edge = -normal_quantile(1.0 - tail)
    nodes, weights = _nodes()
    z = edge - 0.5 * _FAR * (nodes + 1.0)
    density = np.exp(-0.5 * z * z) * weights
    rest = math.sqrt(max(1.0 - excess.correlation**2, 1e-12))
    above = np.array([normal_tail((bound - size - excess.correlation * each) / rest) for each in z.tolist()])
    return tail * float(np.sum(density * above) / np.sum(density))


@cache
def _nodes() -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], np.ndarray[tuple[int], np.dtype[np.float64]]]:
    nodes, weights = np.polynomial.legendre.leggauss(48)
    return nodes, weights


def detectable(stderr: float, df: float, level: float, chance: float = POWER) -> float:
    """The smallest true difference whose interval keeps clear of 0 with this chance."""
    return stderr * _errors(df, level, chance)


@cache
def _errors(df: float, level: float, chance: float) -> float:
    """How many standard errors that is."""
    bound = critical(level, df)
    low, high = 0.0, bound + abs(normal_quantile(chance)) + 1.0
    while noncentral_t_tail(bound, df, high) < chance:  # few degrees of freedom
        low, high = high, 2.0 * high
    for _ in range(60):
        middle = 0.5 * (low + high)
        if noncentral_t_tail(bound, df, middle) < chance:
            low = middle
        else:
            high = middle
    return high


def needed(
    margin: float, stderr: float, units: int, level: float, chance: float = POWER, excess: Excess | None = None
) -> int | None:
    """How many rows (or clusters) like these would call a true difference of the margin worse with this chance.

    None where there is no margin, or no number of rows would do: an interval of little confidence misses too often.
    """
    if margin <= 0.0 or chance > 0.5 + 0.5 * level:
        return None
    if stderr == 0.0:
        return 2

    def enough(count: int) -> bool:
        share = count / units
        beyond = None if excess is None else excess.of_rows(share)
        return power(margin, stderr * math.sqrt(units / count), count - 1.0, level, beyond) >= chance

    low, high = 1, 2
    while not enough(high):
        low, high = high, 2 * high
        if high > _MOST:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
