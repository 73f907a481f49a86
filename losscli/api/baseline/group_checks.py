"""The groups of a result beside those of the baseline's: each by its own rows where both kept them, else by its values.

`gate --by` ends here. A group is held like the whole: its value by every limit, its difference by the margin, which is
a share of the group's own baseline where it is a percentage.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from ...core.binding.bound_loss import BoundLoss
from ...core.notes import Note
from ...core.record import record, replace
from ...core.safe_text import shown
from ...core.scratch import Array
from ...report.lines.group_lines import key_text
from ...report.lines.shown_digits import number
from ...report.model import Check, Result
from ...stats.comparison.judgement import Estimate, Judgement, apart
from ...stats.comparison.paired_test import TestOutcome
from ...stats.comparison.verdict import Margin
from ...stats.rows_of_groups import RowsOfGroups
from ..requests.rebound import shapes_of
from . import kept_rows
from .comparison import BesideBaseline, Side, unlike_sides, unpaired_evidence
from .evidence import Evidence
from .inputs import identical, known
from .kept_rows import KeptRows, NoRows
from .pairing import PairedRows, bound_for, judgement_of, paired, refuse_other_values

Group = dict[str, Any]
_NEW = "the baseline has no such group"
MOST_WITH_POWER = 300  # groups of which it is said what they could have shown, a tenth of a second each


def label_of(group: Group) -> str:
    """What a group is called: region=north, age=[20, 30)."""
    return ", ".join(f"{shown(str(name))}={key_text(key)}" for name, key in group["by"].items())


def each_group(result: Result) -> list[tuple[str, Group, Result]]:
    """The groups that have a value, each with its label and as a result of its own."""
    return [
        (label_of(group), group, replace(result, value=group["value"], stderr=group["stderr"], n=group["n"], gates=[]))
        for group in result.groups
        if group["value"] is not None
    ]


def of_group(check: Check, loss: str, label: str, group: Group) -> Check:
    """A check of a group, whose name says which."""
    name = f"{loss} of {label}{check.name.removeprefix(loss)}"
    return replace(check, name=name, group=dict(group["by"]))


def other_grouping(before: Result, now: Result) -> str:
    """Why the groups of two results are not the same, in words; empty where they are made of the same columns."""
    columns = [(each.grouping or {}).get("by", []) for each in (before, now)]
    if columns[0] == columns[1]:
        return ""
    said = [f"by {', '.join(map(shown, each))}" if each else "not at all" for each in columns]
    return f"the baseline is grouped {said[0]}, and the report {said[1]}"


def beside_groups(before: Side, now: Side, margin: Margin, level: float) -> list[tuple[Group, BesideBaseline | Check]]:
    """Every group of the report beside the baseline's, those of the baseline that the report lacks, and new ones."""
    if unlike_sides(before, now):
        return []  # why is said of the whole
    if identical(before.inputs, now.inputs):
        return [(group, _same(now.result, group)) for group in now.result.groups]
    earlier = {_key(group): group for group in before.result.groups}
    theirs = {_key(group) for group in now.result.groups}
    reach = len(now.result.groups) <= MOST_WITH_POWER
    rows = _GroupRows.of(before, now)
    compared: list[tuple[Group, BesideBaseline | Check]] = []
    for place, group in enumerate(now.result.groups):
        name = f"{now.result.loss} of {label_of(group)} against the baseline"
        was = earlier.get(_key(group))
        if was is None:
            compared.append((group, _appeared(name, group)))
        else:
            compared.append((group, _beside(name, was, group, now.result, margin, level, rows, place, reach)))
    for key, group in earlier.items():
        if key not in theirs:
            compared.append((group, _vanished(now.result, group)))
    return compared


def _key(group: Group) -> tuple[tuple[str, str], ...]:
    return tuple((name, repr(key)) for name, key in group["by"].items())


def _appeared(name: str, group: Group) -> Check:
    value = group["value"]
    said = "" if value is None else f" ({number(value)}, {_counted(group['n'])})"
    return Check(
        name, True, None, value, f"{_NEW}, so there is nothing to compare it with{said}",
        informational=True, group=dict(group["by"]),
    )  # fmt: skip


