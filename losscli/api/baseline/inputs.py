"""Which inputs of a report belong to which of its results, and whether those of two results are the same."""

from __future__ import annotations

from collections.abc import Sequence

from ...core.errors import DataProblem
from ...core.safe_text import shown
from ...report.model import Input, Result
from ...sources.columns.candidates import CLUSTER

PREDICTIONS = "predictions"


def inputs_of(result: Result, inputs: Sequence[Input]) -> tuple[list[int], list[Input]]:
    """The inputs of a result with their positions; reports that do not say which are its own have one result, or one
    data set, so that all are.
    """
    places = list(result.inputs) or list(range(len(inputs)))
    if any(place < 0 or place >= len(inputs) for place in places):
        raise DataProblem(f"A result of {result.loss} names an input that the report does not have.")
    return places, [inputs[place] for place in places]


def unlike(before: Sequence[Input], now: Sequence[Input], *, joined: tuple[bool, bool]) -> str:
    """Why the labels, weights and other inputs beside the predictions are not those of before; empty if they are.

    Columns are compared by their content where a file holds those of several roles, and else by the file's hash and
    their names. `joined` says whether each report paired its rows by key; clusters are compared where rows are.
    """
    for role in sorted({each.role for each in (*before, *now)} - {PREDICTIONS, CLUSTER}):
        ours = [each for each in before if each.role == role]
        theirs = [each for each in now if each.role == role]
        if not ours or not theirs:
            return f"only {'the baseline' if ours else 'the report'} has {role}"
        if len(ours) != len(theirs):
            return f"the baseline has {role} in {len(ours)} inputs, the report in {len(theirs)}"
        if why := _unlike(role, ours, theirs, comparable=joined[0] == joined[1]):
            return why
    return ""


def _unlike(role: str, before: list[Input], now: list[Input], *, comparable: bool) -> str:
    """Why the inputs of one role differ; shards may come in another order."""
    if comparable and all(each.content for each in (*before, *now)):
        same = sorted(str(each.content) for each in before) == sorted(str(each.content) for each in now)
        return "" if same else f"the {role} are others than the baseline's: the columns' contents differ"
    hashes = [sorted(each.sha256 for each in side if each.sha256) for side in (before, now)]
    if len(hashes[0]) == len(before) and len(hashes[1]) == len(now) and hashes[0] != hashes[1]:
        return f"the {role} are others than the baseline's: their SHA-256 differ"
    columns = [sorted({each.columns for each in side if each.columns}) for side in (before, now)]
    if columns[0] and columns[1] and columns[0] != columns[1]:
        names = [shown(", ".join(side[0])) for side in columns]
        return f"the {role} are other columns than the baseline's: {names[1]}, not {names[0]}"
    return ""


def known(inputs: Sequence[Input]) -> bool:
    """Whether the report says by hash what all inputs beside the predictions were."""
    return all(each.sha256 or each.content for each in inputs if each.role not in (PREDICTIONS, CLUSTER))


def identical(before: Sequence[Input], now: Sequence[Input]) -> bool:
    """Whether all inputs are the same by content, the predictions among them: the same files, or the same columns."""

    def marks(inputs: Sequence[Input]) -> list[tuple[str, str, tuple[str, ...]]] | None:
        held = [(each.role, each.content or each.sha256 or "", each.columns) for each in inputs if each.role != CLUSTER]
        return sorted(held) if held and all(mark for _, mark, _ in held) else None

    return marks(before) is not None and marks(before) == marks(now)
