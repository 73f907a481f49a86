"""Puts a page together: the headline, what stands out, how sure, the pictures, what the number is, the commands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...core.record import record
from ..pictures.drawing import RESULTS, Drawing
from ..pictures.inline_svg import inline
from ..pictures.registry import drawings_of, picture
from ..ranking import badness
from .markup import clean, code, findings, paragraphs, table
from .style import STYLE

ROOM = 230_000  # bytes for pictures and their tables; the rest of a page takes far less than as much again
MOST = 24  # pictures
MOST_DATA_SETS = 6  # of which each has its own

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
    drawings, left_out = _shown(document)
    figures: list[str] = []
    room = ROOM
    for number, drawing in enumerate(drawings[:MOST], 1):
        figure = _figure(drawing, number)
        if (room := room - len(figure.encode())) < 0:
            break
        figures.append(figure)
    if not figures:
        return ""
    more = left_out + len(drawings) - len(figures)
    left = [f"{more:,} more pictures have no room here; losscli plot draws them from the JSON of the report."]
    return _section("Pictures", f'<div class="pictures">{"".join(figures)}</div>{paragraphs(left if more else ())}')


def _shown(document: dict[str, Any]) -> tuple[list[Drawing], int]:
    """The pictures to show, and how many are left out: of many data sets those of the best and the last of each loss
    are shown, beside those of all together.
    """
    every = drawings_of(document)
    losses: dict[str, list[dict[str, Any]]] = {}
    for result in document["results"] if document["command"] in RESULTS else ():
        losses.setdefault(str(result.get("loss")), []).append(result)
    if max(map(len, losses.values()), default=0) <= MOST_DATA_SETS:
        return every, 0
    ends = []
    for loss, results in losses.items():
        ranked = sorted((each for each in results if each.get("value") is not None),
                        key=lambda each: badness(loss, each["value"]))  # fmt: skip
        ends += [ranked[0], ranked[-1]] if ranked else results[:1]
    together = [each for each in every if picture(each.kind).several]
    single = drawings_of({**document, "results": ends})
    shown = [*together, *(each for each in single if not picture(each.kind).several)]
    return shown, len(every) - len(shown)


def _figure(drawing: Drawing, number: int) -> str:
    numbers = table(drawing.columns, drawing.rows)
    words = f"<figcaption>{clean(drawing.words)}</figcaption>"
    return (
        f"<figure><h3>{clean(drawing.title)}</h3>{inline(drawing, number)}{words}"
        f"<details><summary>The numbers</summary>{numbers}</details></figure>"
    )