def _same(result: Result, group: Group) -> Check:
    value = group["value"]
    said = "" if value is None else f"; {number(value)}"
    return Check(
        f"{result.loss} of {label_of(group)} against the baseline", True, None, value,
        f"not worse: the predictions and everything else are the baseline's, by their hashes{said}",
        group=dict(group["by"]),
    )  # fmt: skip


def _vanished(result: Result, group: Group) -> Check:
    left = (result.grouping or {}).get("left_out")
    hint = f"; it may be one of {left['groups']} that --min-n {left['min_n']} left out" if left else ""
    return Check(
        f"{result.loss} of {label_of(group)} against the baseline", False, None, None,
        f"the baseline has this group ({_counted(group['n'])}), and the report has not{hint}", group=dict(group["by"]),
    )  # fmt: skip


def _counted(rows: int) -> str:
    return "1 row" if rows == 1 else f"{rows:,} rows"


def _beside(
    name: str,
    was: Group,
    group: Group,
    result: Result,
    margin: Margin,
    level: float,
    rows: _GroupRows | str,
    place: int,
    reach: bool,
) -> BesideBaseline | Check:
    """One group on both sides."""
    before, now, by = was["value"], group["value"], dict(group["by"])
    if before is None or now is None:
        same = before is None and now is None
        message = "nothing of the group counts" + (
            "" if same else f" in {'the baseline' if before is None else 'it now'}"
        )
        return Check(name, same, None, now, message, informational=same, group=by)
    if was["n"] != group["n"]:
        message = f"the group has {_counted(was['n'])} in the baseline, and {group['n']:,} in the report"
        return Check(name, False, None, now, message, group=by)
    if not math.isfinite(now - before):
        return Check(name, bool(now <= before), None, now, f"{number(before)} before, {number(now)} now", group=by)
    if group["n"] < 2:
        judgement = Judgement(TestOutcome(now - before), margin.limit(before), None, 1)
        evidence = Evidence(
            judgement, 1, "a group of 1 row is too small to tell whether that is chance", (), "it is one row"
        )
    else:
        evidence = _evidence(was, group, result, margin, level, rows, place, reach)
    return BesideBaseline(name, before, now, result.loss, evidence, margin, level, by)


def _evidence(
    was: Group,
    group: Group,
    result: Result,
    margin: Margin,
    level: float,
    rows: _GroupRows | str,
    place: int,
    reach: bool,
) -> Evidence:
    """What the group's rows say where both kept them; else what the two values say, and why they were not paired."""
    try:
        if isinstance(rows, str):
            raise NoRows(rows)
        return rows.evidence(place, was, group, margin, level, reach)
    except NoRows as why:
        estimates = Estimate(was["value"], was["stderr"]), Estimate(group["value"], group["stderr"])
        if not reach:
            judgement = apart(*estimates, margin, level, group["n"], reach=False)
            return Evidence(judgement, group["n"], f"not paired, since {why}", (), str(why))
        return unpaired_evidence(result.loss, estimates, margin, level, group["n"], str(why))


