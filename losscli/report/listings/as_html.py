"""A page of a listing: one file that opens anywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..html.inputs import inputs_table
from ..html.markup import code, paragraphs, table
from ..html.page import Page
from ..html.page import render as render_page
from .listed import listed

if TYPE_CHECKING:
    from .listed import ListedReport


def render(report: ListedReport, *, typed: str = "") -> str:
    """The sentences first, then the pictures, the table, and what it was computed from."""
    made = listed(report)
    sections = [
        ("In numbers", table(made.headings, made.cells) if made.cells else ""),
        ("How to read it", paragraphs(made.closing)),
        ("What the numbers are", code(report.signature) if report.signature else ""),
        ("What they were computed from", inputs_table(report.inputs)),
    ]
    out = [*made.stands_out, *(("warning", note) for note in report.warnings)]
    commands = [typed] if typed else []
    said = [each for each in made.sentences if each != made.title]
    return render_page(Page(made.title, said, out, "", sections, report.to_dict(), commands))
