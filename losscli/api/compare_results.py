"""From the evidence of every loss to results: adjusted p-values, verdicts, what could have been shown, ranks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..core.loss_spec import LossSpec
from ..core.notes import Note
from ..core.record import mutable, replace
from ..core.safe_text import shown
from ..engine.outcome import Outcome
from ..report.comparison import Comparison, Outlier, Rank
from ..report.model import Check, Report, Result
from ..sources.columns.candidates import CANDIDATE
from ..sources.file_spec import parse
from ..sources.frame import Frame
from ..stats.comparison.judgement import Judgement
from ..stats.comparison.multiplicity import adjusted
from ..stats.comparison.paired_test import PairedTest, TestOutcome
from ..stats.comparison.ranks import ranks
from ..stats.comparison.verdict import NOT_WORSE
from ..stats.influence_rows import RowRecorder
from ..stats.notes import notes_on_errors, notes_on_infinite, notes_on_power, notes_on_resolution
from ..stats.outliers import outliers
from .comparison_plan import ComparisonPlan
from .requests.request import Request

if TYPE_CHECKING:
    from .compared_groups import GroupsCompared


@mutable
class LossComparison:
    """One loss of all sides: what the rows say."""

    spelt: LossSpec
    paired_test: PairedTest
    outcome: Outcome
    recorder: RowRecorder
    values: list[float]
    judgements: list[Judgement]  # of each candidate against the base
    ranked: tuple[list[TestOutcome], list[float | None]] | None
    sides: list[Result]  # each model's own result
    counts: dict[str, int]
    same: list[bool]  # whether each candidate's predictions are the base's
    groups: GroupsCompared | None = None


def plan_settings(plan: ComparisonPlan) -> dict[str, Any]:
    """The plan as it stands in a report."""
    method = plan.method(clustered=False)
    return {
        "confidence": plan.confidence,
        "test": plan.test,
        "adjust": plan.adjust,
        "resamples": method.resamples if plan.test != "t" else None,
        "seed": plan.seed if plan.test != "t" else None,
    }


def results(losses: Sequence[LossComparison], plan: ComparisonPlan, candidates: Sequence[str]) -> list[Comparison]:
    """A result for each loss and candidate; all their p-values are one family, and those of all groups another."""
    flat = [(each, j) for each in losses for j in range(1, each.paired_test.sums.sides)]
    p_values = [each.judgements[j - 1].outcome.p_value for each, j in flat]
    after = adjusted(p_values, plan.adjust)
    of_groups = _group_fields(flat, plan)
    return [
        replace(_result(each, j, plan, p_value, candidates[j - 1]), **fields)
        for (each, j), p_value, fields in zip(flat, after, of_groups, strict=True)
    ]


def tests_of_groups(losses: Sequence[LossComparison]) -> int:
    """How many groups of all losses and candidates have a p-value."""
    every = [p for each in losses if each.groups is not None for values in each.groups.p_values for p in values]
    return sum(p is not None for p in every)


def _group_fields(flat: Sequence[tuple[LossComparison, int]], plan: ComparisonPlan) -> list[dict[str, Any]]:
    """The groups of each result, where they are asked for."""
    if not any(each.groups is not None for each, _ in flat):
        return [{}] * len(flat)
    from .compared_groups import listed

    values = [[] if each.groups is None else each.groups.p_values[j - 1] for each, j in flat]
    after = iter(adjusted([p_value for held in values for p_value in held], plan.adjust))
    tests = sum(p_value is not None for held in values for p_value in held)
    return [
        {}
        if each.groups is None
        else listed(each.groups, j, [next(after) for _ in held], plan, tests, same=each.same[j - 1])
        for (each, j), held in zip(flat, values, strict=True)
    ]


def _result(
    compared: LossComparison, j: int, plan: ComparisonPlan, p_adjusted: float | None, candidate: str
) -> Comparison:
    test, judgement = compared.paired_test, compared.judgements[j - 1]
    sums, difference, beyond = test.sums, judgement.outcome, judgement.beyond
    base, cand = compared.values[0], compared.values[j]
    rows, rest = outliers(sums, compared.recorder.units(), j, plan.worst)
    stderr = difference.stderr
    relative = difference.difference / abs(base) if base and math.isfinite(base) else None
    return Comparison(
        loss=compared.spelt.loss.name,
        base=base,
        cand=cand,
        difference=difference.difference,
        relative=relative,
        stderr=difference.stderr,
        low=difference.low,
        high=difference.high,
        p_value=difference.p_value,
        p_adjusted=p_adjusted,
        verdict=NOT_WORSE if compared.same[j - 1] else judgement.verdict(p_adjusted, plan.confidence),
        n=sums.rows,
        confidence=plan.confidence,
        test=plan.test,
        detectable=judgement.detectable,
        margin=judgement.limit,
        margin_absolute=plan.margin.absolute,
        margin_relative=plan.margin.relative,
        beyond_stderr=None if beyond is None else beyond.stderr,
        beyond_high=None if beyond is None else beyond.high,
        power=judgement.power,
        needed=judgement.needed,
        clusters=judgement.units if test.method.clustered else None,
        effective=difference.effective.to_dict() if stderr and difference.effective is not None else None,
        candidate=candidate,
        spelling=compared.spelt.text,
        alias=compared.spelt.alias,
        signature=compared.sides[0].signature,
        unit=compared.spelt.loss.unit,
        sides=(compared.sides[0], compared.sides[j]),
        worst=tuple(Outlier(*row) for row in rows),
        without_worst=rest,
        counts=compared.counts,
    )


def ranking_of(losses: Sequence[LossComparison], names: Sequence[str], alpha: float) -> dict[str, list[Rank]]:
    """The models by each loss, best first, where there is more than one candidate."""
    ranking = {}
    for each in losses:
        if each.ranked is not None:
            places = ranks(each.values, *each.ranked, alpha)
            rows = [
                Rank(rank, name, value, letters)
                for (rank, letters), name, value in zip(places, names, each.values, strict=True)
            ]
            ranking[each.spelt.text] = sorted(rows, key=lambda row: (row.value != row.value, row.value, row.rank))
    return ranking


def doubts_of(results: Sequence[Comparison], losses: Sequence[LossComparison], plan: ComparisonPlan) -> list[Note]:
    """What a reader should know of the comparison itself."""
    same = [each for each in results if each.difference == 0.0 and each.stderr == 0.0]
    notes = [f"{each.loss}: every row costs the same in {each.candidate} as in the base." for each in same]
    for each in losses:
        outcomes = [judgement.outcome for judgement in each.judgements]
        for outcome in outcomes:
            notes += notes_on_infinite(each.spelt.text, each.values[0], outcome.difference)
        notes += notes_on_errors(each.spelt.text, each.paired_test, outcomes)
        notes += [note for judgement in each.judgements for note in notes_on_power(each.spelt.text, judgement)]
    tests = 1 if plan.adjust == "none" else len(results)
    notes += [note for each in losses for note in notes_on_resolution(each.paired_test, tests)]
    said = [Note(note, kind="uncertainty") for note in dict.fromkeys(notes)]
    if any(each.groups is not None for each in losses):
        from .compared_groups import notes_on_groups

        total = 1 if plan.adjust == "none" else tests_of_groups(losses)
        for each in losses:
            if each.groups is not None:
                said += notes_on_groups(each.spelt.text, each.groups, plan, total)
    return said


def names_of_sides(frame: Frame) -> list[str]:
    """What the base and the candidates are called; candidates of one name are numbered."""
    roles = ["pred", *(name for name in frame.roles if name.startswith(CANDIDATE))]
    return _told_apart([_name(frame, role, roles) for role in roles])


def _told_apart(names: list[str]) -> list[str]:
    """The names of the base and the candidates, of which those that are there twice are numbered."""
    base, *others = names
    return [base, *(f"{name} ({i})" if names.count(name) > 1 else name for i, name in enumerate(others, 1))]


def nothing_compared(request: Request, problem: Exception) -> Report:
    """The report of a comparison that could not be made: an error for each loss and candidate, under their names."""
    from ..report.comparisons.checks import check_name
    from .failures import failed

    sides = [parse(str(given)) for role, given in request.files.items() if role == "pred" or role.startswith(CANDIDATE)]
    paths = [side.path for side in sides]
    texts = [f"{side.path}::{','.join(side.columns)}" if paths.count(side.path) > 1 else side.path for side in sides]
    results = []
    for requested in request.losses:
        for name in _told_apart([shown(text, 4096) for text in texts])[1:]:
            options = requested.options(request.options)
            (result,) = failed(name, requested.spec, problem, options, "compare").results
            check = Check(check_name(result.loss), False, message=result.error)
            results.append(replace(result, gates=[check]))
    return Report("compare", results)


def _name(frame: Frame, role: str, roles: Sequence[str]) -> str:
    """What a side is called: its file, with the columns where files are not enough to tell sides apart."""
    table, pick = frame.roles[role]
    paths = [frame.roles[each][0].path for each in roles]
    if table.path is None and table.format == "array":
        return "base" if role == "pred" else role if len(paths) > 2 else "candidate"
    if table.path is None:
        return table.name
    path = shown(str(table.path), 4096)
    several = pick.columns and paths.count(table.path) > 1
    return f"{path}::{','.join(map(shown, pick.columns))}" if several else path
