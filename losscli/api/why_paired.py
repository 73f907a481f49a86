"""The difference of two models on the same rows, split by groups: each adds the sum of its rows' differences."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ..core.errors import DataProblem
from ..core.notes import Note
from ..core.record import replace
from ..core.sums.exact import UNIT, ratio
from ..report.decomposition import SAME_ROWS, SYMMETRIC, Decomposition, GroupPart, Rest
from ..sources.datasets.identical import TwinSides
from ..stats.comparison.group_judgements import GroupDifference
from ..stats.comparison.multiplicity import adjusted
from ..stats.comparison.verdict import NOT_WORSE
from .compare_results import LossComparison, doubts_of, names_of_sides, results
from .compare_run import compare_loss
from .compared_groups import GroupsCompared
from .comparison_plan import ComparisonPlan
from .evaluation import assembled
from .notes import notes_of_sides
from .requests.compare_binding import bound_side
from .requests.input_files import InputHashes, inputs_of
from .rows.moved_rows import MovedRows
from .why_request import WhyRequest, ordered, refuse_no_sum


def of_same_rows(asked: WhyRequest) -> Decomposition:
    """The decomposition of a base and a candidate that have the same rows."""
    request = asked.request
    (requested,) = request.losses
    options = requested.options(request.options)
    plan = ComparisonPlan(confidence=options.confidence, worst=0)
    least = options.min_n or 1
    every = options.changed(min_n=1)  # small groups are added up too
    assembly = assembled(requested.spec.loss, *replace(request, options=every).inputs(requested.spec), every)
    try:
        refuse_no_sum(bound_side(requested.spec.loss, assembly, options, "pred"))
        twins = TwinSides(assembly)
        hashes = InputHashes(assembly.tables) if request.hash_inputs else None
        moved = MovedRows(assembly.kept_columns, options.worst)
        compared = compare_loss(requested.spec, assembly, every, plan, twins, watcher=moved)
        (whole,) = results([compared], plan, ["candidate"])
        if not math.isfinite(whole.difference):
            raise DataProblem(
                f"The difference of {requested.spec.loss.name} is {whole.difference}, which has no parts.",
                "losscli compare lists the rows that are infinite.", kind="not_finite",
            )  # fmt: skip
        names = names_of_sides(assembly.frame)
        notes = [*assembly.notes, *twins.notes]
        notes += [each for each in notes_of_sides(compared.outcome, assembly.frame, names) if each not in notes]
        notes += _doubts(compared, plan)
        state, reduction = compared.outcome.state, compared.outcome.bound.reduction
        rows = moved.rows(assembly, ratio(reduction.divisor(state), 1 << UNIT))
        inputs = inputs_of(assembly, compared.outcome.read, hashes.by_path() if hashes else {})
    finally:
        assembly.close()
    assert compared.groups is not None
    parts, rest, tests = _parts(compared, compared.groups, plan, least)
    known = whole.low is not None and whole.high is not None
    ci = {"level": plan.confidence, "low": whole.low, "high": whole.high, "method": "t"} if known else None
    return Decomposition(
        loss=whole.loss, spelling=whole.spelling, alias=whole.alias, signature=whole.signature, unit=whole.unit,
        names=(names[0], names[1]), base=whole.base, cand=whole.cand, difference=whole.difference, stderr=whole.stderr,
        ci=ci, p_value=whole.p_value, verdict=whole.verdict, confidence=plan.confidence,
        within=math.fsum([each.within for each in parts] + ([rest.within] if rest else [])), mix=0.0, paired=True,
        convention=SYMMETRIC, convention_words=SAME_ROWS, by=compared.groups.columns, groups=ordered(parts, asked.sort),
        rest=rest, rows=rows, adjusted_for=tests, n=(whole.n, whole.n), top=options.top, counts=whole.counts,
        inputs=inputs, notes=tuple(notes),
    )  # fmt: skip


def _doubts(compared: LossComparison, plan: ComparisonPlan) -> list[Note]:
    return doubts_of(results([compared], plan, ["candidate"]), [compared], plan)


def _parts(
    compared: LossComparison, groups: GroupsCompared, plan: ComparisonPlan, least: int
) -> tuple[list[GroupPart], Rest | None, int]:
    """What each group adds, and those of fewer rows together."""
    (of_candidate,) = groups.of_candidates
    large = [at for at, each in enumerate(of_candidate) if each.n >= least]
    small = [each for each in of_candidate if each.n < least]
    p_values = [of_candidate[at].judgement.outcome.p_value for at in large]
    reduction = compared.outcome.bound.reduction
    divisor = reduction.divisor(compared.outcome.state)
    mass = divisor if reduction.name == "mean" else compared.outcome.state.weight
    parts = [
        _part(dict(zip(groups.columns, groups.names[at], strict=True)), of_candidate[at], p_value, plan,
              (divisor, mass, compared.same[0]))
        for at, p_value in zip(large, adjusted(p_values, plan.adjust), strict=True)
    ]  # fmt: skip
    rest = None
    if small:
        rows = sum(each.n for each in small)
        rest = Rest(least, len(small), (rows, rows), ratio(sum(each.apart for each in small), divisor), 0.0)
    return parts, rest, sum(p_value is not None for p_value in p_values)


def _part(
    by: dict[str, Any],
    each: GroupDifference,
    p_adjusted: float | None,
    plan: ComparisonPlan,
    whole: Sequence[Any],
) -> GroupPart:
    divisor, mass, same = whole
    outcome = each.judgement.outcome
    share = ratio(each.mass, divisor)  # what the group's own difference is multiplied by
    ci = within_ci = None
    if outcome.low is not None and outcome.high is not None:
        ci = {"level": plan.confidence, "low": outcome.low, "high": outcome.high, "method": "t"}
        within_ci = {**ci, "low": share * outcome.low, "high": share * outcome.high}
    rows_share = ratio(each.mass, mass)
    return GroupPart(
        by, (each.n, each.n), (rows_share, rows_share), each.base, each.cand,
        None if each.base is None else outcome.difference, outcome.stderr, ci, outcome.p_value, p_adjusted,
        NOT_WORSE if same else each.judgement.verdict(p_adjusted, plan.confidence),
        ratio(each.apart, divisor) + 0.0, None if outcome.stderr is None else share * outcome.stderr, within_ci, 0.0,
    )  # fmt: skip
