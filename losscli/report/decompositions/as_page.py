"""A decomposition as a page in one file: the answer, the picture, the groups and the rows that moved."""

from __future__ import annotations

from ...core.record import replace
from ..decomposition import Decomposition
from ..html.inputs import inputs_table
from ..html.markup import code, pairs, table
from ..html.page import Page
from ..html.page import render as render_page
from ..lines.decomposition_lines import (
    ROWS_TITLE,
    group_cells,
    headings,
    row_cells,
    row_headings,
    sentence_of,
    summary,
)


def render(found: Decomposition, *, typed: str = "") -> str:
    """The page."""
    stands_out = [(found.verdict, sentence_of(found))] if found.verdict in ("worse", "inconclusive") else []
    stands_out += [("worse", f"{', '.join(map(str, part.by.values()))}: its own change adds {part.within:+.4g}.")
                  for part in found.groups if part.verdict == "worse"]  # fmt: skip
    stands_out += [("warning", note) for note in found.notes]
    every = replace(found, top=len(found.groups) or 1)
    sections = [
        ("What each group adds", table(headings(every), group_cells(every))),
        (ROWS_TITLE.capitalize(), table(row_headings(found), row_cells(found)) if found.rows else ""),
        ("What the numbers are", code(found.signature)),
        ("What they were computed from", inputs_table(found.inputs)),
    ]
    commands = [typed] if typed else []
    sure = pairs(summary(found))
    return render_page(Page(sentence_of(found), [], stands_out, sure, sections, found.to_dict(), commands))
