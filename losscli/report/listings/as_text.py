"""Plain text, CSV and Markdown of a listing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..lines.group_lines import in_columns
from ..renderers.as_csv import ready, written
from ..renderers.as_markdown import code
from .listed import listed

if TYPE_CHECKING:
    from .listed import ListedReport


def render(report: ListedReport) -> str:
    """Plain text: aligned, never cropped."""
    made = listed(report)
    parts = ["".join(f"{sentence}\n" for sentence in made.sentences)]
    if made.cells:
        parts.append(in_columns([list(line) for line in (made.headings, *made.cells)], made.texts))
    parts += ["".join(f"{sentence}\n" for sentence in made.closing)] if made.closing else []
    return "\n".join(parts)


def render_csv(report: ListedReport) -> str:
    """A row for each row of the table, with all digits."""
    return _separated(report, ",")


def render_tsv(report: ListedReport) -> str:
    """The same with tabs."""
    return _separated(report, "\t")


def _separated(report: ListedReport, delimiter: str) -> str:
    made = listed(report)
    return written([made.columns, *(ready(row) for row in made.rows)], delimiter)


def render_markdown(report: ListedReport) -> str:
    """The sentences and the table. What comes from outside stands in code spans."""
    made = listed(report)
    text = [f"### losscli {report.command}", ""]
    text += [line for sentence in made.sentences for line in (code(sentence), "")]
    if made.cells:
        text.append("| " + " | ".join(code(heading, table=True) for heading in made.headings) + " |")
        text.append("|" + "|".join("---" if at < made.texts else "---:" for at in range(len(made.headings))) + "|")
        for line in made.cells:
            cells = [code(cell, table=True) if at < made.texts else cell for at, cell in enumerate(line)]
            text.append("| " + " | ".join(cells) + " |")
    for sentence in made.closing:
        text += ["", code(sentence)]
    text += ["", *(f"- note: {code(note)}" for note in report.warnings)] if report.warnings else []
    return "\n".join(text) + "\n"
