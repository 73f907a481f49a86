"""CSV as text: where records end, what the first one is, and which row is at fault. No pyarrow here.

The fast reader says little about what went wrong and where, so a chunk that it refuses is read again with
the csv module; that also makes messages the same for every version of pyarrow.
"""

from __future__ import annotations

import csv
import io
import itertools
import os
import re
import shlex
from collections.abc import Iterator, Mapping
from contextlib import suppress

import numpy as np

from ....core.errors import DataProblem
from ....core.safe_text import shown
from ....core.scratch import Array
from .. import object_text
from ..arrow_to_numpy import BadCell
from .csv_format import CsvFormat
from .repeated import repeated

NULL_TEXTS = ("", "NA", "N/A", "null", "NULL", "None", "#N/A")
MAX_COLUMNS = 100_000
MAX_RECORD = 16 << 20
BOM = b"\xef\xbb\xbf"
WINDOWS_NAN = re.compile(r"[+-]?(?:1[.,]#(?:IND|QNAN|SNAN|INF)0*|nan\((?:s?nan|ind)\))", re.IGNORECASE)
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_DOTTED_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:\.\d{3})+(?:,\d+)?")
_CURRENCY = re.compile(r"([+-]?)[$€£¥] ?([\d.,]+)|([+-]?[\d.,]+) ?[$€£¥]")
_FORTRAN = re.compile(r"([+-]?\d*\.?\d+)[dD]([+-]?\d+)")
_PERCENT = re.compile(r"([+-]?\d*\.?\d+) ?%")
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+")


def is_number(cell: str, decimal: str = ".") -> bool:
    """Whether the reader takes a cell for a number; nan and inf are numbers, as Windows writes them too.

    So are numbers that were printed with their type, such as tensor(0.9) and np.float64(0.9).
    """
    bare = cell.strip(" \t")
    if "(" in bare or bare[:1] == "<":
        return bool(WINDOWS_NAN.fullmatch(bare)) or object_text.scalar(bare) is not None
    if bare != bare.strip() or "_" in bare or not bare.isascii():
        return False  # Python's float is more lenient
    if decimal != ".":
        if "." in bare and not WINDOWS_NAN.fullmatch(bare):
            return False
        bare = bare.replace(decimal, ".")
    if "#" in bare and WINDOWS_NAN.fullmatch(bare):
        return True
    try:
        float(bare)
    except ValueError:
        return False
    return True


def number_hint(cell: str, otherwise: str = "A missing value is an empty cell or NA.", *, dialect: bool = True) -> str:
    """What to type instead of a cell that is not a number; `otherwise` for one that nothing is known of.

    `dialect` is whether --decimal and its like say how the file is written.
    """
    if _DECIMAL_COMMA.fullmatch(cell.strip()) and dialect:
        return "The decimal sign is a dot. Say --decimal ',' if it is a comma here."
    if _DECIMAL_COMMA.fullmatch(cell.strip()):
        return f"The decimal sign is a dot: save it so, {cell.strip().replace(',', '.')}, or as a column of numbers."
    if _THOUSANDS.fullmatch(cell.strip()):
        return f"Commas separate its thousands: save it without them, {cell.strip().replace(',', '')}."
    if _DOTTED_THOUSANDS.fullmatch(cell.strip()):
        return f"Dots separate its thousands: save it without them, {cell.strip().replace('.', '')}."
    if currency := _CURRENCY.fullmatch(cell.strip()):
        return f"It has a currency sign: save the number alone, {''.join(part or '' for part in currency.groups())}."
    if fortran := _FORTRAN.fullmatch(cell.strip()):
        return f"Its exponent is written as Fortran does: save it with an e, {fortran[1]}e{fortran[2]}."
    if percent := _PERCENT.fullmatch(cell.strip()):
        return f"It is a percentage: save it without the sign and divided by 100, {float(percent[1]) / 100:.15g}."
    return object_text.hint(cell) or otherwise


def records(data: bytes, form: CsvFormat) -> Iterator[tuple[list[str], int]]:
    """Each record, with the number of bytes up to its end; a blank line is []."""
    used = 0

    def lines() -> Iterator[str]:
        nonlocal used
        for line in io.StringIO(data.decode("utf-8", "surrogateescape"), newline=""):
            used += len(line) if line.isascii() else len(line.encode("utf-8", "surrogateescape"))
            yield line

    for cells in csv.reader(lines(), **form.reader()):
        yield cells, used


