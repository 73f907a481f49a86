"""A decomposition for a terminal: boxes, from which columns are left out that have no room."""

from __future__ import annotations

from ..decomposition import Decomposition
from ..lines.decomposition_lines import (
    LEFT_OUT_FIRST,
    ROWS_TITLE,
    group_cells,
    headings,
    rest_sentence,
    row_cells,
    row_headings,
    sentence_of,
    summary,
)
from ..renderers.box_drawing import BoxColumn, box, natural_width, paragraph

_LEFT = ("interval", "verdict")
_STYLES = {"improved": "bold green", "not worse": "green", "inconclusive": "yellow", "worse": "bold red"}


def render(found: Decomposition, *, width: int = 80, color: bool = True, unicode: bool = True) -> str:
    """The answer, the summary, the groups, and the rows that moved."""
    (name, said), *pairs = summary(found)
    ends = [BoxColumn(name, "bold cyan", "dim"), BoxColumn(said, _STYLES[found.verdict], narrowest=20)]
    text = paragraph(sentence_of(found), width, unicode)
    text += box(ends, pairs, width=width, color=color, unicode=unicode)
    for left_out in range(len(LEFT_OUT_FIRST) + 1):
        without = LEFT_OUT_FIRST[:left_out]
        cells = group_cells(found, without)
        columns = _columns(headings(found, without), len(found.by))
        if natural_width(columns, cells) <= width:
            break
    text += box(columns, cells, width=width, color=color, unicode=unicode)
    rest = rest_sentence(found)
    text += paragraph(rest, width, unicode) if rest else ""
    if found.rows:
        heads = row_headings(found)
        numbers = [BoxColumn(head, right=place < 4, narrowest=None) for place, head in enumerate(heads)]
        text += f"{ROWS_TITLE}\n" + box(numbers, row_cells(found), width=width, color=color, unicode=unicode)
    return text


def _columns(heads: list[str], texts: int) -> list[BoxColumn]:
    return [
        BoxColumn(head, right=place >= texts and head not in _LEFT, narrowest=None if place >= texts else len(head))
        for place, head in enumerate(heads)
    ]