@record
class _GroupRows:
    """The rows that both reports kept, and where those of each group stand."""

    rows: PairedRows
    bound: BoundLoss
    now: Result
    before: Result
    places: RowsOfGroups

    @classmethod
    def of(cls, before: Side, now: Side) -> _GroupRows | str:
        """The rows of both sides by the groups of the report; or why they are not used, in words."""
        try:
            return cls._read(before, now)
        except NoRows as why:
            return str(why)

    @classmethod
    def _read(cls, before: Side, now: Side) -> _GroupRows:
        if not (known(before.inputs) and known(now.inputs)):
            raise NoRows(kept_rows.NO_HASHES)
        bound = bound_for(now.result, shapes_of(now.inputs))
        sides = [kept_rows.read(side.result, side.folder, whose) for side, whose in _named(before, now)]
        for side, (_, whose) in zip(sides, _named(before, now), strict=True):
            if side.group is None:
                raise NoRows(f"{whose} kept no groups with its rows; write it again with this version of losscli")
        pairs = paired(sides[0], sides[1])
        _refuse_other_groups(pairs, before.result, now.result)
        group = pairs.now.group
        assert group is not None
        return cls(pairs, bound, now.result, before.result, RowsOfGroups(group))

    def evidence(self, place: int, was: Group, group: Group, margin: Margin, level: float, reach: bool) -> Evidence:
        """What the rows of the group at this place of the report's list say."""
        at = self.places.of(place)
        cluster = self.rows.cluster
        own = PairedRows(
            self.rows.before.at(at), self.rows.now.at(at), 0, 0,
            None if cluster is None else np.unique(cluster[at], return_inverse=True)[1],
        )  # fmt: skip
        for rows, result, held, whose in (
            (own.before, self.before, was, "the baseline"), (own.now, self.now, group, "the report")
        ):  # fmt: skip
            alone = replace(result, value=held["value"], grouping=None)
            refuse_other_values(rows, alone, self.bound, f"this group of {whose}")
        judgement = judgement_of(own, self.bound, margin, level, reach=reach)
        return Evidence(judgement, len(at), own.how)


def _named(before: Side, now: Side) -> list[tuple[Side, str]]:
    return [(before, "the baseline"), (now, "the report")]


def _refuse_other_groups(rows: PairedRows, before: Result, now: Result) -> None:
    """NoRows where a row is of another group in the baseline than in the report."""
    ours, theirs = _codes(rows.before, before), _codes(rows.now, now)
    keys: Mapping[Any, int] = {_key(group): place for place, group in enumerate(now.groups)}
    places = np.array([*(keys.get(_key(group), -1) for group in before.groups), -1], dtype=np.int64)
    if (unlike := (places[ours] != theirs) & (theirs >= 0) & (places[ours] >= 0)).any():
        row = int(np.argmax(unlike))
        labels = label_of(before.groups[int(ours[row])]), label_of(now.groups[int(theirs[row])])
        raise NoRows(f"a row is of {labels[0]} in the baseline and of {labels[1]} in the report")


def _codes(rows: KeptRows, result: Result) -> Array:
    group = rows.group
    assert group is not None
    if len(group) and (int(group.min()) < -1 or int(group.max()) >= len(result.groups)):
        raise NoRows("the groups of the rows are not those of the report")
    return group


def inconclusive_groups(result: Result, stops: str, *, fails: bool) -> list[str]:
    """What to say of the groups that their rows cannot decide: loudly where one rose by more than the margin."""
    checks = [check for check in result.gates if check.group is not None and check.passed is None]
    if not checks:
        return []
    about = f"{result.dataset} {result.loss}" if result.dataset else result.loss
    notes = [f"{about}: {_groups(checks)} inconclusive, since so few rows do not tell whether that is chance."]
    above = [c for c in checks if c.value is not None and c.limit is not None and c.value > c.limit]
    if above and not fails:
        notes.append(
            f"WARNING: {about}: of these, {_groups(above)} above the baseline by more than the margin, and "
            f"{'passes' if len(above) == 1 else 'pass'} all the same. {stops} would stop it."
        )
    return notes


def new_groups(result: Result) -> list[Note]:
    """That there are groups which the baseline has not."""
    checks = [check for check in result.gates if check.group is not None and check.informational and check.passed]
    new = [check for check in checks if check.message.startswith(_NEW)]
    if not new:
        return []
    text = f"{result.loss}: {_groups(new)} not in the baseline, and so compared with nothing."
    return [Note(text, kind="groups_differ", loss=result.loss)]


def _groups(checks: list[Check]) -> str:
    """Groups by their names, the first of many: the group region=north is, 7 groups (...) are."""
    names = [", ".join(f"{shown(str(name))}={key_text(key)}" for name, key in (check.group or {}).items())
             for check in checks]  # fmt: skip
    if len(names) == 1:
        return f"the group {names[0]} is"
    few = "; ".join(names[:5]) + ("; ..." if len(names) > 5 else "")
    return f"{len(names):,} groups ({few}) are"
