"""What the start of a text file says: how its cells are written, what its columns are called, where its rows begin."""

from __future__ import annotations

import re

from ....core.errors import DataProblem, UsageProblem
from ....core.record import record, replace
from ....core.safe_text import shown
from .comments import after_comments
from .comments import note as comment_note
from .csv_chunks import RowBytes
from .csv_dialect import BOM, RowEnds, check_encoding, check_names, first_record, is_header, is_number, next_cells
from .csv_format import (
    BLANKS,
    CsvFormat,
    Sniffer,
    character,
    decimal_named,
    delimiter_named,
    has_row_names,
    sample,
    sep_line,
)
from .quoting import QuoteCheck


@record
class TextOptions:
    """What a user says of text files, None where nothing."""

    delimiter: str | None = None
    decimal: str | None = None
    quote: str | None = None
    escape: str | None = None
    header: str = "auto"

    def form(self, by_name: str) -> CsvFormat:
        """How cells are written as far as it is said, with the delimiter that the file's name stands for."""
        if self.header not in ("auto", "yes", "no"):
            text = f"A header is auto, yes or no, not {shown(self.header)}."
            raise UsageProblem(text, kind="bad_option", options=("header",))
        delimiter = by_name if self.delimiter is None else delimiter_named(self.delimiter)
        decimal = "." if self.decimal is None else decimal_named(self.decimal)
        quote: str | None = '"'
        if self.quote is not None:
            quote = None if self.quote.lower() == "none" else character(self.quote, "quote", ", or none")
        escape = None if self.escape is None else character(self.escape, "escape")
        marks = [mark for mark in (delimiter, quote, escape) if mark is not None]
        if len(set(marks)) < len(marks) or (self.decimal == "," and self.delimiter is not None and delimiter == ","):
            text = "The delimiter, the quote, the escape and the decimal sign must be different characters."
            raise UsageProblem(text, kind="bad_option", options=("delimiter",))
        return CsvFormat(delimiter, quote, escape, decimal)


@record
class FileStart:
    """The form of a file, the names of its columns, the byte where its rows start, and what to note of it."""

    form: CsvFormat
    columns: tuple[str, ...]
    rows_at: int
    notes: tuple[str, ...] = ()
    unnamed: bool = False  # whether the columns have numbers for names, since there is no header


def read_start(source: RowBytes, said: TextOptions, by_name: str, name: str) -> FileStart:
    """Look at the first bytes of a file."""
    head = source.head
    if not head:
        raise DataProblem(f"{name} is empty (0 bytes).", kind="empty_file", file=name)
    if source.complete and not head.removeprefix(BOM).strip() and said.header != "no":
        raise DataProblem(f"{name} has no rows, only blank lines.", kind="empty_file", file=name)
    check_encoding(head, name)
    start = len(BOM) if head.startswith(BOM) else 0
    form = said.form(by_name)
    if sep := sep_line(head[start:]):
        start += sep[1]
        form = form if said.delimiter is not None else replace(form, delimiter=sep[0])
    start, comments = (start, 0) if sep else after_comments(head, start)
    form = _sniffed(source, start, said, form, name, sep is not None)
    source.rows = RowEnds(form)
    text = source.whole(start)
    cells, length = _first_record(text, form, name)
    form = replace(form, row_names=_row_names(text[length:], cells, form, said.header))
    below = next_cells(form.even(text[length:]), form)[form.row_names :]
    guessed = said.delimiter is None or delimiter_named(said.delimiter) == by_name
    notes = (f"{name}: a comma is the decimal sign.",) if form.decimal != (said.decimal or ".") else ()
    notes = (*notes, comment_note(name, comments)) if comments else notes
    if is_header(cells, below, said.header, name, form.decimal):
        cells = _bare_names(cells)
        check_names(tuple(cells), guessed, name)
        names = ("",) * form.row_names + tuple(cells)
        return FileStart(form, names, start + length, notes)
    names = tuple(str(index) for index in range(max(1, len(cells))))
    few = ", ".join(names) if len(names) < 5 else f"0, 1, ... {names[-1]}"
    are = f"columns are named {few}" if len(names) > 1 else "column is named 0"
    return FileStart(form, names, start, (*notes, f"{name} has no header: its {are}."), unnamed=True)


def _bare_names(cells: list[str]) -> list[str]:
    """The names of the columns without blanks around them."""
    bare = [cell.strip(" ") for cell in cells]
    return bare if len(set(bare)) == len(set(cells)) else cells


def _sniffed(source: RowBytes, start: int, said: TextOptions, form: CsvFormat, name: str, sep: bool) -> CsvFormat:
    text = source.whole(start)
    if said.delimiter is None and not sep:
        form = replace(form, delimiter=Sniffer(text, name, form, is_number).delimiter())
    if said.decimal is None:
        form = replace(form, decimal=Sniffer(text, name, form, is_number).decimal())
    if said.quote is None and form.delimiter == "\t" and b'"' in source.head:
        form = replace(form, quote='"' if _quotes_hold(source, start, form) else None)
    return form


def _quotes_hold(source: RowBytes, start: int, form: CsvFormat) -> bool:
    """Whether the quotes of tab-separated text are quotes: around whole cells, none of them over several rows."""
    text = source.head[start:] if source.complete else source.head[start : source.head.rfind(b"\n") + 1]
    mark = form.delimiter.encode()
    width = text.partition(b"\n")[0].count(mark) + 1
    fault = QuoteCheck(form, width, lambda _: True).fault(text)
    if fault is None:
        return True
    if source.complete or fault[1] != "opens a quote that is never closed":
        return False
    line = text[text.rfind(b"\n", 0, fault[0]) + 1 :].partition(b"\n")[0]
    return line.count(mark) + 1 < width  # a cell of several lines, which goes on behind the head


def _first_record(text: bytes, form: CsvFormat, name: str) -> tuple[list[str], int]:
    if form.delimiter == BLANKS:
        line = re.match(rb"[^\r\n]*(?:\r?\n|\r)?", text)
        length = line.end() if line else 0
        return first_record(form.even(text[:length]), form, name)[0], length
    cells, length = first_record(text, form, name)
    fault = QuoteCheck(form, len(cells), lambda _: True).fault(text[:length])
    if fault:
        raise DataProblem(f"{name}: the first line {fault[1]}.", fault[2], file=name, row=0)
    return cells, length


def _row_names(text: bytes, header: list[str], form: CsvFormat, mode: str) -> bool:
    if mode == "no" or all(is_number(cell, form.decimal) for cell in header):
        return False
    near = text[: 1 << 16]
    rows = sample(near if len(near) == len(text) else near[: near.rfind(b"\n") + 1], form)
    quote = (form.quote or '"').encode()
    lines = [line for line in near.splitlines()[:-1] or near.splitlines() if line]
    return has_row_names(header, rows or [], bool(lines) and all(line.startswith(quote) for line in lines))
