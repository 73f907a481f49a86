"""Predictions and labels opened but not put side by side: for a look at data that may not belong together."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ..core.arrays.inputs import Ragged
from ..core.errors import DataProblem, UsageProblem
from ..core.loss import Loss
from ..core.record import field, mutable, replace
from ..core.safe_text import shown
from ..core.scratch import Array
from .classes.class_names import relabelled, unknown_number
from .columns.choice import ColumnChooser, InputRequest, TableOpener
from .columns.recognition import Need
from .file_spec import PRED_NAMES, parse, usual_columns
from .frame import Picked
from .memory.array_like import is_file_object
from .memory.frames import has_columns, meant_by_name
from .memory.named_columns import NamedColumns
from .table import Field, Pick, Table, rows_of
from .work_done import WORK

if TYPE_CHECKING:
    from .row_filter.conditions import Condition

MOST_COLUMNS = 256  # of a file whose columns are not named


@mutable
class UnpairedFiles:
    """What was named, by role: pred, label, and columns by name where all of a file are wanted."""

    arrays: dict[str, Picked] = field(default_factory=dict)
    texts: dict[str, Picked] = field(default_factory=dict)  # columns of text: nothing is computed of them
    notes: list[str] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    classes: tuple[str, ...] = ()  # names of the classes, where labels are text

    def close(self) -> None:
        """Let go of the files."""
        for table in self.tables:
            table.close()

    def field(self, role: str) -> Field:
        """Shape and dtype; (n, 1) is (n,)."""
        table, pick = self.arrays[role]
        field = table.describe(pick)
        return Field(field.shape[:1], field.dtype) if field.shape[1:] == (1,) else field

    def blocks(self, roles: list[str], elements: int) -> Iterator[tuple[str, int, Any, Array | None]]:
        """(role, first row, values, mask of nulls) block by block, of about so many elements; a file is read once.

        Values may be scratch: use them before the next.
        """
        groups: dict[int, tuple[Table, dict[str, Pick]]] = {}
        for role in roles:
            table, pick = self.arrays[role]
            groups.setdefault(id(table), (table, {}))[1][role] = pick
        for table, picks in groups.values():
            width = sum(_width(table.describe(pick)) for pick in picks.values())
            size, start = max(1, elements // width), 0
            rows = table.describe(next(iter(picks.values()))).shape[0]
            for load in table.blocks(picks, size):
                block = load()
                for role in picks:
                    missing = rows_of(block.missing.get(role))
                    yield role, start, self._values(role, block.arrays[role], missing, start), missing
                start += size
                WORK.at(start if rows is None else min(start, rows), rows)

    def _values(self, role: str, values: Any, missing: Array | None, start: int) -> Any:
        """The values of a block, labels as class numbers."""
        table, pick = self.arrays[role]
        values = _squeezed(values)
        if pick.numbered is None or table.describe(pick).dtype == "text":
            return values
        labels, strange = relabelled(values, pick.numbered, missing)
        if strange is not None:
            raise unknown_number(values[strange], pick.numbered, table.name, f"row {start + strange} (from 0)")
        return labels


def _width(field: Field) -> int:
    return math.prod(side or 16 for side in field.shape[1:])  # 16: lists of differing length


def _squeezed(values: Any) -> Any:
    if not isinstance(values, Ragged) and values.ndim == 2 and values.shape[1] == 1:
        return values[:, 0]
    return values


def open_unpaired(loss: Loss, wanted: InputRequest, kind: str = "") -> UnpairedFiles:
    """Open what was named. Without columns named, and without labels, all columns of the file are taken.

    `kind` is that of the predictions, where a loss was named; without it the loss says only what labels may be.
    """
    opener, files = TableOpener(wanted.text, wanted.opens), UnpairedFiles()
    try:
        need = Need.of(loss, kind, {})
        _choose(opener, loss, wanted, files, need if kind else Need(forms=need.forms))
        if wanted.where:
            _choose_rows(files, wanted.where)
    except BaseException:
        for table in opener.tables.values():
            table.close()
        raise
    files.tables = list(opener.tables.values())
    for table in files.tables:
        files.notes.extend(note for note in getattr(table, "notes", ()) if note not in files.notes)
    return files


def _choose(opener: TableOpener, loss: Loss, wanted: InputRequest, files: UnpairedFiles, need: Need) -> None:
    chooser = ColumnChooser(opener, wanted, files.notes, need)
    given = wanted.given["pred"]
    table = _whole_file(opener, wanted, given)
    label: Picked | None
    if table is not None:
        _all_columns(table, files)
        if not usual_columns(table.columns, PRED_NAMES):
            return
        try:
            pred, label = chooser.with_labels(chooser.pick("pred", given), loss)
        except UsageProblem:  # several may be meant, or labels that are text, without the names of the classes
            label = None
        if label is None:
            files.notes.clear()
            return
    else:
        pred, label = chooser.with_labels(chooser.pick("pred", given), loss)
    others, files.arrays = files.arrays, {"pred": pred}
    if label is not None:
        files.arrays["label"] = label
        files.classes = chooser.matcher.classes
        for own, pick in (pred, label):  # a column that has a role is described once
            if own is table or isinstance(table, NamedColumns):
                others.pop(f"column {pick.columns[0]}", None)
        if label[0] is table or isinstance(table, NamedColumns):
            files.texts.pop(label[1].columns[0], None)
    files.arrays.update(others)


def _choose_rows(files: UnpairedFiles, conditions: Sequence[Condition]) -> None:
    """Leave the rows for which the conditions hold, of files that are paired by position."""
    from .joins.table_views import Selected, check_equal_rows
    from .row_filter.where import rows_that_hold

    roles: dict[str, Picked] = {role: files.arrays[role] for role in ("pred", "label") if role in files.arrays}
    if "pred" not in roles:
        roles["pred"] = next(iter(files.arrays.values()), None) or _as_text(next(iter(files.texts.values())))
    tables = {id(table): table for table, _ in roles.values()}
    if not all(table.repeatable for table in tables.values()):
        raise UsageProblem(
            "With --where the data are read twice, and standard input can be read only once.",
            "Write it to a file first.",
            options=("where",),
        )
    marks = rows_that_hold(conditions, roles)
    views = {key: Selected(table, marks) for key, table in tables.items()}
    for table, pick in [*files.arrays.values(), *files.texts.values()]:
        check_equal_rows(table, {"": pick}, marks.rows)
    files.arrays = {role: (views[id(table)], pick) for role, (table, pick) in files.arrays.items()}
    files.texts = {name: (views[id(table)], pick) for name, (table, pick) in files.texts.items()}
    files.notes.append(f"--where chose {marks.count} of {marks.rows} rows; rows are counted among those from here on.")


def _as_text(picked: Picked) -> Picked:
    return picked[0], replace(picked[1], text=True)


def _whole_file(opener: TableOpener, wanted: InputRequest, given: Any) -> Table | None:
    """The file whose columns are all wanted: it has several, and none is named."""
    if wanted.given.get("label") is not None or any(wanted.columns.get(role) for role in ("pred", "label")):
        return None
    table: Table
    if isinstance(given, str | os.PathLike):
        spec = parse(os.fspath(given))
        if spec.columns:
            return None
        table = opener.table(spec.path)
    elif is_file_object(given):
        table = opener.opened(given, "the file")
    elif has_columns(given) and meant_by_name((frame := opener.frame(given, "the data")).columns):
        table = frame
    else:
        return None
    return table if len(table.columns) > 1 else None


def _all_columns(table: Table, files: UnpairedFiles) -> None:
    columns = table.columns[:MOST_COLUMNS]
    if len(table.columns) > len(columns):
        files.notes.append(f"{table.name} has {len(table.columns)} columns; the first {len(columns)} are described.")
    unread = []
    for name in columns:
        pick = Pick((name,))
        try:
            field = table.describe(pick)
            ragged = len(field.shape) > 1
        except DataProblem as problem:
            if problem.kind == "column_type":  # dates, structs: nothing is computed of them
                unread.append(name)
                continue
            ragged = True  # lists of differing length
        if ragged:  # lists may differ in length further on
            pick = Pick((name,), ragged=True)
            field = table.describe(pick)
        if field.dtype == "text":
            files.texts[name] = (table, pick)
        else:
            files.arrays[f"column {name}"] = (table, pick)
    if unread:
        few = ", ".join(shown(name) for name in unread[:6]) + (", ..." if len(unread) > 6 else "")
        files.notes.append(f"{table.name}: columns that hold neither numbers nor text are not described: {few}.")