def rows_before(data: bytes, form: CsvFormat, byte: int) -> int:
    """How many whole records end before a byte, or at it."""
    before = 0
    with suppress(csv.Error):
        for _, used in records(data, form):
            if used > byte:
                break
            before += 1
    return before


class RowEnds:
    """Finds where records end. A quote opens a field only where the field starts, as for the reader."""

    def __init__(self, form: CsvFormat) -> None:
        mark, quote = form.delimiter.encode(), (form.quote or '"').encode()
        self._quoted, self._quote, self._escape = form.quote is not None, quote, (form.escape or "").encode()
        sign, escape = re.escape(quote), re.escape(self._escape)
        any_escape = b"(?:" + escape + b".)" if escape else b""
        plain = rb"[^" + sign + escape + rb"\r\n]*+" if form.quote else rb"[^" + escape + rb"\r\n]*+"
        stray = rb"(?!\A)(?<![\r\n" + re.escape(mark) + rb"])" + sign
        inner = rb"[^" + sign + escape + rb"]*+"
        more = b"(?:" + sign * 2 + (b"|" + any_escape if escape else b"") + b")"
        quoted = sign + inner + repeated(more + inner) + sign
        end = rb"(?:\r?\n|\r(?=[^\n]))"
        field = b"|".join(each for each in ((stray, quoted) if form.quote else ()) + ((any_escape,) if escape else ()))
        cells = repeated(b"(?:" + field + b")" + plain) if field else b""
        self._rows = re.compile(repeated(plain + cells + end), re.DOTALL)
        self._beside = np.zeros(256, dtype=bool)  # what stands beside a quote that is not stray
        self._beside[list(b"\r\n" + quote + mark)] = True

    def last(self, data: bytes) -> int:
        """The byte after the last whole record of `data`, which starts with a record."""
        newline = data.rfind(b"\n")
        if newline >= 0 and self._outside(data, newline):
            return newline + 1
        whole_rows = self._rows.match(data)
        return whole_rows.end() if whole_rows else 0

    def _outside(self, data: bytes, newline: int) -> bool:
        """Whether a newline is surely outside of quotes: none is stray, and they are even in number."""
        if self._escape and data.find(self._escape, 0, newline) >= 0:
            return False
        if not self._quoted or data.find(self._quote, 0, newline) < 0:
            return True
        codes: Array = np.frombuffer(data, dtype=np.uint8, count=newline + 1)
        quotes = np.flatnonzero(codes == ord(self._quote))
        if len(quotes) % 2:
            return False
        before = codes[quotes[0::2] - 1]
        if quotes[0] == 0:
            before[0] = ord("\n")
        return bool(self._beside[before].all() and self._beside[codes[quotes[1::2] + 1]].all())


def check_encoding(data: bytes, name: str) -> None:
    """Refuse what is no UTF-8 text; `data` is the start of the file."""
    refuse_nul(data, 0, name)


def refuse_nul(data: bytes, at: int, name: str) -> None:
    """A NUL byte: no text file has one."""
    if (nul := data.find(b"\0")) >= 0:
        raise DataProblem(f"{name} holds a NUL byte at byte {at + nul}.", "It is damaged, or not UTF-8 text.")


def _convert_hint(name: str) -> str:
    """The command that makes UTF-8 of the text of a file in the encoding that Windows and Excel use most."""
    root, suffix = os.path.splitext(name)
    command = f"iconv -f WINDOWS-1252 -t UTF-8 {shlex.quote(name)} > {shlex.quote(f'{root}-utf8{suffix}')}"
    return f"Convert it, such as with {command} (the encoding of Windows in Western Europe), and name that file."


def first_record(data: bytes, form: CsvFormat, name: str) -> tuple[list[str], int]:
    """The first record's cells and its length in bytes."""
    try:
        cells, used = next(records(data, form), ([], 0))
    except csv.Error as error:
        raise DataProblem(f"{name}: the first line cannot be read ({error}).", "Is it a CSV file?") from None
    try:
        data[:used].decode()
    except UnicodeDecodeError as error:
        text = f"{name} is not UTF-8 text: byte {error.start} of the first line is {data[error.start]:#x}."
        raise DataProblem(text, _convert_hint(name)) from None
    if len(cells) > MAX_COLUMNS:
        raise DataProblem(f"{name} has more than {MAX_COLUMNS} columns: {len(cells)}.", "Use Parquet or NPY.")
    return cells, used


