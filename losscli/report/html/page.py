"""Puts a page together: the headline, what stands out, how sure, the pictures, what the number is, the commands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...core.record import record
from ..pictures.drawing import Drawing
from ..pictures.inline_svg import inline
from ..pictures.registry import drawings_of
from .markup import clean, code, findings, paragraphs, table
from .style import STYLE

ROOM = 230_000  # bytes for pictures and their tables; the rest of a page takes far less than as much again
MOST = 24  # pictures

# no script, no address: nothing but this file is ever asked for
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


@record
class Page:
    """What a page says beside its pictures. `sections` are headings with their HTML, `stands_out` (how grave, text)."""

    title: str
    lead: Sequence[str]
    stands_out: Sequence[tuple[str, str]]
    sure: str
    sections: Sequence[tuple[str, str]]
    document: dict[str, Any]
    commands: Sequence[str] = ()


def render(page: Page) -> str:
    """The page as HTML."""
    tool = page.document["tool"]
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="referrer" content="no-referrer">',
        f"<title>{clean(page.title)}</title><style>{STYLE}</style></head><body><main>",
        f"<header><p>losscli {clean(page.document['command'])}</p><h1>{clean(page.title)}</h1>",
        "".join(f'<p class="lead">{clean(text)}</p>' for text in page.lead if text),
        "</header>",
        _section("What stands out", findings(page.stands_out) if page.stands_out else "<p>Nothing: no check failed, "
                 "and there is no warning.</p>"),
        _section("How sure", page.sure) if page.sure else "",
        _pictures(page.document),
        *(_section(heading, html) for heading, html in page.sections if html),
        _section("The commands that make it again", "".join(map(code, page.commands))) if page.commands else "",
        f"<footer><p>Written by losscli {clean(tool['version'])}. The page loads nothing and runs nothing: all of "
        "it is in this file.</p></footer></main></body></html>",
    ]  # fmt: skip
    return "\n".join(part for part in parts if part) + "\n"


def _section(heading: str, html: str) -> str:
    return f"<section><h2>{clean(heading)}</h2>{html}</section>"


def _pictures(document: dict[str, Any]) -> str:
    """The pictures of the document, as many as a page has room for."""
    drawings = drawings_of(document)
    figures: list[str] = []
    room = ROOM
    for number, drawing in enumerate(drawings[:MOST], 1):
        figure = _figure(drawing, number)
        if (room := room - len(figure.encode())) < 0:
            break
        figures.append(figure)
    if not figures:
        return ""
    more = len(drawings) - len(figures)
    left = (
        [f"{more} more pictures have no room here; losscli plot draws them from the JSON of the report."]
        if more
        else []
    )
    return _section("Pictures", f'<div class="pictures">{"".join(figures)}</div>{paragraphs(left)}')


def _figure(drawing: Drawing, number: int) -> str:
    numbers = table(drawing.columns, drawing.rows)
    words = f"<figcaption>{clean(drawing.words)}</figcaption>"
    return (
        f"<figure><h3>{clean(drawing.title)}</h3>{inline(drawing, number)}{words}"
        f"<details><summary>The numbers</summary>{numbers}</details></figure>"
    )
