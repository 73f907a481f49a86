"""The worst and the best rows of a result as tables that people read: for the plain text, the table and Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...core.record import record
from ..model import Result
from .group_lines import key_text
from .shown_digits import number


@record
class RowTable:
    """A table of rows: what it lists, its columns, of which so many at the end are texts, and a line a row."""

    title: str
    headings: list[str]
    texts: int
    cells: list[list[str]]


def row_tables(result: Result) -> Iterator[RowTable]:
    """The tables of a result: none where rows were not asked for."""
    for title, rows in (("worst rows", result.worst), ("best rows", result.best or [])):
        if rows:
            kept = list(rows[0]["keep"])
            weight = ["weight"] if "weight" in rows[0] else []
            yield RowTable(title, ["row", "loss", *weight, *kept], len(kept), [_cells(row) for row in rows])


def _cells(row: dict[str, Any]) -> list[str]:
    weight = [number(row["weight"])] if "weight" in row else []
    return [str(row["row"]), number(row["loss"]), *weight, *map(key_text, row["keep"].values())]


def aligned(table: RowTable) -> str:
    """The table as plain text below its title: numbers to the right, what is kept to the left."""
    rows = [table.headings, *table.cells]
    widths = [max(len(row[i]) for row in rows) for i in range(len(table.headings))]
    numbers = len(widths) - table.texts
    text = f"{table.title}\n"
    for row in rows:
        cells = [c.rjust(w) if i < numbers else c.ljust(w) for i, (c, w) in enumerate(zip(row, widths, strict=True))]
        text += "  ".join(cells).rstrip() + "\n"
    return text
