"""One loss of a base and its candidates, in one reading: what the rows say of the differences, and those of groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.errors import DataProblem, UsageProblem
from ..core.loss_spec import LossSpec
from ..core.record import replace
from ..engine.batches import ByBatch
from ..engine.run import run
from ..sources.assembly import Assembly
from ..sources.columns.candidates import CANDIDATE, CLUSTER
from ..sources.datasets.identical import TwinSides
from ..stats.comparison.judgement import judged
from ..stats.comparison.multiplicity import adjusted
from ..stats.comparison.paired import PairedLoss, PairedSums
from ..stats.comparison.paired_test import PairedTest
from ..stats.comparison.ranks import all_pairs
from ..stats.influence_rows import IndependentUnits, RowRecorder
from ..stats.uncertainty import refuse_clusters_of_batches
from .compare_results import LossComparison
from .comparison_plan import ComparisonPlan
from .evaluation import settings_of
from .requests.compare_binding import bound_side
from .requests.request import Options
from .results import grouping_of, summarise

if TYPE_CHECKING:
    from ..engine.settings import RowsWatcher


def _candidates(assembly: Assembly) -> list[str]:
    return [name for name in assembly.frame.roles if name.startswith(CANDIDATE)]


def refuse_streams(assembly: Assembly, losses: int) -> None:
    """Each loss is a reading of its own, and a stream is read once."""
    if losses > 1 and not assembly.frame.repeatable:
        raise UsageProblem(
            "Several losses read the data several times, and standard input can be read only once.",
            "Write it to a file first.",
        )


def compare_loss(
    spec: LossSpec,
    assembly: Assembly,
    options: Options,
    plan: ComparisonPlan,
    twins: TwinSides,
    losses: int = 1,
    watcher: RowsWatcher | None = None,
) -> LossComparison:
    """One loss of all sides, in one reading; it is one of so many `losses`. The watcher looks at rows one by one."""
    names = _candidates(assembly)
    base, *others = (bound_side(spec.loss, assembly, options, name) for name in ("pred", *names))
    bound = PairedLoss.of(base, others)
    if bound.reduction.name == "none":
        raise UsageProblem(
            "A comparison needs one number a model.",
            "Leave out --reduction none.",
            kind="contradiction",
            options=("reduction",),
        )
    method = plan.method(clustered=CLUSTER in assembly.frame.roles)
    refuse_clusters_of_batches(bound, method.clustered)
    most = 0 if bound.batched else plan.worst  # rows of a batch have no losses of their own to be listed
    recorder = RowRecorder(1 + len(names), everything=method.needs_rows, most=most, repeats=bound.counts_repeats)
    observer = ByBatch(recorder) if bound.batched else recorder
    settings = replace(settings_of(bound, options), observer=observer, observer_bytes=recorder.each, rows=watcher)
    watched = None
    if (grouping := grouping_of(options)) is not None:
        from . import compared_groups  # most comparisons have none

        settings, watched = compared_groups.watching(settings, grouping, assembly, bound, recorder, method)
    outcome = run(bound, assembly.frame, settings)
    assert isinstance(outcome.bound, PairedLoss)
    sums = PairedSums(outcome.bound, outcome.state)
    units = recorder.independent(clustered=method.clustered) if method.needs_rows else None
    _refuse_few(sums, units)
    paired_test = PairedTest(sums, method, units, recorder.sample)
    weighted = "weight" in assembly.frame.roles
    sides = [summarise(replace(outcome, bound=b, state=s), weighted) for b, s in map(sums.side, range(sums.sides))]
    ranked = None
    if sums.sides > 2:
        every = paired_test.outcomes(all_pairs(sums.sides))
        ranked = every, adjusted([each.p_value for each in every], plan.adjust)
    counts = {**sides[0].counts, **assembly.left_out}
    values = [float("nan") if side.value is None else side.value for side in sides]
    judgements = judged(paired_test, values[0], plan.margin)
    same = [name in twins.of_base for name in names]
    groups = None
    if watched is not None:
        groups = compared_groups.judge(watched, assembly, outcome.bound, recorder, method, plan, losses)
    return LossComparison(spec, paired_test, outcome, recorder, values, judgements, ranked, sides, counts, same, groups)


def _refuse_few(sums: PairedSums, units: IndependentUnits | None) -> None:
    if units is not None and sums.n >= 2 and len(units) < 2:
        raise DataProblem(
            "All rows are of one cluster.",
            "A comparison needs at least two that are independent.",
            kind="one_cluster",
            options=("cluster",),
        )
    if sums.bound.one_row and units is None:
        raise DataProblem(
            "The data are one row, and a comparison needs at least two.",
            "A 1-D array is one mask; --cluster tells which of its elements belong together.",
        )
    if sums.n < 2:
        raise DataProblem(f"A comparison needs at least two rows that count; there is {sums.n}.")
