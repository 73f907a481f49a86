"""CSV and TSV: whole rows are cut from the file in chunks, and decoded by pyarrow in a few threads.

Chunks are decoded apart rather than by pyarrow's streaming reader: on two cores that is up to twice as fast
with less memory, rows are counted exactly, and the text of a faulty row is at hand, be it from a pipe.
Values are always read as float64: a column of integers may have its first fraction after gigabytes.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import PurePath
from typing import Any

from ....core.cpu import require_thread, usable_cores
from ....core.errors import DataProblem, UsageProblem
from ....core.record import record
from ....core.safe_text import shown
from ....core.scratch import Array
from ...blocks import Chunk, Part, recut
from ...table import Field, Load, Pick
from ..arrow_to_numpy import CLASSES_HINT, BadCell, class_numbers, numbers, of_cells, texts, wanted
from ..file_format import TextSource
from ..text_numbers import windows_numbers
from .csv_chunks import RowBytes, Text, decoded
from .csv_dialect import (
    NULL_TEXTS,
    RowEnds,
    first_fault,
    is_number,
    number_hint,
    object_hint,
    records,
    refuse_nul,
    rows_before,
)
from .file_start import TextOptions, read_start
from .quoting import QuoteCheck


@record
class _Plan:
    """What to read: each role's columns by index, with classes where they are text; and their names.

    Texts in `keys` are taken as they stand.
    """

    roles: dict[str, tuple[tuple[int, ...], tuple[str, ...]]]
    values: dict[int, str]
    texts: dict[int, str]
    keys: frozenset[int]
    options: dict[str, Any]
    quotes: QuoteCheck


class CsvTable:
    """A file, a binary stream, or what opens one, of comma- or tab-separated rows.

    `header` "auto" takes the first record for a header unless every cell of it is a number; without a header
    the columns are named 0, 1, ... A stream is read once, and stays its owner's to close.
    """

    def __init__(
        self,
        source: TextSource | os.PathLike[str],
        *,
        delimiter: str | None = None,
        header: str = "auto",
        decimal: str | None = None,
        quote: str | None = None,
        escape: str | None = None,
        tabs: bool = False,
        name: str | None = None,
        threads: int | None = None,
    ) -> None:
        path = os.fspath(source) if isinstance(source, (str, os.PathLike)) else None
        self.name = shown(name or path or "standard input")
        self.notes: list[str] = []
        self.rows: int | None = None
        said = TextOptions(delimiter, decimal, quote, escape, header)
        self._quote_said = quote is not None
        self._threads = threads or min(4, usable_cores())
        by_name = "\t" if tabs or ".tsv" in PurePath(name or path or "").suffixes else ","
        self._bytes = RowBytes(source, self.name, RowEnds(said.form(by_name)))
        self.path, self.repeatable = self._bytes.path, self._bytes.repeatable
        start = read_start(self._bytes, said, by_name, self.name)
        self.columns, self._start, self._form = start.columns, start.rows_at, start.form
        self.notes += start.notes
        self.counted = start.unnamed  # whether the names of the columns are only their numbers
        self.delimiter = self._form.delimiter
        self.format = "tsv" if self.delimiter == "\t" else "csv"
        if self._bytes.complete and self._start == len(self._bytes.head):
            self.rows = 0
        self._place = {column: index for index, column in enumerate(self.columns)}
        self._samples: dict[int, tuple[int, str]] | None = None
        self._used = False

    def _sample(self, column: str) -> str | None:
        """The first cell of a column that is not missing, as far as the head of the file goes."""
        return self._sampled(column)[1]

    def _sampled(self, column: str) -> tuple[int, str | None]:
        """The same, and its row."""
        if self._samples is None:
            self._samples = {}
            with suppress(csv.Error):  # a cell beyond the csv module's limit
                self._take_samples(self._samples)
        return self._samples.get(self._place[column], (0, None))

    def _take_samples(self, samples: dict[int, tuple[int, str]]) -> None:
        for row, (cells, _) in enumerate(records(self._form.even(self._bytes.whole(self._start)), self._form)):
            for index, cell in enumerate(cells if len(cells) == len(self.columns) else ()):
                if index not in samples and cell not in NULL_TEXTS:
                    samples[index] = row, cell
            if len(samples) == len(self.columns):
                return

    def first_cell(self, column: str) -> str | None:
        """The first cell of a column that is not missing, if it is in the head of the file."""
        return self._sample(column)

    def decimal_of(self, column: str) -> str | None:
        """The decimal sign of a column of numbers; None of one of text."""
        return None if self.is_text(column) else self._form.decimal

    def _is_number(self, cell: str) -> bool:
        return is_number(cell, self._form.decimal)

    def is_text(self, column: str) -> bool:
        """Whether the column's first cell that is not missing is no number."""
        if column not in self._place:
            wanted(Pick((column,)), self.columns, self.name)
        cell = self._sample(column)
        return cell is not None and not self._is_number(cell)

    def _named(self, names: tuple[str, ...], classes: tuple[str, ...]) -> bool:
        """Whether a pick with classes reads text: 3 and 5 may be class names, where they are listed."""
        cells = [self._sample(name) for name in names] if classes else []
        return any(cell is None or cell in classes or not self._is_number(cell) for cell in cells)

    def describe(self, pick: Pick) -> Field:
        """Float64, or text; the number of rows is known once the file has been read."""
        names = wanted(pick, self.columns, self.name)
        shape = (self.rows,) if len(names) == 1 else (self.rows, len(names))
        text = pick.text or (self._named(names, pick.classes) if pick.classes else any(map(self.is_text, names)))
        return Field(shape, "text" if text else "float64")

    def blocks(self, picks: Mapping[str, Pick], size: int) -> Iterator[Load]:
        """Blocks of `size` rows. Problems of the picks are raised at once, those of rows as they are read."""
        if self.rows == 0:
            raise DataProblem(f"{self.name} has no rows.", kind="no_rows", file=self.name)
        if self._used and not self.repeatable:
            raise DataProblem(f"{self.name} can be read only once.", "Save it to a file first.")
        plan = self._plan(picks)
        self._used = True
        texts = self._bytes.texts(self._start)
        return recut(decoded(self, lambda text: self._decoded(plan, text), texts, self._threads), size)

    def _plan(self, picks: Mapping[str, Pick]) -> _Plan:
        roles: dict[str, tuple[tuple[int, ...], tuple[str, ...]]] = {}
        values: dict[int, str] = {}
        texts: dict[int, str] = {}
        for role, pick in picks.items():
            names = wanted(pick, self.columns, self.name)
            named = pick.text or self._named(names, pick.classes)
            for name in names:
                if not named:
                    self._refuse_text(name)
                (texts if named else values)[self._place[name]] = name
            roles[role] = (tuple(self._place[name] for name in names), pick.classes if named else ())
        for index in values.keys() & texts.keys():
            raise UsageProblem(f"{self.name}: column {shown(values[index])} is taken as numbers and as classes.")
        keys = frozenset(self._place[name] for pick in picks.values() if pick.text for name in pick.columns)
        return _Plan(roles, values, texts, keys, self._options(values, texts, keys), self._quote_check())

    def _quote_check(self) -> QuoteCheck:
        """What finds quotes that swallow rows: a line looks like a row where it has a number in each such column."""
        if self._quote_said:
            return QuoteCheck(self._form, len(self.columns), None)
        cells = {index: self._sampled(column)[1] for index, column in enumerate(self.columns)}
        counted = [index for index, cell in cells.items() if cell is not None and self._is_number(cell)]

        def looks_like_row(cells: list[bytes]) -> bool:
            texts = (cells[index].decode("utf-8", "replace").strip(' "') for index in counted)
            return bool(counted) and all(self._is_number(text) for text in texts)

        return QuoteCheck(self._form, len(self.columns), looks_like_row)

    def _refuse_text(self, column: str) -> None:
        row, cell = self._sampled(column)
        if cell is not None and not self._is_number(cell):
            hint = number_hint(cell) if "," in cell else object_hint(cell) or CLASSES_HINT
            raise BadCell(row, column, f"holds text ('{shown(cell, 60)}')", hint).problem(self.name, 0)

    def _options(self, values: Mapping[int, str], texts: Mapping[int, str], keys: frozenset[int]) -> dict[str, Any]:
        import pyarrow as pa
        from pyarrow import csv as arrow

        types = {str(index): pa.float64() for index in values}
        coded = pa.dictionary(pa.int32(), pa.string())
        types |= {str(index): pa.string() if index in keys else coded for index in texts}
        parse = arrow.ParseOptions(
            delimiter=self.delimiter,
            quote_char=self._form.quote or False,
            escape_char=self._form.escape or False,
            ignore_empty_lines=False,
            newlines_in_values=True,
        )
        convert = arrow.ConvertOptions(
            include_columns=[str(index) for index in sorted(values.keys() | texts.keys())],
            column_types=types,
            null_values=list(NULL_TEXTS),
            decimal_point=self._form.decimal,
            strings_can_be_null=False,  # a class may be named None: class_numbers decides
        )
        return {"parse_options": parse, "convert_options": convert}

    def _decoded(self, plan: _Plan, text: Text) -> Chunk:
        import pyarrow as pa

        at, data = text
        refuse_nul(data, at, self.name)
        data = self._form.even(data)
        if fault := plan.quotes.fault(data):
            raise BadCell(rows_before(data, self._form, fault[0]), None, *fault[1:])
        try:
            table = self._parsed(plan, data, plan.options)
        except (pa.ArrowException, ValueError, OSError, MemoryError) as error:
            if (table := self._with_windows_nan(plan, data)) is None:
                fault_ = first_fault(data, self._form, len(self.columns), plan.values, plan.texts)
                if fault_:
                    raise fault_ from None
                raise DataProblem(f"{self.name}, after byte {at}: {shown(str(error))}.") from None
        columns = {int(name): table.column(name).combine_chunks() for name in table.column_names}
        return _chunk(plan, columns, table.num_rows)

    def _parsed(self, plan: _Plan, data: bytes, options: dict[str, Any]) -> Any:
        import pyarrow as pa
        from pyarrow import csv as arrow

        require_thread(self.name)
        names = [str(index) for index in range(len(self.columns))]
        read = arrow.ReadOptions(use_threads=False, block_size=len(data) + 1, column_names=names)
        return arrow.read_csv(pa.BufferReader(data), read_options=read, **options)

    def _with_windows_nan(self, plan: _Plan, data: bytes) -> Any:
        """The text decoded with NaN as Windows writes it; None where that is not what the reader stumbled over."""
        import pyarrow as pa

        if b"#" not in data and b"(" not in data:
            return None
        texts = {**plan.values, **plan.texts}
        try:
            table = self._parsed(plan, data, self._options({}, texts, plan.keys | frozenset(plan.values)))
            for index in plan.values:
                place = table.schema.get_field_index(str(index))
                column = windows_numbers(table.column(place).combine_chunks(), NULL_TEXTS, self._form.decimal)
                table = table.set_column(place, str(index), column)
        except (pa.ArrowException, ValueError):
            return None
        return table

    def close(self) -> None:
        """Let go of the file."""
        self._bytes.close()


def _chunk(plan: _Plan, columns: Mapping[int, Any], rows: int) -> Chunk:
    parts: dict[str, Part] = {}
    missing: dict[str, Array] = {}
    read = {index: numbers(columns[index]) for index in plan.values}
    for role, (indices, classes) in plan.roles.items():
        if indices[0] in plan.keys:
            parts[role] = texts(columns[indices[0]])[0]
            continue
        pairs = [
            class_numbers(columns[index], classes, plan.texts[index], NULL_TEXTS) if classes else read[index]
            for index in indices
        ]
        parts[role] = pairs[0][0] if len(pairs) == 1 else tuple(values for values, _ in pairs)
        if (mask := of_cells([mask for _, mask in pairs])) is not None:
            missing[role] = mask
    return Chunk(rows, parts, missing)
