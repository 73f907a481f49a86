"""A decomposition as Markdown, for a comment or a wiki. What comes from outside stands in code spans."""

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
from ..renderers.as_markdown import code


def render(found: Decomposition) -> str:
    """The answer, the groups as a table, the rows that moved, and the notes."""
    texts = len(found.by)
    text = ["### losscli why", "", sentence_of(found, code), ""]
    text += [f"- {what}: {code(value)}" for what, value in summary(found)[1:]]
    heads = headings(found)
    named = [code(head, table=True) for head in heads[:texts]]
    text += ["", _line([*named, *heads[texts:]]), "|" + "---|" * texts + "---:|" * (len(heads) - texts)]
    for cells in group_cells(found):
        text.append(_line([*(code(key, table=True) if key else "" for key in cells[:texts]), *cells[texts:]]))
    rest = rest_sentence(found)
    text += ["", rest] if rest else []
    if found.rows:
        columns = row_headings(found)
        kept = [code(head, table=True) for head in columns[4:]]
        text += ["", f"{ROWS_TITLE}:", "", _line([*columns[:4], *kept]), "|" + "---:|" * 4 + "---|" * len(kept)]
        for cells in row_cells(found):
            text.append(_line([*cells[:4], *(code(key, table=True) if key else "" for key in cells[4:])]))
    text += ["", *(f"- note: {code(note)}" for note in found.notes)] if found.notes else []
    return "\n".join(text) + "\n"


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
