"""The groups of a comparison: asked for by --by, judged one by one, and adjusted for their number."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ..core.notes import Note
from ..core.record import mutable, replace
from ..engine.paired_groups import PairedGroupSums
from ..engine.run import Settings
from ..sources.assembly import Assembly
from ..sources.grouping.group_keys import GroupKeys
from ..sources.grouping.group_names import key_values, order_of
from ..stats.comparison.group_judgements import GroupDifference, GroupJudge
from ..stats.comparison.paired import PairedLoss
from ..stats.comparison.paired_test import Method
from ..stats.comparison.sampled_groups import SampleByGroup
from ..stats.comparison.verdict import NOT_WORSE
from ..stats.influence_rows import RowRecorder
from ..stats.notes import enough_resamples, same_amount
from .comparison_plan import ComparisonPlan
from .groups import Grouping, left_out_note

_BYTES_OF_A_GROUP = 3000  # of what is listed of it, beside its sums


@mutable
class GroupsWatched:
    """What a run of a comparison adds up by group."""

    grouping: Grouping
    sums: PairedGroupSums
    sampler: SampleByGroup | None


@mutable
class GroupsCompared:
    """The groups of one loss: their names in order, and of each candidate what is known of every group."""

    grouping: Grouping
    columns: tuple[str, ...]
    names: list[tuple[Any, ...]]
    of_candidates: list[list[GroupDifference]]
    left_out: dict[str, int] | None
    resamples: int = 0

    @property
    def p_values(self) -> list[list[float | None]]:
        """Of each candidate those of its groups."""
        return [[each.judgement.outcome.p_value for each in groups] for groups in self.of_candidates]


def watching(
    settings: Settings, grouping: Grouping, assembly: Assembly, bound: PairedLoss, recorder: RowRecorder, method: Method
) -> tuple[Settings, GroupsWatched]:
    """The settings of a run that adds up every group of every side."""
    keys = GroupKeys(assembly.group_columns, assembly.frame)
    spread = not (bound.one_row or bound.dependent or bound.batched)
    candidates = len(bound.others)
    sampler = None if bound.batched else SampleByGroup(recorder.sample, candidates)
    sums = PairedGroupSums(
        keys, candidates, spread=spread, most_bytes=settings.max_memory, recording=method.needs_rows, sampler=sampler,
        listed_bytes=_BYTES_OF_A_GROUP * candidates,
    )  # fmt: skip
    return replace(settings, groups=sums), GroupsWatched(grouping, sums, sampler)


def judge(
    watched: GroupsWatched,
    assembly: Assembly,
    bound: PairedLoss,
    recorder: RowRecorder,
    method: Method,
    plan: ComparisonPlan,
    losses: int,
) -> GroupsCompared:
    """Every group of at least `min_n` rows beside every candidate, in the order of their names."""
    sums, grouping = watched.sums, watched.grouping
    rows = sums.rows.tolist()
    present = [group for group, count in enumerate(rows) if count > 0]
    keys = [sums.keys.key(group) for group in present]
    order = order_of(keys)
    kept = [place for place in order if rows[present[place]] >= grouping.min_n]
    small = [rows[present[place]] for place in order if rows[present[place]] < grouping.min_n]
    if plan.resamples is None and method.test != "t" and plan.adjust != "none":
        tests = max(1, losses * len(bound.others) * len(kept))
        method = replace(method, resamples=max(method.resamples, enough_resamples(method.test, tests, plan.confidence)))
    judge_of = GroupJudge(
        bound, sums, method, plan.margin, None if watched.sampler is None else watched.sampler.of,
        recorder if method.needs_rows and not bound.batched else None,
    )  # fmt: skip
    columns = tuple(column.name for column in assembly.group_columns)
    names = key_values([keys[place] for place in kept], tuple(column.bins for column in assembly.group_columns))
    of_candidates = [
        [judge_of(present[place], candidate) for place in kept] for candidate in range(1, 1 + len(bound.others))
    ]
    left = {"min_n": grouping.min_n, "groups": len(small), "rows": sum(small)} if small else None
    return GroupsCompared(grouping, columns, names, of_candidates, left, method.resamples)


def listed(
    groups: GroupsCompared,
    candidate: int,
    p_adjusted: Sequence[float | None],
    plan: ComparisonPlan,
    tests: int,
    *,
    same: bool,
) -> dict[str, Any]:
    """The fields `groups`, `grouping` and `top` of a comparison with a candidate, which counts from 1.

    The p-values were adjusted for so many `tests`.
    """
    made = [
        _as_dict(groups, name, each, p_value, plan, same=same)
        for name, each, p_value in zip(groups.names, groups.of_candidates[candidate - 1], p_adjusted, strict=True)
    ]
    made.sort(key=lambda group: _rank(groups.grouping.sort, group))
    about: dict[str, Any] = {
        "by": groups.grouping.names, "groups": len(made) + (groups.left_out or {"groups": 0})["groups"],
        "adjusted_for": tests,
    }  # fmt: skip
    if groups.left_out is not None:
        about["left_out"] = groups.left_out
    return {"groups": made, "grouping": about, "top": groups.grouping.top}


def _as_dict(
    groups: GroupsCompared,
    name: tuple[Any, ...],
    each: GroupDifference,
    p_adjusted: float | None,
    plan: ComparisonPlan,
    *,
    same: bool,
) -> dict[str, Any]:
    judgement, outcome = each.judgement, each.judgement.outcome
    ci = None
    if outcome.low is not None and outcome.high is not None:
        ci = {"level": plan.confidence, "low": outcome.low, "high": outcome.high, "method": plan.test}
    return {
        "by": dict(zip(groups.columns, name, strict=True)),
        "n": each.n,
        "base": each.base,
        "cand": each.cand,
        "difference": None if each.base is None else outcome.difference,
        "stderr": outcome.stderr,
        "ci": ci,
        "p_value": outcome.p_value,
        "p_adjusted": p_adjusted,
        "margin": judgement.limit,
        "verdict": NOT_WORSE if same else judgement.verdict(p_adjusted, plan.confidence),
        "share": each.share,
    }


def _rank(sort: str, group: dict[str, Any]) -> Any:
    """Where a group stands: differences, rows and shares from the largest, p-values from the smallest, none last."""
    if sort == "name":
        return 0
    value = group["p_value" if sort == "p" else sort]
    if value is None or math.isnan(value):
        return (1, 0.0)
    return (0, value if sort == "p" else -value)


def notes_on_groups(loss: str, groups: GroupsCompared, plan: ComparisonPlan, tests: int) -> list[Note]:
    """What a reader should know of the groups: those that are not listed, and those that cannot tell."""
    notes: list[Note] = []
    if groups.left_out is not None:
        notes.append(left_out_note(loss, groups.left_out, macro=False))
    without = {
        at
        for listed_groups in groups.of_candidates
        for at, each in enumerate(listed_groups)
        if each.judgement.outcome.low is None and math.isfinite(each.judgement.outcome.difference)
    }
    if without:
        are = "1 group has" if len(without) == 1 else f"{len(without):,} groups have"
        notes.append(
            Note(
                f"{loss}: {are} no interval, since a single row, or a few that carry nearly all of the weight or the "
                "spread, do not tell by how much others may differ. Such a group is inconclusive; --min-n leaves out "
                "groups of fewer rows.",
                kind="uncertainty", loss=loss,
            )
        )  # fmt: skip
    alike = sum(same_amount(each.judgement.outcome) for held in groups.of_candidates for each in held)
    if alike:
        have = "1 group has rows" if alike == 1 else f"{alike:,} groups have rows"
        notes.append(
            Note(
                f"{loss}: {have} that all differ by the same amount, which does not tell by how much other rows may "
                "differ. The interval and the p-value of such a group hold for rows like these alone.",
                kind="uncertainty", loss=loss,
            )
        )  # fmt: skip
    smallest = 2.0 / (groups.resamples + 1) if groups.resamples else 0.0
    if smallest * tests > 1.0 - plan.confidence + 1e-12:
        needed = enough_resamples(plan.test, tests, plan.confidence)
        notes.append(
            Note(
                f"{loss}: no group can be called improved or worse, since {groups.resamples} resamples give no p-value "
                f"below {smallest:.2g}, which is above {1.0 - plan.confidence:.3g} once adjusted for {tests:,} tests. "
                f"Use --resamples {needed}.",
                kind="uncertainty", loss=loss,
            )
        )  # fmt: skip
    return notes
