"""Boxes of cells for a terminal: as rich draws them, at a hundredth of its time, since a gate may have thousands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rich.cells import cell_len, chop_cells

from ...core.record import record
from ...core.safe_text import shown

_ROUNDED = ("╭─┬╮", "├─┼┤", "╰─┴╯", "│")  # top, below the head, bottom; what stands between cells
_ASCII = ("+--+", "|-+|", "+--+", "|")
_STYLES = {
    "bold": "1", "dim": "2", "blue": "34", "bold cyan": "1;36", "bold green": "1;32", "green": "32", "yellow": "33",
    "bold red": "1;31",
}  # fmt: skip
_WORDS = re.compile(r"^\s+|\S+\s*")
_BORDERS, _PADDING = 1, 2  # cells between columns, and around the text of one


@record
class BoxColumn:
    """A column: its heading, how it looks, and how narrow it may become; None says that its cells are never broken."""

    heading: str
    head_style: str = "bold"
    style: str = ""
    right: bool = False
    narrowest: int | None = 1


def box(columns: Sequence[BoxColumn], rows: Sequence[Sequence[str]], *, width: int, color: bool, unicode: bool) -> str:
    """The rows below the headings, in a box that is at most so wide where the columns can be."""
    top, middle, bottom, bar = _ROUNDED if unicode else _ASCII
    texts = [[_shown(each, unicode) for each in row] for row in ([column.heading for column in columns], *rows)]
    widths = _widths(columns, texts, width)
    lines = [_border(top, widths)]
    for number, cells in enumerate(texts):
        styles = [column.style if number else column.head_style for column in columns]
        folded = [_folded(text, room) for text, room in zip(cells, widths, strict=True)]
        high = max(map(len, folded))
        below = [high - len(each) if number == 0 else 0 for each in folded]  # headings stand at the foot
        for i in range(high):
            parts = [part[i - low] if 0 <= i - low < len(part) else "" for part, low in zip(folded, below, strict=True)]
            padded = [_padded(*each) for each in zip(parts, widths, columns, strict=True)]
            styled = [_styled(f" {part} ", style if color else "") for part, style in zip(padded, styles, strict=True)]
            lines.append(f"{bar}{bar.join(styled)}{bar}")
        if not number and rows:
            lines.append(_border(middle, widths))
    return "\n".join([*lines, _border(bottom, widths), ""])


def natural_width(columns: Sequence[BoxColumn], rows: Sequence[Sequence[str]]) -> int:
    """How wide the box is where no cell is broken."""
    cells = zip([column.heading for column in columns], *rows, strict=True)
    return _BORDERS + sum(max(map(_length, each)) + _BORDERS + _PADDING for each in cells)


def writable(text: str, unicode: bool) -> str:
    """A sentence beside a box, its letters as escapes where only ASCII can be shown."""
    return text if unicode else text.encode("ascii", "backslashreplace").decode()


def paragraph(text: str, width: int, unicode: bool) -> str:
    """A sentence beside a box in lines of this width, broken between words; with the end of its last line."""
    return "".join(f"{line}\n" for line in _folded(writable(text, unicode), max(width, 20)))


def _shown(text: str, unicode: bool) -> str:
    """Where only ASCII can be shown, escaped before the columns are measured."""
    text = text if text.isprintable() else shown(text, len(text) * 10)
    return writable(text, unicode)


def _widths(columns: Sequence[BoxColumn], texts: Sequence[Sequence[str]], width: int) -> list[int]:
    """The widths of the columns: as wide as their texts, or the widest of them narrower, so that all have room."""
    room = width - _BORDERS - len(columns) * (_BORDERS + _PADDING)
    least, widths = [], []
    for column, cells in zip(columns, zip(*texts, strict=True), strict=True):
        longest = max(map(_length, cells))
        least.append(longest if column.narrowest is None else min(longest, column.narrowest))
        widths.append(max(least[-1], min(longest, max(room, 1))))
    while sum(widths) > room:
        can = [i for i in range(len(widths)) if widths[i] > least[i]]
        if not can:
            break
        widths[max(can, key=widths.__getitem__)] -= 1
    return widths


def _length(text: str) -> int:
    """How many cells a text takes."""
    return len(text) if text.isascii() else cell_len(text)


def _folded(text: str, width: int) -> list[str]:
    """The text in lines, broken between words where it can be."""
    return [text] if _length(text) <= width else list(_lines(text, width))


def _lines(text: str, width: int) -> Iterator[str]:
    line = ""
    for word in _WORDS.findall(text):
        if _length(line) + _length(word.rstrip()) <= width:
            line += word
            continue
        if line.strip():
            yield line.rstrip()
        *whole, line = chop_cells(word.rstrip(), width) or [""]
        yield from whole
        line += word[len(word.rstrip()) :]
    if line.strip():
        yield line.rstrip()


def _padded(text: str, width: int, column: BoxColumn) -> str:
    blank = " " * (width - _length(text))
    return blank + text if column.right else text + blank


def _styled(text: str, style: str) -> str:
    return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if style else text


def _border(signs: str, widths: Sequence[int]) -> str:
    return signs[0] + signs[2].join(signs[1] * (width + _PADDING) for width in widths) + signs[3]
