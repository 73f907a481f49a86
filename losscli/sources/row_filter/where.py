"""`--where COLUMN=VALUE`: the rows of a frame for which conditions on its files' columns hold.

Rows are paired first and chosen then, block by block as they are read, and cut anew: sums have the bits of files that
hold the chosen rows alone.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ...core.arrays.inputs import Ragged
from ...core.did_you_mean import nearest
from ...core.errors import DataProblem, UsageProblem
from ...core.record import record
from ...core.safe_text import shown
from ...core.scratch import Array
from ..blocks import Chunk, recut
from ..frame import Frame, Picked
from ..joins.bitmap import Bitmap
from ..joins.ragged import taken
from ..table import Field, Load, Pick, Table
from .conditions import Condition, Test, test_of

_READ = 1 << 14  # rows read at a time
_ROLE = "where "


@record
class BoundCondition:
    """A condition on the column of a file, and the role that holds its values."""

    test: Test
    role: str
    table: Table


def where_roles(
    conditions: Sequence[Condition], roles: Mapping[str, Picked]
) -> tuple[list[BoundCondition], dict[str, Picked]]:
    """The conditions bound to the files that have their columns, and roles that read these columns."""
    tables = list({id(table): table for table, _ in roles.values()}.values())
    bound: list[BoundCondition] = []
    added: dict[str, Picked] = {}
    for condition in conditions:
        for table in _having(condition, tables):
            shared = _shared(condition, table, roles)
            pick = shared[1] if shared else _pick(condition, table, roles)
            role = shared[0] if shared else f"{_ROLE}{len(added)}"
            if not shared:
                added[role] = table, pick
            bound.append(BoundCondition(test_of(condition, table, pick), role, table))
    return bound, added


def _having(condition: Condition, tables: Iterable[Table]) -> list[Table]:
    """The files that have a condition's column."""
    having = [table for table in tables if condition.column in table.columns]
    if not having:
        names = [name for table in tables for name in table.columns]
        if not names:
            raise UsageProblem(
                f"--where {shown(condition.text)}: the data are arrays without column names.",
                "It takes files with named columns, such as CSV or Parquet.",
                kind="missing_column",
                options=("where",),
            )
        near = nearest(condition.column, names)
        few = ", ".join(dict.fromkeys(shown(name) for name in names[:12]))
        raise UsageProblem(
            f"--where {shown(condition.text)}: no file has a column {shown(condition.column)}.",
            near or f"There are: {few}.",
            kind="missing_column",
            column=condition.column,
            options=("where",),
        )
    return having


def _shared(condition: Condition, table: Table, roles: Mapping[str, Picked]) -> tuple[str, Pick] | None:
    """The role that reads the column as classes: a file reads a column in one way."""
    for role, (own, pick) in roles.items():
        if own is table and pick.classes and condition.column in pick.columns:
            if len(pick.columns) == 1:
                return role, pick
            raise UsageProblem(
                f"--where {shown(condition.text)}: column {shown(condition.column)} of {table.name} is one of several "
                "that hold classes.",
                "Choose rows by another column.",
                options=("where",),
            )
    return None


def _pick(condition: Condition, table: Table, roles: Mapping[str, Picked]) -> Pick:
    """How the column is read: as numbers where it holds them and the value is one, else as the file has it."""
    name = condition.column
    uses = [pick for own, pick in roles.values() if own is table and name in (pick.columns or table.columns)]
    numeric, text = Pick((name,)), Pick((name,), text=True)
    if any(pick.text for pick in uses):
        return text
    try:
        field = table.describe(numeric)
    except DataProblem as problem:
        if problem.kind != "column_type":
            raise
        return text  # dates
    if field.dtype == "text" or (condition.number is None and not uses and field.dtype != "bool"):
        return text
    if not uses and hasattr(table, "decimal_of") and table.decimal_of(name) is not None:
        return text  # a cell among numbers may be a word
    return numeric


