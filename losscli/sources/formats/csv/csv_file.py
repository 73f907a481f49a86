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
from ....core.safe_text import shown
from ...blocks import Chunk, recut
from ...table import Field, Load, Pick
from ..arrow_to_numpy import CLASSES_HINT, BadCell, wanted
from ..file_format import TextSource
from ..object_text import vector
from ..text_numbers import odd_numbers
from .csv_chunks import RowBytes, Text, decoded
from .csv_columns import ReadPlan, chunk_of, lengths_of_lists, shared_length
from .csv_dialect import (
    NULL_TEXTS,
    RowEnds,
    first_fault,
    is_number,
    number_hint,
    records,
    refuse_nul,
    rows_before,
)
from .file_start import TextOptions, read_start
from .quoting import QuoteCheck


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
        self._lengths: dict[str, set[int]] = {}  # of the lists in the columns that were looked at
        self._used = False

    def count_from(self, first: int) -> None:
        """Name the columns by their numbers from `first`, where they have no other names."""
        names = tuple(str(index) for index in range(first, first + len(self.columns)))
        if self.counted and names != self.columns:
            self.columns, self._place = names, {name: index for index, name in enumerate(names)}
            self.notes = [note for note in self.notes if "has no header" not in note]
            self.notes.append(
                f"{self.name} has no header: its columns are counted from {first}, {names[0]} to {names[-1]}."
            )

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
        """Whether the column's first cell that is not missing is neither a number nor a list of numbers."""
        if column not in self._place:
            wanted(Pick((column,)), self.columns, self.name)
        cell = self._sample(column)
        return cell is not None and self._is_word(cell)

    def _list(self, column: str) -> list[float] | None:
        """The first list of a column that holds lists, such as [0.1 0.9]; None for any other column."""
        return vector(self._sample(column) or "", self._form.decimal)

    def _list_lengths(self, names: tuple[str, ...], pick: Pick) -> set[int]:
        """The lengths of the lists of a pick, as far as the head of the file goes; none where it has no lists."""
        if pick.text or (pick.classes and self._named(names, pick.classes)):
            return set()
        lists = [name for name in names if self._list(name) is not None]
        if lists and len(names) > 1:
            text = f"{self.name}: column {shown(lists[0])} holds lists, and does not go side by side with others."
            raise UsageProblem(text, "Take one column of lists, or columns of numbers.")
        return self._lengths_in_head(names[0]) if lists else set()

    def _lengths_in_head(self, column: str) -> set[int]:
        if column not in self._lengths:
            head = records(self._form.even(self._bytes.whole(self._start)), self._form)
            self._lengths[column] = lengths_of_lists(head, self._place[column], self._form.decimal)
        return self._lengths[column]

    def _named(self, names: tuple[str, ...], classes: tuple[str, ...]) -> bool:
        """Whether a pick with classes reads text: 3 and 5 may be class names, where they are listed."""
        cells = [self._sample(name) for name in names] if classes else []
        return any(cell is None or cell in classes or self._is_word(cell) for cell in cells)

    def _is_word(self, cell: str) -> bool:
        """Whether a cell is neither a number nor a list of numbers."""
        return not self._is_number(cell) and vector(cell, self._form.decimal) is None

    def describe(self, pick: Pick) -> Field:
        """Float64, or text; the number of rows is known once the file has been read."""
        names = wanted(pick, self.columns, self.name)
        if lengths := self._list_lengths(names, pick):
            return Field((self.rows, shared_length(lengths, pick)), "float64")
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

    def _plan(self, picks: Mapping[str, Pick]) -> ReadPlan:
        roles: dict[str, tuple[tuple[int, ...], tuple[str, ...]]] = {}
        values: dict[int, str] = {}
        texts: dict[int, str] = {}
        lists: dict[str, int | None] = {}
        for role, pick in picks.items():
            names = wanted(pick, self.columns, self.name)
            if lengths := self._list_lengths(names, pick):
                lists[role] = shared_length(lengths, pick)
                roles[role] = ((self._place[names[0]],), ())
                texts[self._place[names[0]]] = names[0]
                continue
            named = pick.text or self._named(names, pick.classes)
            for name in names:
                if not named:
                    self._refuse_text(name)
                (texts if named else values)[self._place[name]] = name
            roles[role] = (tuple(self._place[name] for name in names), pick.classes if named else ())
        for index in values.keys() & texts.keys():
            raise UsageProblem(f"{self.name}: column {shown(values[index])} is taken as numbers and as classes.")
        keys = frozenset(self._place[name] for pick in picks.values() if pick.text for name in pick.columns)
        uncoded = keys | {roles[role][0][0] for role in lists}
        options = self._options(values, texts, uncoded)
        return ReadPlan(roles, values, texts, keys, options, self._quote_check(), lists)

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
            if self._form.decimal == "," and is_number(cell):
                hint = "The decimal sign is a comma here. Say --decimal '.' if it is a dot."
                raise BadCell(row, column, f"holds '{shown(cell, 60)}'", hint).problem(self.name, 0)
            hint = number_hint(cell, CLASSES_HINT)
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

    def _decoded(self, plan: ReadPlan, text: Text) -> Chunk:
        import pyarrow as pa

        at, data = text
        refuse_nul(data, at, self.name)
        data = self._form.even(data)
        if fault := plan.quotes.fault(data):
            raise BadCell(rows_before(data, self._form, fault[0]), None, *fault[1:])
        try:
            table = self._parsed(plan, data, plan.options)
        except (pa.ArrowException, ValueError, OSError, MemoryError) as error:
            if (table := self._with_odd_numbers(plan, data)) is None:
                fault_ = first_fault(data, self._form, len(self.columns), plan.values, plan.texts, self.name)
                if fault_:
                    raise fault_ from None
                raise DataProblem(f"{self.name}, after byte {at}: {shown(str(error))}.") from None
        columns = {int(name): table.column(name).combine_chunks() for name in table.column_names}
        return chunk_of(plan, columns, table.num_rows, self._form.decimal)

    def _parsed(self, plan: ReadPlan, data: bytes, options: dict[str, Any]) -> Any:
        import pyarrow as pa
        from pyarrow import csv as arrow

        require_thread(self.name)
        names = [str(index) for index in range(len(self.columns))]
        read = arrow.ReadOptions(use_threads=False, block_size=len(data) + 1, column_names=names)
        return arrow.read_csv(pa.BufferReader(data), read_options=read, **options)

    def _with_odd_numbers(self, plan: ReadPlan, data: bytes) -> Any:
        """The text decoded with NaN as Windows writes it and numbers such as tensor(0.9); None where it has neither."""
        import pyarrow as pa

        if b"#" not in data and b"(" not in data and b"<tf." not in data:
            return None
        texts = {**plan.values, **plan.texts}
        try:
            table = self._parsed(plan, data, self._options({}, texts, plan.keys | frozenset(plan.values)))
            for index in plan.values:
                place = table.schema.get_field_index(str(index))
                column = odd_numbers(table.column(place).combine_chunks(), NULL_TEXTS, self._form.decimal)
                table = table.set_column(place, str(index), column)
        except (pa.ArrowException, ValueError):
            return None
        return table

    def close(self) -> None:
        """Let go of the file."""
        self._bytes.close()
