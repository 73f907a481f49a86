"""The paired difference of candidates from the base, with its interval, the margin and the verdict."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

from .drawing import (
    BLUE,
    FAINT,
    GREEN,
    INK,
    ORANGE,
    RED,
    SHADE,
    Document,
    Drawing,
    Picture,
    Sources,
    axis_label,
    short,
    told_apart,
)

_MOST, _SAID = 30, 6  # candidates that are drawn, in the order of the report, and of which there is a sentence
COLOURS = {"improved": GREEN, "not worse": BLUE, "inconclusive": ORANGE, "worse": RED}
MARKS = {"improved": "v", "not worse": "o", "inconclusive": "s", "worse": "^"}  # for who does not see the colours


def _drawings(sources: Sources) -> list[Drawing]:
    return [
        made
        for name, document in sources
        for loss in dict.fromkeys(_loss(each) for each in document["results"])
        if (made := _of_loss(loss, document, name if len(sources) > 1 else ""))
    ]


def _loss(result: Document) -> str:
    return str(result.get("spelling") or result.get("loss"))


def _of_loss(loss: str, document: Document, file: str) -> Drawing | None:
    results = [each for each in document["results"] if _loss(each) == loss and each.get("verdict") in COLOURS]
    if not results:
        return None
    first = results[0]
    base = str((document.get("comparison") or {}).get("base", "the base"))
    rows = []
    for each in results:
        ci = each["ci"] or {"low": None, "high": None}
        margin = (each.get("margin") or {}).get("value")
        rows.append((each["candidate"], each["difference"], ci["low"], ci["high"], margin, each["verdict"], each["n"]))
    level = f"{100 * first['ci']['level']:g} % " if first["ci"] else ""
    words = [
        f"The {loss} of each candidate minus that of {base}, which is {short(first['base'])}, on the same rows, with "
        f"{level}intervals; left of 0 is better.",
        *(_sentence(row) for row in rows[:_SAID]),
    ]
    if len(rows) > _SAID:
        counts = ", ".join(f"{count:,} {each}" for each in COLOURS if (count := [r[5] for r in rows].count(each)))
        words.append(f"Of all {len(rows):,}: {counts}.")
    if len(rows) > _MOST:
        words.append(f"The picture has the first {_MOST}; the table has all.")
    columns = ("candidate", "difference", "low", "high", "margin", "verdict", "rows")
    title = " ".join(filter(None, (f"{loss}: candidate minus base", file)))
    shown = rows[:_MOST]
    height = 1.3 + 0.55 * len(shown)
    return Drawing(
        "difference", title, " ".join(words), columns, rows, partial(_draw, shown, str(first.get("loss"))), height
    )


def _sentence(row: tuple[Any, ...]) -> str:
    name, difference, low, high, _, verdict, _ = row
    ends = f" ({short(low)} to {short(high)})" if low is not None and high is not None else ""
    return f"{name}: {short(difference)}{ends}, {verdict}."


def _draw(rows: list[tuple[Any, ...]], loss: str, ax: Any) -> None:
    margins = {row[4] for row in rows if row[4]}
    known = [x for row in rows for x in (row[1], row[2], row[3]) if x is not None and math.isfinite(x)]
    span = max([abs(x) for x in known] + list(margins), default=0.0) or 1.0
    low, high = min([0.0, *known]), max([0.0, *known, *margins])
    room = 0.08 * ((high - low) or span)
    ax.set_xlim(low - room, high + room)
    if len(margins) == 1:
        (margin,) = margins
        ax.axvspan(margin, high + 10 * room, facecolor=SHADE, alpha=0.6, linewidth=0, gid="margin")
        ax.axvline(margin, color=INK, linewidth=1, linestyle=(0, (4, 3)))
        ax.annotate("beyond the margin", (margin, len(rows) - 0.42), (3, 0), textcoords="offset points", fontsize=8.5)
    ax.axvline(0.0, color=INK, linewidth=1)
    for at, (_, difference, start, end, _, verdict, _) in enumerate(rows):
        colour = COLOURS[verdict]
        if start is not None and end is not None:
            ax.plot([start, end], [at, at], color=colour, linewidth=2.4, gid=f"interval-{at}", solid_capstyle="butt")
        if difference is not None:
            ax.plot([difference], [at], MARKS[verdict], color=colour, markersize=8, gid=f"difference-{at}")
        else:
            ax.annotate("no finite difference", (0.0, at), (6, -3), textcoords="offset points", color=FAINT)
    names = told_apart([str(row[0]) for row in rows], 18)
    ax.set_yticks(range(len(rows)), [f"{name}\n{row[5]}" for name, row in zip(names, rows, strict=True)])
    ax.set_ylim(len(rows) - 0.3, -0.6)
    ax.locator_params(axis="x", nbins=5)
    ax.set_xlabel(axis_label("difference", loss, "left of 0 is better"))
    ax.xaxis.grid(True)


PICTURE = Picture("difference", ("compare",), _drawings)
