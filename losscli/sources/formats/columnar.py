"""What Parquet and Arrow files share: columns by name, each a role's part, decoded a few thousand rows at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from ...core.arrays.ragged import Ragged
from ...core.errors import DataProblem, UsageProblem
from ...core.record import record
from ...core.safe_text import shown
from ...core.scratch import Array
from ..blocks import Chunk, Part, recut
from ..table import Field, Load, Pick
from .arrow_lists import even_with_gaps, lists, lists_with_gaps, uneven_with_gaps, with_inner
from .arrow_to_numpy import (
    CLASSES_HINT,
    BadCell,
    ColumnType,
    class_numbers,
    kind_of,
    numbers,
    of_cells,
    texts,
    times,
    wanted,
)
from .csv.csv_dialect import is_number, number_hint
from .object_text import vector
from .struct_columns import ColumnPaths
from .text_numbers import first_cell, written_lists, written_numbers

PEEK_ROWS = 1024
_BATCH_ROWS = 1 << 16
BATCH_BYTES = 8 << 20


@record
class ColumnarRole:
    """The columns of a role, how each is read, and the length that its lists must have (None: any)."""

    names: tuple[str, ...]
    kind: ColumnType
    width: int | None
    classes: tuple[str, ...]
    key: bool = False  # text as it stands
    inner: tuple[int, ...] = ()  # the lengths of lists in the lists
    gaps: bool = False  # whether lists that differ in length may have nulls in them


class Columnar:
    """A table of Arrow columns. A format brings `_paths`, `columns` and `rows`, and decodes in `_batches`."""

    format = ""
    repeatable = True
    rows: int | None
    columns: tuple[str, ...]
    _called = ""  # the format, as messages call it
    _paths: ColumnPaths

    def __init__(self, name: str) -> None:
        self.name = shown(name)
        self._lists: dict[str, tuple[int | None, tuple[int, ...]]] = {}  # of list columns looked at, the lengths
        self._cells: dict[str, str | None] = {}  # of columns of text looked at, the first cell that is not missing

    def _batches(self, names: tuple[str, ...], texts: tuple[str, ...], rows: int) -> Iterator[list[Any]]:
        """The arrays of the columns, about `rows` rows at a time; columns in `texts` encoded as dictionaries."""
        raise NotImplementedError

    def _mean_length(self, name: str, kind: ColumnType) -> float:
        """About how many values the lists of a column have."""
        raise NotImplementedError

    def _refuse_twins(self) -> None:
        if len(set(self.columns)) < len(self.columns):
            twice = next(name for name in self.columns if self.columns.count(name) > 1)
            raise DataProblem(f"{self.name} has two columns named '{shown(twice)}'.", "Rename one of them.")

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Whatever pyarrow raises for a damaged file, as one sentence."""
        import pyarrow as pa

        bad = (pa.ArrowException, OSError, MemoryError, ValueError, OverflowError, TypeError, LookupError)
        try:
            yield
        except bad as error:
            why = " ".join(str(error).split()).rstrip(".") or type(error).__name__
            text = f"{self.name} cannot be read as {self._called}: {shown(why)}."
            raise DataProblem(text, f"It is damaged, or not {self._called}.") from None

    def _batch_rows(self, roles: Mapping[str, ColumnarRole]) -> int:
        """How many rows to decode at a time, so that long lists do not take all memory."""
        values = 0.0
        for role in roles.values():
            values += len(role.names)
            if role.kind.form == "list":
                width = role.kind.width
                values += self._length(role.names[0], role.kind) if width is None else width
        return int(min(_BATCH_ROWS, max(1, BATCH_BYTES // (8 * values))))

    def _peek_rows(self, name: str, kind: ColumnType) -> int:
        return int(min(PEEK_ROWS, max(1, BATCH_BYTES // (8 * max(1, self._length(name, kind))))))

    def _length(self, name: str, kind: ColumnType) -> float:
        """About how many values the lists of a column have; of those that are written as text, the first."""
        return len(vector(self._first_cell(name) or "") or ()) if kind.written else self._mean_length(name, kind)

    def _kind(self, name: str) -> ColumnType:
        kind = kind_of(self._paths.type_of(name))
        if kind is None:
            raise self._unread(name)
        return kind

    def _unread(self, name: str) -> DataProblem:
        what = shown(str(self._paths.type_of(name)), 80)
        text = f"{self.name}: column {shown(name)} is of type {what}, which holds no numbers."
        return DataProblem(
            text, "Numbers, texts and lists of numbers are read.", kind="column_type", file=self.name, column=name
        )

    def is_text(self, column: str) -> bool:
        """Whether a column holds text."""
        wanted(Pick((column,)), self.columns, self.name)
        return self._kind(column).form == "text" and not self._written(column) and not self._lists_written(column)

    def _first_cell(self, name: str) -> str | None:
        """The first cell of a column of text that is not missing, as far as the first rows go."""
        if name not in self._cells:
            with self._reading():
                array = next(self._batches((name,), (), PEEK_ROWS), [None])[0]
                self._cells[name] = None if array is None else first_cell(array.slice(0, PEEK_ROWS))
        return self._cells[name]

    def _written(self, name: str) -> bool:
        """Whether a column of text holds numbers: its first cell that is not missing is one, as in a CSV file."""
        cell = self._first_cell(name)
        return cell is not None and is_number(cell)

    def _lists_written(self, name: str) -> bool:
        """Whether a column of text holds lists: its first cell that is not missing is one, such as [0.1 0.9]."""
        cell = self._first_cell(name)
        return cell is not None and vector(cell) is not None

    def _classed(self, name: str, classes: tuple[str, ...]) -> bool:
        """Whether a column of text is one of classes: 3 and 5 may be class names, where they are listed."""
        return bool(classes) and (
            self._first_cell(name) in (None, *classes) or not (self._written(name) or self._lists_written(name))
        )

    def _role(self, pick: Pick) -> ColumnarRole:
        names = wanted(pick, self.columns, self.name)
        kinds = [self._read_as(name, pick) for name in names]
        forms = {kind.form for kind in kinds}
        if "time" in forms and not pick.text:
            raise self._unread(next(name for name, kind in zip(names, kinds, strict=True) if kind.form == "time"))
        if len(kinds) > 1 and forms != {"number"} and forms != {"text"}:
            first = "list" if "list" in forms else "text"
            odd = next(name for name, kind in zip(names, kinds, strict=True) if kind.form == first)
            text = f"{self.name}: column {shown(odd)} does not go side by side with others."
            raise UsageProblem(text, "Take one list column, or columns of numbers.")
        kind = kinds[0]
        if len(kinds) > 1 and kind.form == "number":
            common = str(np.result_type(*(each.dtype for each in kinds)))
            kind = ColumnType("number", common, written=any(each.written for each in kinds))
        width, inner = self._lengths_of(names[0], kind) if kind.form == "list" else (None, ())
        worded = kind.form == "text"
        key = pick.text and kind.form in ("text", "time")
        return ColumnarRole(
            names, kind, None if pick.ragged else width, pick.classes if worded else (), key, inner, pick.gaps
        )

    def _read_as(self, name: str, pick: Pick) -> ColumnType:
        """How a column is read for a pick: text may be a key, a class or, as in a CSV file, a number."""
        kind = self._kind(name)
        if kind.form == "text" and not pick.text and not self._classed(name, pick.classes):
            if self._written(name):
                return ColumnType("number", "float64", written=True)
            if self._lists_written(name):
                return ColumnType("list", "float64", written=True)
        return kind

    def _lengths_of(self, name: str, kind: ColumnType) -> tuple[int | None, tuple[int, ...]]:
        """The length of a list column's lists, and of the lists in them: its type's, or those of the first rows.

        It is None where the first rows have several lengths.
        """
        known = tuple(each for each in kind.inner if each is not None)
        if kind.width is not None and len(known) == len(kind.inner):
            return kind.width, known
        if name not in self._lists:
            self._lists[name] = (0, (0,) * len(kind.inner))
            for array in self._batches((name,), (), self._peek_rows(name, kind)):
                rows, mask, _ = self._located(0, _lists_of, array[0], name)
                here = rows.sizes[slice(None) if mask is None else ~mask]
                if len(here) and (len(rows.values) or not kind.inner):
                    width = int(here[0]) if (here == here[0]).all() else None
                    self._lists[name] = (width, rows.values.shape[1:])
                    break
        return self._lists[name]

    def _located(self, before: int, work: Any, *args: Any) -> Any:
        try:
            return work(*args)
        except BadCell as fault:
            raise fault.problem(self.name, before) from None

    def describe(self, pick: Pick) -> Field:
        """The columns' own dtype; several columns have their common one. A list column is (rows, length)."""
        role = self._role(pick)
        if role.kind.form == "list":
            return Field((self.rows, role.width, *role.inner), role.kind.dtype)
        shape = (self.rows,) if len(role.names) == 1 else (self.rows, len(role.names))
        return Field(shape, role.kind.dtype)

    def blocks(self, picks: Mapping[str, Pick], size: int) -> Iterator[Load]:
        """Blocks of `size` rows. Problems of the picks are raised at once, those of rows as they are read."""
        if not self.rows:
            raise DataProblem(f"{self.name} has no rows.", kind="no_rows", file=self.name)
        roles = {role: self._role(pick) for role, pick in picks.items()}
        for role in roles.values():
            if role.kind.form == "text" and not role.classes and not role.key:
                text = f"{self.name}: column {shown(role.names[0])} holds text"
                cell = self._first_cell(role.names[0]) or ""
                hint = number_hint(cell, CLASSES_HINT, dialect=False)
                raise DataProblem(f"{text} ('{shown(cell, 60)}').", hint, kind="text", file=self.name)
        return recut(self._chunks(roles), size)

    def _chunks(self, roles: Mapping[str, ColumnarRole]) -> Iterator[Chunk]:
        names = tuple(dict.fromkeys(name for role in roles.values() for name in role.names))
        plain = {name for role in roles.values() if role.key or role.kind.written for name in role.names}
        texts = tuple(name for name in names if self._kind(name).form == "text" and name not in plain)
        before = 0
        for arrays in self._batches(names, texts, self._batch_rows(roles)):
            rows = len(arrays[0])
            with self._reading():
                chunk = self._located(before, _chunk, dict(zip(names, arrays, strict=True)), roles, rows)
            before += rows
            yield chunk
        if before != self.rows:
            text = f"{self.name} holds {before} rows where its footer says {self.rows}."
            raise DataProblem(text, "It is damaged.")


def _chunk(columns: Mapping[str, Any], roles: Mapping[str, ColumnarRole], rows: int) -> Chunk:
    parts: dict[str, Part] = {}
    missing: dict[str, Array] = {}
    for name, role in roles.items():
        parts[name], mask = _part(columns, role)
        if mask is not None:
            missing[name] = mask
    return Chunk(rows, parts, missing)


def _lists_of(array: Any, name: str) -> tuple[Ragged, Array | None, Array | None]:
    """Lists, or texts that hold them, as Ragged, the mask of null rows, and that of nulls among the values."""
    return (*written_lists(array, name), None) if kind_is_text(array.type) else lists_with_gaps(array, name)


def kind_is_text(kind: Any) -> bool:
    """Whether an Arrow type holds text."""
    known = kind_of(kind)
    return known is not None and known.form == "text"


def _part(columns: Mapping[str, Any], role: ColumnarRole) -> tuple[Part, Array | None]:
    if role.kind.form == "list":
        name = role.names[0]
        if role.width is None and not role.kind.written and not role.gaps:
            rows, mask = lists(columns[name], name)
            return with_inner(rows, role.inner, name), mask
        rows, mask, holes = _lists_of(columns[name], name)
        if role.width is None:
            return uneven_with_gaps(rows, mask, holes)
        rows = with_inner(rows, role.inner, name)
        if holes is not None and holes.shape != rows.values.shape:
            holes = holes.reshape(rows.values.shape)
        return even_with_gaps(rows, mask, holes, role.width, name)
    if role.key:
        return (texts if role.kind.form == "text" else times)(columns[role.names[0]])
    if role.classes:
        pairs = [class_numbers(columns[name], role.classes, name) for name in role.names]
    else:
        pairs = [
            written_numbers(columns[name], name) if kind_is_text(columns[name].type) else numbers(columns[name])
            for name in role.names
        ]
    values = pairs[0][0] if len(pairs) == 1 else tuple(each for each, _ in pairs)
    return values, of_cells([mask for _, mask in pairs])
