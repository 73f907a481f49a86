"""Faults of quotes: rows that a quote swallows would be missing from the result without a word."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np

from ....core.scratch import Array
from .csv_format import CsvFormat
from .repeated import repeated

HINT = "If quotes are plain characters in this file, say --quote none; in quotes, a quote is written twice."
ESCAPE_HINT = "Quotes stand behind backslashes in this file: say --escape '\\'."
LINES_HINT = """If quotes are plain characters, say --quote none; if this is a text of several lines, --quote '"'."""


class QuoteCheck:
    """Finds text after a closing quote, a quote that is not closed, and one that swallows whole rows.

    `width` is how many cells a row has, and `looks_like_row` tells whether the cells of a line may be a row; None
    where quotes are known to be quotes, which may stand around any lines.
    """

    def __init__(self, form: CsvFormat, width: int, looks_like_row: Callable[[list[bytes]], bool] | None) -> None:
        quote = form.quote or '"'
        mark, self._quote = form.delimiter.encode(), quote.encode()
        self._active, self._escape = form.quote is not None, (form.escape or "").encode()
        self._mark, self._width, self._looks_like_row = mark, width, looks_like_row
        self._beside = np.zeros(256, dtype=bool)
        self._beside[list(b"\r\n" + self._quote + mark)] = True
        inner, sign, escape = re.escape(self._quote), re.escape(mark), re.escape(self._escape)
        any_escape = b"|" + escape + b"." if self._escape else b""
        inside = repeated(rb"[^" + inner + escape + rb"]++" + any_escape + rb"|" + inner * 2)
        self._opening = re.compile(rb"(?<![^\r\n" + sign + rb"])" + inner)
        self._closing = re.compile(inner + inside + inner, re.DOTALL)
        self._after = re.compile(rb"[ \t]*+(?:[\r\n" + sign + rb"]|\Z)")

    def fault(self, data: bytes) -> tuple[int, str, str] | None:
        """The byte of the first fault in whole rows, what it is, and what to do; None where there is none."""
        if not self._active or data.find(self._quote) < 0:
            return None
        around = None if self._escape and self._escape in data else self._around_lines(data)
        if around is None:
            return self._walked(data)
        return next((fault for start, end in around if (fault := self._swallowed(data, start, end))), None)

    def _around_lines(self, data: bytes) -> list[tuple[int, int]] | None:
        """The quotes around line ends; None where some quotes do not stand at the ends of cells."""
        codes: Array = np.frombuffer(data, dtype=np.uint8)
        quotes = np.flatnonzero(codes == ord(self._quote))
        if len(quotes) % 2:
            return None
        opened, closed = quotes[0::2], quotes[1::2]
        before, after = codes[opened - 1].copy(), codes[np.minimum(closed + 1, len(codes) - 1)].copy()
        if opened[0] == 0:
            before[0] = ord("\n")
        if closed[-1] == len(codes) - 1:
            after[-1] = ord("\n")
        if not (self._beside[before].all() and self._beside[after].all()):
            return None
        ends = np.flatnonzero(codes == ord("\n"))
        numbers = np.flatnonzero(np.searchsorted(ends, opened) != np.searchsorted(ends, closed))
        return [(int(opened[number]), int(closed[number])) for number in numbers]

    def _walked(self, data: bytes) -> tuple[int, str, str] | None:
        """The same, cell by cell."""
        at = 0
        while opening := self._opening.search(data, at):
            start = opening.start()
            closed = self._closing.match(data, start)
            if closed is None:
                return start, "opens a quote that is never closed", HINT
            at = closed.end()
            if not self._after.match(data, at):
                escaped = not self._escape and data[at - 2 : at - 1] == b"\\" and at - start > 2
                return start, "has text after a closing quote", ESCAPE_HINT if escaped else HINT
            if data.find(b"\n", start, at) >= 0 and (fault := self._swallowed(data, start, at - 1)):
                return fault
        return None

    def _swallowed(self, data: bytes, opened: int, closed: int) -> tuple[int, str, str] | None:
        """Whether every line that a quoted cell lies on reads as a row of its own."""
        start, stop = data.rfind(b"\n", 0, opened) + 1, data.find(b"\n", closed)
        lines = data[start : stop if stop >= 0 else len(data)].splitlines()
        if self._width < 2 or not all(self._is_row(line.split(self._mark)) for line in lines):
            return None
        return opened, f"opens a quote around {len(lines)} lines that each look like a row", LINES_HINT

    def _is_row(self, cells: list[bytes]) -> bool:
        return self._looks_like_row is not None and len(cells) == self._width and self._looks_like_row(cells)
