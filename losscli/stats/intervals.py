"""An interval for one loss, from its State alone."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ..core.bound_loss import BoundLoss
from ..core.errors import UsageProblem
from ..core.record import record, replace
from ..core.reduction import Finish, Reduction
from ..core.state import State
from .quantiles import t_quantile

if TYPE_CHECKING:
    from ..engine.run import Settings
    from .influence_rows import RowRecorder

ANALYTIC = "analytic"


@record
class IntervalRequest:
    """What is asked of one value's uncertainty: a level, a bootstrap, clusters. The keeper is shown the run's rows."""

    level: float | None = None
    resamples: int | None = None
    clustered: bool = False
    keeper: RowRecorder | None = None

    @classmethod
    def of(cls, bound: BoundLoss, clustered: bool, level: float | None, resamples: int | None) -> IntervalRequest:
        """What is asked for of this loss; what cannot be is a UsageProblem."""
        if level is None and resamples is None and not clustered:
            return cls()
        if bound.reduction.name == "none":
            raise UsageProblem("An interval is of one number.", "Leave out --reduction none.")
        if resamples is not None and (level is None or not 100 <= resamples <= 1_000_000):
            raise UsageProblem("A bootstrap takes 100 to 1000000 resamples, for an interval.", "Add --ci 95.")
        keeper = None
        if clustered or resamples is not None:
            from .influence_rows import RowRecorder

            keeper = RowRecorder(1, everything=True, most=0)
        return cls(None if level is None else level_of(level), resamples, clustered, keeper)

    def watching(self, settings: Settings) -> Settings:
        """The settings of a run that shows its rows, if they are needed."""
        return replace(settings, observer=self.keeper, observer_bytes=self.keeper.each) if self.keeper else settings

    def span(self, bound: BoundLoss, state: State) -> dict[str, Any]:
        """The standard error and the interval, as fields of a result."""
        if self.level is None and self.keeper is None:
            return {}
        from .uncertainty import span

        return span(bound, state, self.keeper, self.level, clustered=self.clustered, resamples=self.resamples)


def level_of(given: float) -> float:
    """A level from 0.95 or 95; anything else is a UsageProblem."""
    level = given / 100.0 if given > 1.0 else given
    if not 0.0 < level < 1.0 or given == 1.0:
        raise UsageProblem(f"A level of confidence is above 0 and below 1, or a percentage, got {given:g}.")
    return level


def interval(
    state: State, reduction: Reduction, finish: Finish | None, level: float, *, nonnegative: bool = False
) -> dict[str, Any] | None:
    """The interval of the loss as it stands in a report: level, low, high, method. None where rows cannot tell.

    Student's t on the standard error of the delta method. Losses that cannot be negative pile up near zero with a
    tail above, so that intervals of equal arms miss above: `nonnegative` takes the rows to be as skewed as a gamma
    distribution of their mean and spread (2 x deviation / mean), and bends both ends by Hall's transformation.
    """
    stderr, n = reduction.stderr(state, finish), reduction.counted(state)
    if stderr is None or n < 2:
        return None
    means = reduction.means(state)
    value = finish(means) if finish else means[0]
    return of_value(value, stderr, n, level, nonnegative=nonnegative)


def of_value(value: float, stderr: float, n: int, level: float, *, nonnegative: bool) -> dict[str, Any] | None:
    """The same, of a value with its standard error over n rows."""
    if not (math.isfinite(value) and math.isfinite(stderr)):
        return None
    arm = t_quantile(0.5 + 0.5 * level, n - 1.0)
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
