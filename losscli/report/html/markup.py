"""Pieces of HTML. All text goes through `clean`, which leaves nothing in it to be markup."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from ...core.safe_text import shown

LONGEST = 4096  # characters of a text from outside
MOST_ROWS = 400  # of a table
_LONG = 48  # characters of a cell that may be broken


def clean(text: object) -> str:
    """Text as it is read, whatever it holds: control characters as escapes, and no markup."""
    return escape(shown(str(text), LONGEST))


def cell(value: object) -> str:
    """A value in a table; numbers have all their digits."""
    if value is None:
        return "-"
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else "-inf" if value < 0 else "nan" if math.isnan(value) else "inf"
    return clean(value)


def table(heads: Sequence[str], rows: Sequence[Sequence[object]], *, caption: str = "") -> str:
    """A table that is scrolled where it is wider than the page; of very many rows the first."""
    numeric = [all(isinstance(row[i], int | float | None) for row in rows) for i in range(len(heads))]
    alone = all(numeric)  # then the table says it once, which is a half of its size
    classes = [' class="number"' if each and not alone else "" for each in numeric]
    head = "".join(f'<th scope="col"{each}>{clean(name)}</th>' for each, name in zip(classes, heads, strict=True))
    body = "".join(f"<tr>{_cells(classes, row)}</tr>" for row in rows[:MOST_ROWS])
    opened = '<table class="numbers">' if alone else "<table>"
    more = len(rows) - MOST_ROWS
    left = f"<p>{more:,} more rows are in the JSON of the report.</p>" if more > 0 else ""
    title = f"<caption>{clean(caption)}</caption>" if caption else ""
    return f'<div class="wide">{opened}{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>{left}'


def _cells(classes: Sequence[str], row: Sequence[object]) -> str:
    return "".join(f"<td{each or _wide(value)}>{cell(value)}</td>" for each, value in zip(classes, row, strict=True))


def _wide(value: object) -> str:
    """The class of a cell whose text is broken anywhere, so that it leaves room for the others."""
    return ' class="long"' if isinstance(value, str) and len(value) > _LONG else ""


def pairs(lines: Iterable[tuple[str, str]]) -> str:
    """What and its value, line for line."""
    return (
        "<dl>" + "".join(f"<div><dt>{clean(what)}</dt><dd>{clean(value)}</dd></div>" for what, value in lines) + "</dl>"
    )


def paragraphs(texts: Iterable[str]) -> str:
    """A paragraph each."""
    return "".join(f"<p>{clean(text)}</p>" for text in texts if text)


def code(text: str) -> str:
    """A command or a recipe, to be copied."""
    return f"<pre><code>{clean(text)}</code></pre>"


def findings(entries: Iterable[tuple[str, Any]]) -> str:
    """What stands out: (how grave, text) of each; the gravity is a word too, not a colour alone."""
    return (
        "<ul>" + "".join(f'<li class="{grave}"><b>{grave}</b> {clean(text)}</li>' for grave, text in entries) + "</ul>"
    )
