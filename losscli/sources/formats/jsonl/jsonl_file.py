"""JSON lines, read in runs of whole lines. Numbers are float64, as in CSV files; keys that are missing are null."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ....core.arrays.ragged import Ragged, row_offsets
from ....core.cpu import usable_cores
from ....core.errors import DataProblem, UsageProblem
from ....core.record import record
from ....core.safe_text import shown
from ....core.scratch import Array
from ...blocks import Chunk, Part, recut
from ...file_spec import match
from ...table import Field, Load, Pick
from ..arrow_lists import even_with_gaps, uneven_with_gaps, with_inner
from ..arrow_to_numpy import CLASSES_HINT, BadCell, class_numbers, of_cells
from ..csv.csv_chunks import RowBytes, Text, decoded
from ..csv.csv_dialect import BOM, NULL_TEXTS, RowEnds, check_encoding, is_number, number_hint
from ..csv.csv_format import CsvFormat
from ..file_format import TextSource
from .json_lists import as_floats, is_gone, lengths_of, lists_of, number_of, written_list
from .paths import JsonColumn, Paths, kind_of_value, leaves, value_at

_SAMPLE_ROWS = 1000
_LINES = CsvFormat(quote=None)  # every line end ends a row: JSON writes those in texts as \n


@record
class _Role:
    """The columns of a role, as steps of paths, and how they are read."""

    names: tuple[str, ...]
    form: str
    width: int | None
    classes: tuple[str, ...]
    inner: tuple[int, ...] = ()  # the lengths of lists in the lists
    gaps: bool = False  # whether lists that differ in length may have nulls in them


class JsonlTable:
    """A file, a binary stream, or what opens one, of JSON objects, each in a line of its own."""

    format = "jsonl"

    def __init__(
        self, source: TextSource | os.PathLike[str], *, name: str | None = None, threads: int | None = None
    ) -> None:
        path = os.fspath(source) if isinstance(source, (str, os.PathLike)) else None
        self.name = shown(name or path or "standard input")
        self.notes: list[str] = []
        self.rows: int | None = None
        self._threads = threads or min(2, usable_cores())
        self._bytes = RowBytes(source, self.name, RowEnds(_LINES))
        self.path, self.repeatable = self._bytes.path, self._bytes.repeatable
        head = self._bytes.head
        if not head:
            raise DataProblem(f"{self.name} is empty (0 bytes).", kind="empty_file", file=self.name)
        if self._bytes.complete and not head.removeprefix(BOM).strip():
            raise DataProblem(f"{self.name} has no rows, only blank lines.", kind="empty_file", file=self.name)
        check_encoding(head, self.name)
        self._start = len(BOM) if head.startswith(BOM) else 0
        lines = self._bytes.whole(self._start).splitlines()[:_SAMPLE_ROWS]
        try:
            self._sample = [value for _, value in self._values(0, lines)]
        except BadCell as fault:
            raise fault.problem(self.name, 0) from None
        self.columns = self._names()
        self._used = False

    def _names(self) -> Paths:
        names: dict[str, None] = {}
        for value in self._sample:
            names.update(dict.fromkeys(leaves(value)))
        columns = Paths(names)
        columns.lists = frozenset(
            name
            for name in names
            if any(isinstance(value_at(value, tuple(name.split("."))), list) for value in self._sample)
        )
        return columns

    def _values(self, first: int, lines: list[bytes]) -> Iterator[tuple[int, dict[str, Any]]]:
        """The objects of lines, each with its row; `first` is the row of the first."""
        for row, line in enumerate(lines, first):
            try:
                value = json.loads(line)
            except (ValueError, RecursionError) as error:
                if line.strip():
                    raise BadCell(row, None, f"is not one line of JSON ({_why(error)})", _LINE_HINT) from None
                value = {}  # a blank line is a row in which everything is missing, as in other text
            if not isinstance(value, dict):
                raise BadCell(row, None, f"is JSON, but no object: {shown(line.decode('utf-8', 'replace'), 40)}")
            yield row, value

    def _column(self, name: str) -> JsonColumn:
        steps = tuple(name.split("."))
        for value in self._sample:
            cell = value_at(value, steps)
            if is_gone(cell):
                continue
            kind = kind_of_value(cell, is_number)
            if kind != "list":
                return JsonColumn(kind)
            cells = (written_list(value_at(each, steps)) for each in self._sample)
            return JsonColumn(kind, *lengths_of([each for each in cells if isinstance(each, list)]))
        return JsonColumn("number")

    def is_text(self, column: str) -> bool:
        """Whether the column's first value is a text that is no number."""
        return self._column(self._wanted(Pick((column,)))[0]).form == "text"

    def decimal_of(self, column: str) -> str | None:
        """The decimal sign of a column of numbers; None of another, such as one with true and false."""
        name = self._wanted(Pick((column,)))[0]
        truths = any(isinstance(value_at(value, tuple(name.split("."))), bool) for value in self._sample)
        return None if truths or self._column(name).form != "number" else "."

    def _wanted(self, pick: Pick) -> tuple[str, ...]:
        if pick.row_axis:
            raise UsageProblem(f"{self.name} is a table, so its rows are its first axis.", "Time-major data: use NPY.")
        if not self.columns:
            raise DataProblem(f"{self.name} has no columns.")
        for name in pick.columns:
            if name not in self.columns:
                match((name,), self.columns, self.name)  # says what is near
        return pick.columns or self.columns

    def _role(self, pick: Pick) -> _Role:
        names = self._wanted(pick)
        if pick.text:
            return _Role(names[:1], "key", None, ())
        kinds = [self._column(name) for name in names]
        for name, kind in zip(names, kinds, strict=True):
            if kind.form == "other" or (kind.form == "list" and len(names) > 1):
                what = "does not go side by side with others" if kind.form == "list" else "holds no numbers"
                hint = f"Reach into it with a path, such as {shown(name)}.0 or {shown(name)}.KEY."
                raise UsageProblem(f"{self.name}: column {shown(name)} {what}.", hint)
        listed = pick.classes and any(self._in_classes(name, pick.classes) for name in names)
        if kinds[0].form == "list" and not listed:
            return _Role(names, "list", None if pick.ragged else kinds[0].length, (), kinds[0].inner, pick.gaps)
        worded = any(kind.form == "text" for kind in kinds)
        return _Role(names, "text" if worded or listed else "number", None, pick.classes)

    def _in_classes(self, name: str, classes: tuple[str, ...]) -> bool:
        """Whether the first value of a column is a text that is one of the classes, where 3 and 5 may be."""
        steps = tuple(name.split("."))
        cells = (value_at(value, steps) for value in self._sample)
        first = next((cell for cell in cells if cell is not None), None)
        return isinstance(first, str) and first in classes

    def describe(self, pick: Pick) -> Field:
        """Float64, or text; the number of rows is known once the file has been read."""
        role = self._role(pick)
        if role.form == "list":
            return Field((self.rows, role.width, *role.inner), "float64")
        shape = (self.rows,) if len(role.names) == 1 else (self.rows, len(role.names))
        number = "bool" if all(map(self._is_boolean, role.names)) else "float64"
        return Field(shape, number if role.form == "number" else "text")

    def _is_boolean(self, name: str) -> bool:
        steps = tuple(name.split("."))
        return {type(value_at(value, steps)) for value in self._sample} - {type(None)} == {bool}

    def blocks(self, picks: Mapping[str, Pick], size: int) -> Iterator[Load]:
        """Blocks of `size` rows. Problems of the picks are raised at once, those of rows as they are read."""
        if self._used and not self.repeatable:
            raise DataProblem(f"{self.name} can be read only once.", "Save it to a file first.")
        roles = {role: self._role(pick) for role, pick in picks.items()}
        for role in roles.values():
            if role.form == "text" and not role.classes:
                worded = next((name for name in role.names if self.is_text(name)), role.names[0])
                steps = tuple(worded.split("."))
                cell = next((str(each) for row in self._sample if (each := value_at(row, steps)) not in (None, "")), "")
                text = f"{self.name}: column {shown(worded)} holds text ('{shown(cell, 60)}')."
                hint = number_hint(cell, CLASSES_HINT, dialect=False)
                raise DataProblem(text, hint, kind="text", file=self.name)
        self._used = True
        texts = self._bytes.texts(self._start)
        return recut(decoded(self, lambda text: self._decoded(roles, text), texts, self._threads), size)

    def _decoded(self, roles: Mapping[str, _Role], text: Text) -> Chunk:
        rows = [value for _, value in self._values(0, text[1].splitlines())]
        names = dict.fromkeys(name for role in roles.values() for name in role.names)
        cells = {name: [value_at(row, tuple(name.split("."))) for row in rows] for name in names}
        parts: dict[str, Part] = {}
        missing: dict[str, Array] = {}
        for name, role in roles.items():
            parts[name], mask = _part(cells, role)
            if mask is not None:
                missing[name] = mask
        return Chunk(len(rows), parts, missing)

    def close(self) -> None:
        """Let go of the file."""
        self._bytes.close()


