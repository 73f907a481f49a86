"""How a file separates and quotes its cells, and what its first bytes show of it.

Only the start of a file is looked at. What the file's name says (commas, or tabs for .tsv) holds as long as the rows
have the same number of cells that way; another delimiter is taken only where that one fails and the other does not.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from typing import Any

from ....core.errors import DataProblem, UsageProblem
from ....core.record import record, replace
from ....core.safe_text import shown

BLANKS = " "  # runs of blanks, which are one delimiter
DELIMITERS = (",", "\t", ";", "|")
SPELLED = {"\t": "tab", BLANKS: "blanks"}
_NAMES = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "blanks": BLANKS, "space": BLANKS}
_WORDS = {",": "commas", "\t": "tabs", ";": "semicolons", "|": "pipes", BLANKS: "blanks"}
_SEP = re.compile(rb'"?sep=(.)"?\r?\n', re.IGNORECASE)
_SAMPLE_ROWS, _SAMPLE_BYTES = 100, 1 << 16
_DECIMAL_COMMA = re.compile(r"[+-]?(\d*),(\d+)(?:[eE][+-]?\d+)?")
_BLANK_RUNS = re.compile(rb"[ \t]+")
_EDGES = re.compile(rb"(?m)^ | (?=\r?$)")


@record
class CsvFormat:
    """How cells are separated, quoted and written. `quote` and `escape` may be None: there are none.

    `skip` is how many bytes a line takes that names the delimiter (`sep=;`), and `row_names` says that rows start with
    a name that has no cell in the header, as R writes them.
    """

    delimiter: str = ","
    quote: str | None = '"'
    escape: str | None = None
    decimal: str = "."
    skip: int = 0
    row_names: bool = False

    def reader(self) -> dict[str, Any]:
        """What the csv module calls this."""
        if self.quote is None:
            quoting: dict[str, Any] = {"quoting": csv.QUOTE_NONE, "quotechar": None}
        else:
            quoting = {"quotechar": self.quote}
        return {"delimiter": self.delimiter, "escapechar": self.escape, **quoting}

    def even(self, data: bytes) -> bytes:
        """The text with one blank where a run of them is a delimiter; what it is otherwise."""
        if self.delimiter != BLANKS:
            return data
        return _EDGES.sub(b"", _BLANK_RUNS.sub(b" ", data))


def delimiter_named(given: str) -> str:
    """The delimiter of a word or a character."""
    delimiter = _NAMES.get(given.lower(), given)
    if len(delimiter) != 1 or not delimiter.isascii() or delimiter in '"\r\n\0':
        raise UsageProblem(
            f"A delimiter is one ASCII character, not '{shown(given)}'.",
            "Leave out --delimiter, as each file shows its own, or say tab or blanks.",
            kind="bad_option",
            options=("delimiter",),
        )
    return delimiter


def character(given: str, option: str, more: str = "") -> str:
    """The one character that an option takes."""
    if len(given) != 1 or not given.isascii() or given.isalnum() or given in "\r\n\0":
        text = f"--{option} takes one ASCII character that is no letter or digit{more}, not '{shown(given)}'."
        raise UsageProblem(text, kind="bad_option", options=(option,))
    return given


def decimal_named(given: str) -> str:
    """The decimal sign: a dot or a comma."""
    if given not in (".", ","):
        text = f"The decimal sign is '.' or ',', not '{shown(given)}'."
        raise UsageProblem(
            text, "Leave out --decimal, as each file shows its own.", kind="bad_option", options=("decimal",)
        )
    return given


def sample(text: bytes, form: CsvFormat) -> list[list[str]] | None:
    """The first rows' cells, blank lines left out; None where they cannot be cut so."""
    lines = form.even(text).decode("utf-8", "surrogateescape").splitlines(keepends=True)
    rows: list[list[str]] = []
    try:
        for cells in csv.reader(iter(lines), **form.reader()):
            if cells:
                rows.append(cells)
            if len(rows) == _SAMPLE_ROWS:
                break
    except csv.Error:
        return None
    return rows


def sep_line(text: bytes) -> tuple[str, int] | None:
    """The delimiter that Excel's first line `sep=;` names, and the bytes of that line."""
    named = _SEP.match(text[:16])
    if named is None or named[1] in b'"\r\n\0' or not named[1].isascii():
        return None
    return named[1].decode(), named.end()


