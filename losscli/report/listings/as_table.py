"""The table of a listing for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..renderers.box_drawing import BoxColumn, box, natural_width, paragraph
from .listed import listed

if TYPE_CHECKING:
    from .listed import ListedReport


def render(report: ListedReport, *, width: int = 80, color: bool = True, unicode: bool = True) -> str:
    """The sentences, and the table in a box."""
    made = listed(report)
    text = "".join(paragraph(sentence, width, unicode) for sentence in made.sentences)
    if made.cells:
        columns = [
            BoxColumn(heading, right=at >= made.texts, narrowest=None if at >= made.texts else min(len(heading), 12))
            for at, heading in enumerate(made.headings)
        ]
        cells = [list(line) for line in made.cells]
        if natural_width(columns, cells) > width:
            kept = [at for at in range(len(columns)) if at not in made.spare]
            columns, cells = [columns[at] for at in kept], [[line[at] for at in kept] for line in cells]
        text += box(columns, cells, width=width, color=color, unicode=unicode)
    return text + "".join(paragraph(sentence, width, unicode) for sentence in made.closing)
