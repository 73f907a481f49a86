"""Every point of a sweep bound to the same data and run in one reading: a value, or the difference of two models."""

from __future__ import annotations

from typing import Any

from ...core.binding.bound_loss import BoundLoss
from ...core.errors import UsageProblem
from ...core.record import record, replace
from ...engine.batches import ByBatch
from ...engine.multi_loss import LossRun, run_all
from ...engine.outcome import Outcome
from ...report.model import Result
from ...report.sweep import SweepPoint
from ...sources.assembly import Assembly
from ...stats.comparison.multiplicity import adjusted
from ...stats.comparison.paired import PairedLoss, PairedSums, role
from ...stats.comparison.paired_test import Method, PairedTest, TestOutcome
from ...stats.intervals import interval_of_value
from ...stats.row_sample import RowSample
from ...stats.uncertainty import IntervalRequest
from ..evaluation import settings_of
from ..requests.binding import bound_of
from ..requests.compare_binding import bound_side
from ..requests.request import Options
from ..results import summarise

SECOND = role(1)


@record
class _Point:
    """A point, and what is run for it; with two models a sample of rows says what their difference stands on."""

    params: dict[str, Any]
    run: LossRun
    interval: IntervalRequest
    sample: RowSample | None = None


def run_points(
    loss: Any, assembly: Assembly, points: list[dict[str, Any]], fixed: dict[str, Any], options: Options
) -> tuple[list[SweepPoint], list[Result], Outcome]:
    """What every point is, a result of one of them for each, and one of the outcomes."""
    planned = [_planned(loss, replace(assembly, params={**fixed, **point}), point, options) for point in points]
    outcomes = []
    for each in run_all([point.run for point in planned], assembly.frame):
        if isinstance(each, Exception):
            raise each
        outcomes.append(each)
    weighted = "weight" in assembly.frame.roles
    made = [_made(point, outcome, weighted, options) for point, outcome in zip(planned, outcomes, strict=True)]
    if SECOND in assembly.frame.roles:
        after = adjusted([point.p_value for point, _ in made], options.adjust)
        made = [(replace(point, p_adjusted=p), result) for (point, result), p in zip(made, after, strict=True)]
    return [point for point, _ in made], [result for _, result in made], outcomes[0]


def _planned(loss: Any, assembly: Assembly, point: dict[str, Any], options: Options) -> _Point:
    if SECOND not in assembly.frame.roles:
        bound: BoundLoss = bound_of(loss, assembly, assembly.params, options)
        _refuse_rows(bound)
        interval = IntervalRequest.of(bound, False, options.ci, None)
        return _Point(point, LossRun(bound, interval.watching(settings_of(bound, options))), interval)
    base, second = (bound_side(loss, assembly, options, name) for name in ("pred", SECOND))
    _refuse_rows(base)
    paired = PairedLoss.of(base, (second,))
    sample = RowSample(1, repeats=paired.counts_repeats)
    observer = ByBatch(sample) if paired.batched else sample
    settings = replace(settings_of(paired, options), observer=observer)
    return _Point(point, LossRun(paired, settings), IntervalRequest(options.ci), sample)


def _refuse_rows(bound: BoundLoss) -> None:
    if bound.reduction.name == "none":
        raise UsageProblem(
            "A sweep has one number for each point, and --reduction none one for each row.",
            "Leave out --reduction none.", kind="contradiction", options=("reduction",),
        )  # fmt: skip


def _made(point: _Point, outcome: Outcome, weighted: bool, options: Options) -> tuple[SweepPoint, Result]:
    if point.sample is None:
        result = summarise(outcome, weighted)
        result = replace(result, **point.interval.answered(outcome.bound, outcome.state).fields)
        return _of_result(point.params, result), result
    assert isinstance(outcome.bound, PairedLoss)
    sums = PairedSums(outcome.bound, outcome.state)
    base, second = (
        _with_interval(summarise(replace(outcome, bound=bound, state=state), weighted), bound, options.ci)
        for bound, state in map(sums.side, range(2))
    )
    (apart,) = PairedTest(sums, Method(level=options.ci or 0.95), None, point.sample).outcomes([(0, 1)])
    return _of_pair(_of_result(point.params, base), second, apart), base


def _with_interval(result: Result, bound: BoundLoss, level: float | None) -> Result:
    if level is None or result.value is None or result.stderr is None or result.n < 2:
        return result
    return replace(
        result, ci=interval_of_value(result.value, result.stderr, result.n, level, nonnegative=bound.nonnegative)
    )


def _of_result(params: dict[str, Any], result: Result) -> SweepPoint:
    return SweepPoint(params, result.value, result.stderr, result.ci, result.n, result.signature)


def _of_pair(point: SweepPoint, second: Result, apart: TestOutcome) -> SweepPoint:
    return replace(
        point, cand=second.value, cand_stderr=second.stderr, cand_ci=second.ci, difference=apart.difference,
        difference_stderr=apart.stderr, low=apart.low, high=apart.high, p_value=apart.p_value,
    )  # fmt: skip
