"""What a comparison could have found: the smallest difference that it would show, and the rows that a margin needs."""

from __future__ import annotations

import math
from functools import cache

from .quantiles import noncentral_t_tail, normal_quantile, t_quantile

POWER = 0.8  # the chance that "could have been shown" promises
_MOST = 1 << 60  # rows; more are as good as never


def critical(level: float, df: float) -> float:
    """Standard errors from the estimate to each end of its interval."""
    return t_quantile(0.5 + 0.5 * level, df)


def power(difference: float, stderr: float, df: float, level: float) -> float:
    """The chance that a true difference, which is also the margin, is called worse.

    Its interval must lie above 0, and reach the margin: of the true difference it falls short in (1 - level) / 2.
    """
    if stderr == 0.0:
        return 1.0 if difference > 0 else 0.0
    chance = noncentral_t_tail(critical(level, df), df, difference / stderr)
    return min(chance, 0.5 + 0.5 * level)


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


def needed(margin: float, stderr: float, units: int, level: float, chance: float = POWER) -> int | None:
    """How many rows (or clusters) like these would call a true difference of the margin worse with this chance.

    None where there is no margin, or no number of rows would do: an interval of little confidence misses too often.
    """
    if margin <= 0.0 or chance > 0.5 + 0.5 * level:
        return None
    if stderr == 0.0:
        return 2

    def enough(count: int) -> bool:
        return power(margin, stderr * math.sqrt(units / count), count - 1.0, level) >= chance

    low, high = 1, 2
    while not enough(high):
        low, high = high, 2 * high
        if high > _MOST:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