_LINE_HINT = "JSON lines hold one whole object in each line; a document over several lines is not read."


def _why(error: BaseException) -> str:
    return error.msg if isinstance(error, json.JSONDecodeError) else "it is nested too deeply, or not UTF-8"


def _part(cells: Mapping[str, list[Any]], role: _Role) -> tuple[Part, Array | None]:
    columns = [cells[name] for name in role.names]
    if role.form == "key":
        return _keys(columns[0])
    if role.form == "list":
        rows, mask, holes = lists_of(columns[0], role.names[0], gaps=role.width is not None or role.gaps)
        rows = with_inner(rows, role.inner, role.names[0])
        return (
            uneven_with_gaps(rows, mask, holes)
            if role.width is None
            else even_with_gaps(rows, mask, holes, role.width, role.names[0])
        )
    if role.form == "number":
        pairs = [_numbers(column, name) for column, name in zip(columns, role.names, strict=True)]
    else:
        pairs = [_classes(column, role.classes, name) for column, name in zip(columns, role.names, strict=True)]
    values = pairs[0][0] if len(pairs) == 1 else tuple(each for each, _ in pairs)
    return values, of_cells([mask for _, mask in pairs])


def _numbers(column: list[Any], name: str) -> tuple[Array, Array | None]:
    """The values as float64, NaN in place of nulls, and the mask of nulls."""
    if all(type(cell) in (int, float) for cell in column):
        return as_floats(column, name), None
    mask = np.array(list(map(is_gone, column)), dtype=bool)
    cells = enumerate(zip(column, mask, strict=True))
    values = [np.nan if gone else number_of(cell, row, name) for row, (cell, gone) in cells]
    return as_floats(values, name), mask if mask.any() else None


def _text(cell: Any) -> str | None:
    return cell if cell is None or isinstance(cell, str) else json.dumps(cell)


def _keys(column: list[Any]) -> tuple[Part, Array | None]:
    """Each value as the file's own text, and the mask of nulls."""
    mask = np.array([cell is None for cell in column], dtype=bool)
    words = [(_text(cell) or "").encode("utf-8", "surrogatepass") for cell in column]
    offsets = row_offsets(np.array([len(word) for word in words], dtype=np.int64))
    return Ragged(np.frombuffer(b"".join(words), dtype=np.uint8), offsets), mask if mask.any() else None


def _classes(column: list[Any], classes: tuple[str, ...], name: str) -> tuple[Array, Array | None]:
    import pyarrow as pa

    texts = pa.array([_text(cell) for cell in column], pa.string()).dictionary_encode()
    return class_numbers(texts, classes, name, NULL_TEXTS)
