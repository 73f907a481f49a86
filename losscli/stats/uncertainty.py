"""The uncertainty of one value: what is asked for; the answer from the State alone, by cluster, or by the bootstrap.

Intervals and what needs all rows are imported where they are used: most runs ask for none of them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ..core.binding.bound_loss import BoundLoss
from ..core.errors import DataProblem, UsageProblem
from ..core.record import record, replace
from ..core.sums.reduction import gradient
from ..core.sums.state import State

if TYPE_CHECKING:
    from ..engine.batches import Observer
    from ..engine.run import Settings
    from .comparison.paired_test import TestOutcome
    from .effective import Effective
    from .influence_rows import IndependentUnits, RowRecorder
    from .row_sample import RowSample

VALUE_ALONE = (None, 0)  # the contrast that is the base's value itself


@record
class Uncertainty:
    """What is known of a value: fields of a result (`stderr`, `ci`, `effective`), and sentences for its reader."""

    fields: dict[str, Any]
    notes: tuple[str, ...] = ()


@record
class IntervalRequest:
    """What is asked of one value's uncertainty: a level, a bootstrap, clusters.

    The recorder sees all rows of the run, where they are needed; the sample some of them, to say what the standard
    error stands on.
    """

    level: float | None = None
    resamples: int | None = None
    clustered: bool = False
    recorder: RowRecorder | None = None
    sample: RowSample | None = None
    batched: bool = False

    @classmethod
    def of(cls, bound: BoundLoss, clustered: bool, level: float | None, resamples: int | None) -> IntervalRequest:
        """What is asked for of this loss; what cannot be is a UsageProblem."""
        from .row_sample import RowSample

        asked = level is not None or resamples is not None or clustered
        if bound.reduction.name == "none":
            if not asked:
                return cls()
            raise UsageProblem(
                "An interval is of one number.",
                "Leave out --reduction none.",
                kind="contradiction",
                options=("reduction",),
            )
        sample = RowSample(repeats=bound.counts_repeats)
        if not asked:
            return cls(sample=sample, batched=bound.batched)
        if resamples is not None and (level is None or not 100 <= resamples <= 1_000_000):
            raise UsageProblem(
                "A bootstrap takes 100 to 1000000 resamples, for an interval.",
                "Add --ci 95.",
                kind="bad_option",
                options=("bootstrap", "ci"),
                fix="--ci 95",
            )
        _refuse_dependent(bound, clustered, resamples)
        from .intervals import level_of

        recorder = None
        if clustered or resamples is not None:
            from .influence_rows import RowRecorder

            recorder = RowRecorder(1, everything=True, most=0, repeats=bound.counts_repeats)
        return cls(None if level is None else level_of(level), resamples, clustered, recorder, sample, bound.batched)

    def watching(self, settings: Settings) -> Settings:
        """The settings of a run that shows its rows, as far as they are needed."""
        if self.recorder is not None:
            return replace(settings, observer=self._of_units(self.recorder), observer_bytes=self.recorder.each)
        return settings if self.sample is None else replace(settings, observer=self._of_units(self.sample))

    def _of_units(self, observer: Observer) -> Observer:
        """The observer itself, which sees rows, or where batches are independent, those."""
        if not self.batched:
            return observer
        from ..engine.batches import ByBatch  # few losses have batches

        return ByBatch(observer)

    def answered(self, bound: BoundLoss, state: State) -> Uncertainty:
        """The standard error, the interval, and what they stand on; the interval None where no level is asked for."""
        if self.recorder is not None:
            return self._from_rows(bound, state, self.recorder)
        if self.sample is None or bound.one_row or not bound.reduction.divisor(state):
            return Uncertainty({})
        if bound.dependent is not None:
            return Uncertainty({}, _why_none(bound, self.level))
        finish = bound.finish()
        stderr = bound.reduction.stderr(state, finish)
        if stderr is None:
            return Uncertainty({})
        from .effective_of_run import effective_of

        means = bound.reduction.means(state)
        effective = effective_of(
            bound.reduction, state, gradient(finish, means), stderr, self.sample, batched=self.batched
        )
        return self.standing_on(bound, state, stderr, effective)

    def standing_on(self, bound: BoundLoss, state: State, stderr: float, effective: Effective) -> Uncertainty:
        """The same where it is known what the standard error of the State stands on, as of shards added up."""
        means, finish = bound.reduction.means(state), bound.finish()
        fields: dict[str, Any] = {"effective": effective.to_dict()} if stderr else {}
        if self.level is not None and not effective.tiny:
            from .intervals import interval_of_value

            value = finish(means) if finish else means[0]
            fields["ci"] = interval_of_value(
                value, stderr, effective.count, self.level, nonnegative=bound.nonnegative, df=effective.df
            )
        return Uncertainty(fields, self._notes(bound, stderr, effective))

    def _notes(self, bound: BoundLoss, stderr: float, effective: Effective) -> tuple[str, ...]:
        """Few rows behind the standard error, and rows that resemble their neighbours; all of it for an interval."""
        from .effective import notes_on

        name = bound.loss.name
        if self.level is None and not (stderr and (effective.tiny or effective.is_heavy)):
            return ()
        if stderr == 0.0:
            return (f"{name}: all rows cost the same, which does not tell what others may cost. There is no interval.",)
        bent = self.level is None or bound.nonnegative or self.resamples is not None
        return tuple(notes_on(name, effective, compared=False, nonnegative=bent, level=self.level))

    def _from_rows(self, bound: BoundLoss, state: State, recorder: RowRecorder) -> Uncertainty:
        """By cluster or by the bootstrap, which need the rows that the recorder has seen."""
        units = recorder.independent(clustered=self.clustered)
        if self.clustered and len(units) < 2:
            raise DataProblem(
                "All rows are of one cluster.",
                "A standard error needs at least two that are independent.",
                kind="one_cluster",
                options=("cluster",),
            )
        return self.of_units(bound, state, units, recorder.sample)

    def of_units(
        self, bound: BoundLoss, state: State, units: IndependentUnits, sample: RowSample | None = None
    ) -> Uncertainty:
        """The standard error and the interval from independent rows or clusters, whose sums the State holds."""
        from .comparison.paired import PairedLoss, PairedSums
        from .comparison.paired_test import Method, PairedTest

        sums = PairedSums(PairedLoss.of(bound, ()), state)
        test = "t" if self.resamples is None else "bootstrap"
        method = Method(test, self.level or 0.95, self.clustered, self.resamples or 0, 0)
        (outcome,) = PairedTest(sums, method, units, sample).outcomes([VALUE_ALONE])
        fields: dict[str, Any] = {"stderr": outcome.stderr}
        if outcome.stderr is None or outcome.effective is None:
            return Uncertainty(fields)
        if outcome.stderr > 0.0:
            fields["effective"] = outcome.effective.to_dict()
        if self.level is not None:
            fields["ci"] = self._interval(bound, outcome, len(units))
        return Uncertainty(fields, self._notes(bound, outcome.stderr, outcome.effective))

    def _interval(self, bound: BoundLoss, outcome: TestOutcome, units: int) -> dict[str, Any] | None:
        """By the bootstrap or by cluster; None where the rows cannot tell."""
        level, low, high, stderr = self.level, outcome.low, outcome.high, outcome.stderr
        if level is None or low is None or high is None or not stderr:
            return None
        if self.resamples is None:
            from .intervals import interval_of_value

            interval = interval_of_value(
                outcome.difference, stderr, units, level, nonnegative=bound.nonnegative, df=outcome.df
            )
            return interval and {**interval, "method": "cluster"}
        if not (math.isfinite(low) and math.isfinite(high)):
            return None
        return {
            "level": level, "low": max(0.0, low) if bound.nonnegative else low, "high": high, "method": "bootstrap",
        }  # fmt: skip


def value_and_error(bound: BoundLoss, state: State, read: int) -> tuple[float, float | None]:
    """The value of a State and its standard error; `read` counts its rows, also those left out."""
    finish = bound.finish()
    if (preset := bound.preset) is not None and bound.reduction.name == "mean":
        nothing = preset.framework.empty if not read else preset.framework.zero_weight
        if nothing is not None and bound.reduction.divisor(state) == 0:
            return nothing, None
    means = bound.reduction.means(state)
    value = (finish(means) if finish else means[0]) + 0.0  # -0.0 is 0.0
    stderr = None if bound.one_row or bound.dependent else bound.reduction.stderr(state, finish)
    return (preset.rounded(value) if preset else value), stderr


def _refuse_dependent(bound: BoundLoss, clustered: bool, resamples: int | None) -> None:
    """What would draw rows, or add them up by cluster, where neither makes them independent."""
    refuse_clusters_of_batches(bound, clustered)
    dependent = bound.dependent
    if dependent is None or (clustered and dependent.clusters) or not (clustered or resamples is not None):
        return
    option = "cluster" if clustered else "bootstrap"
    raise UsageProblem(
        f"{bound.loss.name} has no standard error here: {dependent.reason}, and --{option} does not change that.",
        f"{dependent.way}.",
        kind="contradiction",
        options=(option,),
    )


def _why_none(bound: BoundLoss, level: float | None) -> tuple[str, ...]:
    """Why there is no standard error; said where an interval is asked for."""
    dependent = bound.dependent
    if dependent is None or level is None:
        return ()
    return (f"{bound.loss.name} has no standard error here: {dependent.reason}. {dependent.way}.",)


def refuse_clusters_of_batches(bound: BoundLoss, clustered: bool) -> None:
    """Batches are what is independent, and other clusters would cut through them."""
    if bound.batched and clustered:
        raise UsageProblem(
            f"{bound.loss.name} is of whole batches, which are what its standard error takes to be independent.",
            "Leave out --cluster.",
            kind="contradiction",
            options=("cluster",),
        )
