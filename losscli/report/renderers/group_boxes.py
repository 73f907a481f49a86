"""Tables of groups in boxes, for a terminal: columns that have no room are left out, the least telling first."""

from __future__ import annotations

from ..comparison import Comparison
from ..lines.compared_group_lines import LEFT_OUT_FIRST, columns_of, group_cells, headings, title
from ..lines.group_lines import rest_sentence
from .box_drawing import BoxColumn, box, natural_width

_LEFT = ("interval", "verdict")


def of_comparison(result: Comparison, *, width: int, color: bool, unicode: bool) -> str:
    """The groups of a comparison."""
    texts = len(columns_of(result))
    for left_out in range(len(LEFT_OUT_FIRST) + 1):
        without = LEFT_OUT_FIRST[:left_out]
        heads, cells = headings(result, without), group_cells(result, without)
        columns = [
            BoxColumn(head, right=place >= texts and head not in _LEFT, narrowest=None if place >= texts else len(head))
            for place, head in enumerate(heads)
        ]
        if natural_width(columns, cells) <= width:
            break
    rest = rest_sentence(result)
    words = title(result)
    if not unicode:
        words = words.encode("ascii", "backslashreplace").decode()
    return f"{words}\n{box(columns, cells, width=width, color=color, unicode=unicode)}" + (f"{rest}\n" if rest else "")
