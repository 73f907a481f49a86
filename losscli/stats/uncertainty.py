"""The uncertainty of one value: what is asked for; the answer from the State alone, by cluster, or by the bootstrap.

Intervals and what needs rows are imported where they are used: most runs ask for none of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.binding.bound_loss import BoundLoss
from ..core.errors import DataProblem, UsageProblem
from ..core.record import record, replace
from ..core.sums.state import State

if TYPE_CHECKING:
    from ..engine.run import Settings
    from .influence_rows import RowRecorder

VALUE_ALONE = (None, 0)  # the contrast that is the base's value itself


@record
class IntervalRequest:
    """What is asked of one value's uncertainty: a level, a bootstrap, clusters. The recorder sees the run's rows."""

    level: float | None = None
    resamples: int | None = None
    clustered: bool = False
    recorder: RowRecorder | None = None

    @classmethod
    def of(cls, bound: BoundLoss, clustered: bool, level: float | None, resamples: int | None) -> IntervalRequest:
        """What is asked for of this loss; what cannot be is a UsageProblem."""
        if level is None and resamples is None and not clustered:
            return cls()
        if bound.reduction.name == "none":
            raise UsageProblem(
                "An interval is of one number.",
                "Leave out --reduction none.",
                kind="contradiction",
                options=("reduction",),
            )
        if resamples is not None and (level is None or not 100 <= resamples <= 1_000_000):
            raise UsageProblem(
                "A bootstrap takes 100 to 1000000 resamples, for an interval.",
                "Add --ci 95.",
                kind="bad_option",
                options=("bootstrap", "ci"),
                fix="--ci 95",
            )
        from .intervals import level_of

        recorder = None
        if clustered or resamples is not None:
            from .influence_rows import RowRecorder

            recorder = RowRecorder(1, everything=True, most=0)
        return cls(None if level is None else level_of(level), resamples, clustered, recorder)

    def watching(self, settings: Settings) -> Settings:
        """The settings of a run that shows its rows, if they are needed."""
        return (
            replace(settings, observer=self.recorder, observer_bytes=self.recorder.each) if self.recorder else settings
        )

    def answered(self, bound: BoundLoss, state: State) -> dict[str, Any]:
        """The standard error and the interval, as fields of a result; the interval None where no level is asked for."""
        if self.recorder is not None:
            return self._from_rows(bound, state, self.recorder)
        if self.level is None or bound.one_row:
            return {}
        from .intervals import interval

        return {"ci": interval(state, bound.reduction, bound.finish(), self.level, nonnegative=bound.nonnegative)}

    def _from_rows(self, bound: BoundLoss, state: State, recorder: RowRecorder) -> dict[str, Any]:
        """By cluster or by the bootstrap, which need the rows that the recorder has seen."""
        from .intervals import interval_of_value
        from .paired import PairedLoss, PairedSums
        from .paired_test import Method, PairedTest

        level, resamples = self.level, self.resamples
        sums, units = PairedSums(PairedLoss.of(bound, ()), state), recorder.units(clustered=self.clustered)
        if self.clustered and len(units) < 2:
            raise DataProblem(
                "All rows are of one cluster.",
                "A standard error needs at least two that are independent.",
                kind="one_cluster",
                options=("cluster",),
            )
        test = "t" if resamples is None else "bootstrap"
        method = Method(test, level or 0.95, self.clustered, resamples or 0, 0)
        (outcome,) = PairedTest(sums, method, units).outcomes([VALUE_ALONE])
        fields: dict[str, Any] = {"stderr": outcome.stderr}
        if level is None or outcome.low is None or outcome.high is None or outcome.stderr is None:
            return fields
        if resamples is not None:
            return {**fields, "ci": {"level": level, "low": outcome.low, "high": outcome.high, "method": test}}
        bent = interval_of_value(outcome.difference, outcome.stderr, len(units), level, nonnegative=bound.nonnegative)
        return {**fields, "ci": bent and {**bent, "method": "cluster"}}