class Sniffer:
    """Finds the delimiter and the decimal sign of the text that a file starts with.

    `is_number` tells whether a cell is a number, given the decimal sign.
    """

    def __init__(self, text: bytes, name: str, form: CsvFormat, is_number: Callable[[str, str], bool]) -> None:
        self._text = text[: max(_SAMPLE_BYTES, text.find(b"\n", text.find(b"\n") + 1) + 1)]
        if len(self._text) < len(text):
            self._text = self._text[: self._text.rfind(b"\n") + 1] or text
        self._name, self._form, self._is_number = name, form, is_number

    def delimiter(self) -> str:
        """The delimiter: that of the name, unless the rows only fit another."""
        own = self._form.delimiter
        others = [mark for mark in DELIMITERS if mark != own and mark.encode() in self._text]
        if not others and own == "," and b"," in self._text:
            return own
        if self._width(own) > 1:
            better = [mark for mark in others if self._width(mark) > 1 and self._share(mark) > self._share(own)]
            if better:
                raise self._ambiguous(own, better[0])
            return own
        for row_names in (False, True):
            fits = [mark for mark in (own, *others) if self._width(mark, row_names=row_names) > 1]
            shares = sorted(fits, key=self._share, reverse=True)
            if len(fits) > 1 and self._share(shares[0]) == self._share(shares[1]):
                raise self._ambiguous(shares[0], shares[1])
            if fits:
                return shares[0]
        return BLANKS if self._blanks() else own

    def _rows(self, mark: str) -> list[list[str]]:
        return sample(self._text, replace(self._form, delimiter=mark)) or []

    def _width(self, mark: str, *, row_names: bool = False) -> int:
        """How many cells a row has with a delimiter, 0 where rows differ; with `row_names` the first has one fewer."""
        rows = self._rows(mark)
        widths = {len(row) for row in rows[1:]} or {len(row) for row in rows}
        width = widths.pop() if len(widths) == 1 else 0
        return width if rows and len(rows[0]) == width - row_names else 0

    def _share(self, mark: str) -> float:
        """The share of cells below the first row that are numbers, with the better of both decimal signs."""
        cells = [cell for row in self._rows(mark)[1:] or self._rows(mark) for cell in row]
        signs = (".",) if mark == "," else (".", ",")
        return max(sum(self._is_number(cell, sign) for cell in cells) for sign in signs) / max(1, len(cells))

    def _blanks(self) -> bool:
        """Whether runs of blanks separate numbers, all rows alike."""
        rows = self._rows(BLANKS) if b" " in self._text or b"\t" in self._text else []
        below = rows[1:] or rows
        if not rows or len(below[0]) < 2 or len(rows[0]) not in (len(below[0]), len(below[0]) - 1):
            return False
        width = len(below[0])
        return all(len(row) == width and all(self._is_number(cell, ".") for cell in row) for row in below)

    def _ambiguous(self, one: str, other: str) -> DataProblem:
        said = []
        for mark in (one, other):
            first = (self._rows(mark) or [[]])[0]
            few = " | ".join(shown(cell, 20) for cell in first[:4]) + (" | ..." if len(first) > 4 else "")
            said.append(f"with {_WORDS.get(mark, shown(mark))} ({few})")
        hint = f"Say {' or '.join(f'--delimiter {SPELLED.get(mark, repr(mark))}' for mark in (one, other))}."
        text = f"{self._name} can be read in two ways, {' and '.join(said)}."
        return DataProblem(text, hint, kind="ambiguous_delimiter", file=self._name, options=("delimiter",))

    def decimal(self) -> str:
        """The decimal sign: a comma where cells show it and none has a dot, which says the opposite.

        Between commas a quoted "0,5" may be a list, and 1,234 may have a separator of thousands: neither shows it.
        """
        if self._form.delimiter == "," or b"," not in self._text:
            return "."
        cells = [cell.strip() for row in sample(self._text, self._form) or [] for cell in row]
        commas = [match for match in map(_DECIMAL_COMMA.fullmatch, cells) if match]
        if any("." in cell and self._is_number(cell, ".") for cell in cells):
            return "."
        return "." if all(_may_be_thousands(match) for match in commas) else ","


def _may_be_thousands(match: re.Match[str]) -> bool:
    whole, rest = match[1], match[2]
    return 0 < len(whole) < 4 and not whole.startswith("0") and len(rest) == 3 and "e" not in match[0].lower()


def has_row_names(header: list[str], rows: list[list[str]], quoted: bool) -> bool:
    """Whether rows start with names that the header has no cell for: quoted, counted from 1, or words that differ.

    A delimiter at the end of each row makes one cell more too, but an empty one.
    """
    width = len(header) + 1
    if not rows or any(len(row) != width for row in rows) or all(not row[-1] for row in rows):
        return False
    names = [row[0] for row in rows]
    if quoted:
        return True
    counted = len(rows) > 1 and names == [str(number + 1) for number in range(len(names))]
    words = all(re.search("[A-Za-z]", name) for name in names) and len(set(names)) == len(names)
    return counted or (words and len(rows) > 1)
