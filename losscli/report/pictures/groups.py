"""The loss of each group with its interval, beside its share of the whole loss."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

from .drawing import (
    BLUE,
    FAINT,
    INK,
    RESULTS,
    Document,
    Drawing,
    Picture,
    Sources,
    axis_label,
    elided,
    percent,
    results_of,
    short,
)
from .trend import interval_of

_MOST = 30  # groups that are drawn, in the order of the report


def _drawings(sources: Sources) -> list[Drawing]:
    return [_of_result(name, result) for name, result in results_of(sources) if result.get("groups")]


def key_of(group: Document) -> str:
    """The name of a group: the values of its columns."""
    values = group["by"].values()
    return ", ".join(
        "(missing)" if each is None else str(each).lower() if isinstance(each, bool) else str(each) for each in values
    )


def _of_result(name: str, result: Document) -> Drawing:
    rows = [
        (key_of(each), each.get("value"), *interval_of(each), each.get("n"), each.get("share"))
        for each in result["groups"]
    ]
    columns = ", ".join(str(column) for column in result["groups"][0]["by"])
    words = [f"The {result.get('loss')} of {len(rows)} groups by {columns}, with intervals."]
    known = [row for row in rows if row[1] is not None]
    if known:
        lowest, highest = (chosen(known, key=lambda row: row[1]) for chosen in (min, max))
        words.append(f"It goes from {short(lowest[1])} in {lowest[0]} to {short(highest[1])} in {highest[0]}.")
    shares = [row for row in rows if row[5] is not None]
    if shares:
        largest = max(shares, key=lambda row: row[5])
        words.append(f"The largest share of the whole loss is that of {largest[0]}, {percent(largest[5])}.")
    if len(rows) > _MOST:
        words.append(f"The picture has the first {_MOST}; the table has all.")
    if len(known) < len(rows):
        words.append(f"Without a finite value: {len(rows) - len(known)}.")
    heads = ("group", "value", "low", "high", "rows", "share of loss")
    shown = rows[:_MOST]
    draw = partial(_draw, shown, result.get("value"), str(result.get("loss")))
    return Drawing(
        "groups", f"{name}: groups by {columns}", " ".join(words), heads, rows, draw,
        1.3 + 0.24 * max(3, len(shown)),
    )  # fmt: skip


def _draw(rows: list[tuple[Any, ...]], whole: float | None, loss: str, ax: Any) -> None:
    ends = [x for row in rows for x in row[1:4] if x is not None and math.isfinite(x)]
    if whole is not None:
        ax.axvline(whole, color=FAINT, linewidth=1, linestyle=(0, (4, 3)), gid="whole")
    for at, (_, value, low, high, _, share) in enumerate(rows):
        if low is not None and high is not None:
            ax.plot([low, high], [at, at], color=BLUE, linewidth=1.8, gid=f"interval-{at}")
        if value is not None:
            ax.plot([value], [at], "o", color=BLUE, markersize=5, gid=f"value-{at}")
        else:
            ax.annotate("no finite value", (0.02, at), xycoords=("axes fraction", "data"), va="center", color=FAINT)
        if share is not None:
            ax.annotate(
                f"{100 * share:.3g} %", (1.02, at), xycoords=("axes fraction", "data"), va="center", fontsize=8.5,
                color=INK,
            )  # fmt: skip
    if any(row[5] is not None for row in rows):
        ax.annotate("share of loss", (1.02, -0.9), xycoords=("axes fraction", "data"), va="center", fontsize=8.5)
    if ends and min(ends) == max(ends):
        ax.set_xlim(min(ends) - max(abs(min(ends)) * 0.1, 0.1), max(ends) + max(abs(max(ends)) * 0.1, 0.1))
    ax.set_yticks(range(len(rows)), [f"{elided(row[0], 18)}  ({row[4]:,})" for row in rows])
    ax.set_ylim(len(rows) - 0.4, -1.3)
    ax.locator_params(axis="x", nbins=4)
    ax.set_xlabel(axis_label("value", loss, "dashed: the result; in brackets: rows"))
    ax.xaxis.grid(True)


PICTURE = Picture("groups", RESULTS, _drawings, missing="--by")
