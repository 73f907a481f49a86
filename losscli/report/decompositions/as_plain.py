"""A decomposition as plain text: aligned, uncoloured, never cropped."""

from __future__ import annotations

from ..decomposition import Decomposition
from ..lines.decomposition_lines import (
    ROWS_TITLE,
    group_cells,
    headings,
    rest_sentence,
    row_cells,
    row_headings,
    sentence_of,
    summary,
)
from ..lines.group_lines import in_columns


def render(found: Decomposition) -> str:
    """The answer, the summary, the groups, and the rows that moved."""
    pairs = summary(found)
    width = max(len(what) for what, _ in pairs)
    parts = [f"{sentence_of(found)}\n", "".join(f"{what:<{width}}  {value}\n" for what, value in pairs)]
    parts.append(in_columns([headings(found), *group_cells(found)], len(found.by), rest_sentence(found)))
    if found.rows:
        parts.append(f"{ROWS_TITLE}\n{in_columns([row_headings(found), *row_cells(found)], 0)}")
    return "\n".join(parts)