class FilteredFrame(Frame):
    """The rows of a frame for which all conditions hold, in their order."""

    def __init__(self, frame: Frame, bound: Sequence[BoundCondition], added: Iterable[str]) -> None:
        hidden = set(added)
        self.roles = {role: picked for role, picked in frame.roles.items() if role not in hidden}
        self.fields = {
            role: Field((None, *frame.fields[role].shape[1:]), frame.fields[role].dtype) for role in self.roles
        }
        self.rows = None
        self.held = frame.held
        self._frame, self._bound = frame, bound
        self._marks: Bitmap | None = None
        self._lock = threading.Lock()

    @property
    def beneath(self) -> Frame:
        """The frame whose rows are chosen from."""
        return self._frame

    @property
    def marks(self) -> Bitmap:
        """Which of its rows were chosen, once they have been read."""
        assert self._marks is not None
        return self._marks

    @property
    def left_out(self) -> int:
        """How many rows were read and not chosen."""
        return 0 if self._marks is None else self._marks.rows - self._marks.count

    @property
    def note(self) -> str:
        """How many rows were chosen, in words."""
        read = 0 if self._marks is None else self._marks.rows
        return f"--where chose {read - self.left_out} of {read} rows."

    @property
    def repeatable(self) -> bool:
        return self._frame.repeatable

    def place(self, role: str, row: int) -> str:
        """The row of the role's own file."""
        with self._lock:
            assert self._marks is not None
            return self._frame.place(role, self._marks.nth(row))

    def blocks(self, size: int) -> Iterator[tuple[int, Load]]:
        """Blocks of chosen rows; the rows that they are of are remembered in a bit each."""
        for number, load in enumerate(recut(self._chunks(), size)):
            yield number * size, load

    def _chunks(self) -> Iterator[Chunk]:
        marks = Bitmap()
        if self._marks is None:
            self._marks = marks
        for start, load in self._frame.blocks(_READ):
            block = load()
            chosen = self._chosen(block.arrays, block.missing, start)
            with self._lock:
                marks.append(chosen)
            if chosen.any():
                parts = {role: _kept(block.arrays[role], chosen) for role in self.roles}
                missing = {role: mask[chosen] for role, mask in block.missing.items() if role in self.roles}
                yield Chunk(int(np.count_nonzero(chosen)), parts, missing)
        self._marks = marks
        if marks.rows and not marks.count:
            raise nothing_left([each.test for each in self._bound], self.file("pred"))

    def _chosen(self, arrays: Mapping[str, Any], missing: Mapping[str, Array], start: int) -> Array:
        verdicts: dict[str, tuple[Array, BoundCondition]] = {}
        for each in self._bound:
            holds = each.test.holds(arrays[each.role], missing.get(each.role), start)
            text = each.test.condition.text
            if text in verdicts and (unlike := holds != verdicts[text][0]).any():
                other = verdicts[text][1]
                row = self._frame.place("pred", start + int(np.argmax(unlike)))
                raise DataProblem(
                    f"--where {shown(text)}: {other.table.name} and {each.table.name} both have column "
                    f"{shown(each.test.condition.column)}, and one says so of {row} and the other does not.",
                    "Rename the column in one of them, or leave it out there.",
                    kind="contradiction",
                    options=("where",),
                )
            verdicts[text] = holds, each
        chosen: Array = np.logical_and.reduce([holds for holds, _ in verdicts.values()])
        return chosen


def rows_that_hold(conditions: Sequence[Condition], roles: Mapping[str, Picked]) -> Bitmap:
    """The rows for which the conditions hold, of files that are not read further here; one of the roles is pred."""
    bound, added = where_roles(conditions, roles)
    frame = FilteredFrame(Frame({**roles, **added}), bound, added)
    for _ in frame._chunks():
        pass
    assert frame._marks is not None
    return frame._marks


def nothing_left(tests: Sequence[Test], file: str) -> DataProblem:
    """That no row is chosen, with some of what the columns hold."""
    said = " and ".join(shown(test.condition.text) for test in tests)
    seen = next((test for test in tests if test.seen), None)
    hint = f"Column {shown(seen.condition.column)} holds {', '.join(seen.seen)}." if seen else ""
    for condition in (test.condition for test in tests):
        if re.search(r"\s(and|or|&&?|\|\|?)\s", condition.value):
            hint += " Give --where once for each condition; all of them must hold."
        elif len(condition.value) > 2 and condition.value[0] == condition.value[-1] and condition.value[0] in "'\"":
            hint += f" A value stands without quotes: {condition.column}{condition.operator}{condition.value[1:-1]}."
    return DataProblem(f"No row of {file} has {said}.", hint, kind="no_rows_left", file=file, options=("where",))


def _kept(array: Any, chosen: Array) -> Any:
    return taken(array, chosen) if isinstance(array, Ragged) else np.asarray(array)[chosen]