def next_cells(data: bytes, form: CsvFormat) -> list[str]:
    """The first record's cells where nothing depends on them."""
    try:
        return next(records(data, form), ([], 0))[0]
    except csv.Error:
        return []


def is_header(first: list[str], second: list[str], mode: str, name: str, decimal: str = ".") -> bool:
    """Whether the first record names the columns. What may be either is an error: no row is lost silently."""
    if mode == "no":
        return False
    if not first:
        command = f"tail -n +2 {shlex.quote(name)} > {shlex.quote('-below'.join(os.path.splitext(name)))}"
        hint = f"Delete it, such as with {command}, and name that file."
        if len(second) == 1:
            hint = "Delete it, or say --header no if it is a row."
        raise DataProblem(f"{name} starts with a blank line.", hint, options=("header",))
    if mode == "yes":
        return True
    numeric = [is_number(cell, decimal) for cell in first]
    valued = [number or cell in NULL_TEXTS[1:] for number, cell in zip(numeric, first, strict=True)]
    counted = len(first) > 2 and first == [str(index) for index in range(len(first))]  # pandas' default names
    # 0.1 may be a quantile's name, but then another column has a name where the next line has a number
    fraction = any(n and not cell.strip().isdigit() for n, cell in zip(numeric, first, strict=True))
    beside = zip(first, valued, second, strict=False)
    named = any(cell and not value and is_number(below, decimal) for cell, value, below in beside)
    if counted or (fraction and not all(valued) and not named):
        few = ", ".join(shown(cell, 20) for cell in first[:4]) + (", ..." if len(first) > 4 else "")
        text = f"{name}: the first line ({few}) may be a header or a row."
        raise DataProblem(text, "Say --header yes or --header no.", options=("header",))
    return not all(valued)


def check_names(names: tuple[str, ...], guessed: bool, name: str) -> None:
    """Refuse columns that cannot be told apart, and one column that is several with another delimiter."""
    if len(names) == 1 and guessed:
        for mark, spelt in ((";", "';'"), ("\t", "tab"), (",", "','")):
            if mark in names[0]:
                raise DataProblem(
                    f"{name} has one column, {shown(names[0])}.", f"Try --delimiter {spelt}.", options=("delimiter",)
                )
    if len(set(names)) < len(names):
        twice = next(a for a, b in itertools.pairwise(sorted(names)) if a == b)
        raise DataProblem(f"{name} has two columns named '{shown(twice)}'.", "Rename one of them.")


def first_fault(
    data: bytes, form: CsvFormat, width: int, values: Mapping[int, str], texts: Mapping[int, str], name: str
) -> BadCell | None:
    """The first row with the wrong number of fields, no number in a column of `values`, or broken UTF-8."""
    try:
        for row, (cells, _) in enumerate(records(data, form)):
            fault = _fault(row, cells, width, values, texts, form.decimal) if cells else None
            if fault:
                fault.hint = fault.hint or _convert_hint(name)
                return fault
    except csv.Error:
        pass  # the caller has the reader's own words
    return None


def _fault(
    row: int, cells: list[str], width: int, values: Mapping[int, str], texts: Mapping[int, str], decimal: str
) -> BadCell | None:
    if len(cells) != width:
        fields = "1 field" if len(cells) == 1 else f"{len(cells)} fields"
        what = f"has {fields} where {width} {'are' if width > 1 else 'is'} expected"
        return BadCell(row, None, what, "A field that holds the delimiter is written in quotes.")
    for index, column in values.items():
        if cells[index] not in NULL_TEXTS and not is_number(cells[index], decimal):
            what = f"holds '{shown(cells[index], 60)}', which is not a number"
            return BadCell(row, column, what, number_hint(cells[index]))
    for index, column in texts.items():
        if any("\udc80" <= char <= "\udcff" for char in cells[index]):
            return BadCell(row, column, "is not UTF-8 text")
    return None
