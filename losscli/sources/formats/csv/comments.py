"""Lines at the start of a text file that begin with #: comments, of which the last may name the columns."""

from __future__ import annotations

from .csv_format import DELIMITERS

MARK = b"#"


def after_comments(head: bytes, start: int) -> tuple[int, int]:
    """The byte where the header or the rows start, and how many lines before it are comments.

    The last line that begins with # names the columns if it has as many cells as the line below it, as numpy.savetxt
    writes it; the names begin after the blank behind its #. Where every line begins with # they are rows.
    """
    at, begins = start, []
    while head.startswith(MARK, at):
        begins.append(at)
        end = head.find(b"\n", at)
        if end < 0:
            return start, 0
        at = end + 1
    if not begins or not head[at:].strip():
        return start, 0
    last, below = head[begins[-1] : at], head[at:].partition(b"\n")[0]
    if _as_many_cells(last.lstrip(MARK + b" "), below):
        blanks = len(last) - len(last[1:].lstrip(b" ")) - 1
        return begins[-1] + (1 + blanks if blanks else 0), len(begins) - 1
    return at, len(begins)


def _as_many_cells(header: bytes, below: bytes) -> bool:
    marks = [mark.encode() for mark in DELIMITERS]
    mark = max(marks, key=below.count)
    if below.count(mark):
        return header.count(mark) == below.count(mark)
    return len(header.split()) == len(below.split())


def note(name: str, lines: int) -> str:
    """What is said of lines that are passed over."""
    are = "the first line begins" if lines == 1 else f"the first {lines} lines begin"
    return f"{name}: {are} with # and {'is a comment' if lines == 1 else 'are comments'}."
