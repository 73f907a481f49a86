"""The paired difference of each group with its interval and verdict, beside its share of the whole difference."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

from .difference import COLOURS, MARKS
from .drawing import (
    FAINT,
    INK,
    Document,
    Drawing,
    Picture,
    Sources,
    above_axes,
    axis_label,
    counted,
    elided,
    percent,
    short,
)
from .groups import key_of

_MOST = 30  # groups that are drawn, in the order of the report


def _drawings(sources: Sources) -> list[Drawing]:
    several = len(sources) > 1
    return [
        _of_result(result, document, name if several else "")
        for name, document in sources
        for result in document["results"]
        if result.get("groups") and result.get("verdict") in COLOURS
    ]


def _of_result(result: Document, document: Document, file: str) -> Drawing:
    base = str((document.get("comparison") or {}).get("base", "the base"))
    rows = [_row(group) for group in result["groups"]]
    columns = ", ".join(str(column) for column in result["groups"][0]["by"])
    loss = str(result.get("spelling") or result.get("loss"))
    verdicts = [row[5] for row in rows]
    told = ", ".join(f"{verdicts.count(each):,} {each}" for each in COLOURS if each in verdicts)
    words = [
        f"The {loss} of {result.get('candidate')} minus that of {base} in {counted(len(rows), 'group')} by {columns}, "
        f"with intervals; left of 0 is better. Verdicts, adjusted for the number of groups: {told}.",
    ]
    known = [row for row in rows if row[1] is not None]
    if known:
        lowest, highest = (chosen(known, key=lambda row: row[1]) for chosen in (min, max))
        words.append(f"It goes from {short(lowest[1])} in {lowest[0]} to {short(highest[1])} in {highest[0]}.")
    shares = [row for row in rows if row[7] is not None]
    if shares:
        largest = max(shares, key=lambda row: row[7])
        words.append(f"The largest share of the whole difference is that of {largest[0]}, {percent(largest[7])}.")
    if len(rows) > _MOST:
        words.append(f"The picture has the first {_MOST}; the table has all.")
    heads = ("group", "difference", "low", "high", "margin", "verdict", "rows", "share of difference")
    shown = rows[:_MOST]
    title = " ".join(filter(None, (f"{loss} of {result.get('candidate')}: differences by {columns}", file)))
    draw = partial(_draw, shown, result.get("difference"), str(result.get("loss")))
    return Drawing(
        "group-differences", title, " ".join(words), heads, rows, draw,
        1.55 + 0.24 * max(3, len(shown)),
    )  # fmt: skip


def _row(group: Document) -> tuple[Any, ...]:
    ci = group["ci"] or {"low": None, "high": None}
    return (
        key_of(group), group["difference"], ci["low"], ci["high"], group["margin"], group["verdict"], group["n"],
        group["share"],
    )  # fmt: skip


def _draw(rows: list[tuple[Any, ...]], whole: float | None, loss: str, ax: Any) -> None:
    ends = [x for row in rows for x in row[1:4] if x is not None and math.isfinite(x)]
    ax.axvline(0.0, color=INK, linewidth=1)
    if whole is not None:
        ax.axvline(whole, color=FAINT, linewidth=1, linestyle=(0, (4, 3)), gid="whole")
    for at, (_, difference, low, high, _, verdict, _, share) in enumerate(rows):
        colour = COLOURS[verdict]
        if low is not None and high is not None:
            ax.plot([low, high], [at, at], color=colour, linewidth=1.8, gid=f"interval-{at}", solid_capstyle="butt")
        if difference is not None:
            ax.plot([difference], [at], MARKS[verdict], color=colour, markersize=5, gid=f"difference-{at}")
        else:
            ax.annotate(
                "no finite difference", (0.02, at), xycoords=("axes fraction", "data"), va="center", color=FAINT
            )
        if share is not None:
            ax.annotate(
                f"{100 * share:.3g} %", (1.02, at), xycoords=("axes fraction", "data"), va="center", fontsize=8.5,
                color=INK,
            )  # fmt: skip
    if any(row[7] is not None for row in rows):
        ax.annotate("share", (1.02, -0.9), xycoords=("axes fraction", "data"), va="center", fontsize=8.5)
    span = max(map(abs, ends), default=0.0) or 1.0
    low, high = min([0.0, *ends]), max([0.0, *ends])
    room = 0.06 * ((high - low) or span)
    ax.set_xlim(low - room, high + room)
    ax.set_yticks(range(len(rows)), [f"{elided(row[0], 18)}  ({row[6]:,})" for row in rows])
    ax.set_ylim(len(rows) - 0.4, -1.3)
    ax.locator_params(axis="x", nbins=4)
    ax.set_xlabel(axis_label("difference", loss, "dashed: all rows; in brackets: rows"))
    seen = [verdict for verdict in COLOURS if verdict in {row[5] for row in rows}]
    for verdict in seen:
        ax.plot([], [], MARKS[verdict], color=COLOURS[verdict], markersize=5, label=verdict)
    above_axes(ax)
    ax.xaxis.grid(True)


PICTURE = Picture("group-differences", ("compare",), _drawings, missing="--by")
