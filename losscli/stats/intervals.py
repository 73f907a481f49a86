"""An interval for one loss, from its State alone."""

from __future__ import annotations

import math
from typing import Any

from ..core.errors import UsageProblem
from ..core.sums.reduction import Finish, Reduction
from ..core.sums.state import State
from .quantiles import t_quantile

ANALYTIC = "analytic"


def level_of(given: float) -> float:
    """A level from 0.95 or 95; anything else is a UsageProblem."""
    level = given / 100.0 if given > 1.0 else given
    if not 0.0 < level < 1.0 or given == 1.0:
        raise UsageProblem(
            f"A level of confidence is above 0 and below 1, or a percentage, got {given:g}.",
            kind="bad_option",
            options=("ci", "confidence"),
        )
    return level


def interval(
    state: State, reduction: Reduction, finish: Finish | None, level: float, *, nonnegative: bool = False
) -> dict[str, Any] | None:
    """The interval of the loss as it stands in a report: level, low, high, method. None where rows cannot tell.

    Rows that all cost the same tell nothing of how much others may cost.

    Student's t on the standard error of the delta method. Losses that cannot be negative pile up near zero with a
    tail above, so that intervals of equal arms miss above: `nonnegative` takes the rows to be as skewed as a gamma
    distribution of their mean and spread (2 x deviation / mean), and bends both ends by Hall's transformation.
    """
    stderr, n = reduction.stderr(state, finish), reduction.counted(state)
    if stderr is None or n < 2:
        return None
    means = reduction.means(state)
    value = finish(means) if finish else means[0]
    return interval_of_value(value, stderr, n, level, nonnegative=nonnegative)


def interval_of_value(
    value: float, stderr: float, n: int, level: float, *, nonnegative: bool, df: float | None = None
) -> dict[str, Any] | None:
    """The same, of a value with its standard error over n rows; `df` where they are not n - 1."""
    if not (math.isfinite(value) and math.isfinite(stderr)) or stderr == 0.0:
        return None
    arm = t_quantile(0.5 + 0.5 * level, n - 1.0 if df is None else df)
    low, high = value - arm * stderr, value + arm * stderr
    if nonnegative and value > 0.0 and stderr > 0.0:
        skewness = 2.0 * stderr * math.sqrt(n) / value
        low = max(0.0, value - stderr * _bent(arm, skewness, n))
        high = value - stderr * _bent(-arm, skewness, n)
    return {"level": level, "low": low, "high": high, "method": ANALYTIC}


def _bent(x: float, skewness: float, n: int) -> float:
    """The studentised mean whose transform has the quantile x (Hall 1992, J. R. Statist. Soc. B 54, 221-228)."""
    root, third = math.sqrt(n), skewness / 3.0
    if third < 1e-8 * root:
        return x
    inner = 1.0 + 3.0 * third * (x / root - skewness / (6.0 * n))
    return root / third * (math.cbrt(inner) - 1.0)
