"""What each group adds to a difference: a bar for its own change, with its interval, and one for the change of mix."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

from .drawing import (
    BLUE,
    INK,
    ORANGE,
    Document,
    Drawing,
    Picture,
    Sources,
    above_axes,
    axis_label,
    counted,
    elided,
    short,
)
from .groups import key_of

_MOST = 30  # groups that are drawn, in the order of the report


def _drawings(sources: Sources) -> list[Drawing]:
    return [_of_document(name if len(sources) > 1 else "", document) for name, document in sources]


def _of_document(name: str, document: Document) -> Drawing:
    about = document["decomposition"]
    rows = [_row(group) for group in document["results"]]
    if (rest := about.get("rest")) is not None:
        small = f"{counted(rest['groups'], 'group')} of fewer than {rest['min_n']} rows"
        rows.append((small, rest["within"], None, None, rest["mix"], rest["contribution"]))
    loss = str(about.get("spelling") or about.get("loss"))
    columns = ", ".join(map(str, about["by"]))
    paired = bool(about["paired"])
    words = [
        f"What {counted(len(rows), 'group')} by {columns} add to the difference of the {loss} of {about['cand_name']} "
        f"from that of {about['base_name']}, which is {short(about['difference'])}; right of 0 is worse.",
    ]
    if not paired:
        words.append(
            f"Of it {short(about['within'])} are the groups' own changes, and {short(about['mix'])} the change of mix."
        )
    known = [row for row in rows if row[5] is not None]
    if known:
        lowest, highest = (chosen(known, key=lambda row: row[5]) for chosen in (min, max))
        words.append(f"It goes from {short(lowest[5])} of {lowest[0]} to {short(highest[5])} of {highest[0]}.")
    if len(rows) > _MOST:
        words.append(f"The picture has the first {_MOST}; the table has all.")
    heads = ("group", "own change adds", "low", "high", "mix adds", "adds")
    title = " ".join(filter(None, (f"{loss}: what each group adds", name)))
    shown = rows[:_MOST]
    return Drawing(
        "contributions", title, " ".join(words), heads, rows, partial(_draw, shown, paired, str(about.get("loss"))),
        1.5 + 0.28 * max(3, len(shown)),
    )  # fmt: skip


def _row(group: Document) -> tuple[Any, ...]:
    within = group["within"]
    ci = within["ci"] or {"low": None, "high": None}
    return key_of(group), within["value"], ci["low"], ci["high"], group["mix"], group["contribution"]


def _draw(rows: list[tuple[Any, ...]], paired: bool, loss: str, ax: Any) -> None:
    at = range(len(rows))
    height, up = (0.62, 0.0) if paired else (0.34, 0.18)
    own, mix = [row[1] or 0.0 for row in rows], [row[4] or 0.0 for row in rows]
    for y in at:
        names = ("own change", "change of mix") if not y else (None, None)
        ax.barh(y - up, own[y], height, color=BLUE, label=names[0], gid=f"own-{y}")
        if not paired:
            ax.barh(y + up, mix[y], height, color=ORANGE, label=names[1], gid=f"mix-{y}")
    for y, (_, _, low, high, _, _) in enumerate(rows):
        if low is not None and high is not None:
            ax.plot([low, high], [y - up, y - up], color=INK, linewidth=1.2, gid=f"interval-{y}")
    ends = [x for row in rows for x in row[1:5] if x is not None and math.isfinite(x)]
    low, high = min([0.0, *ends]), max([0.0, *ends])
    room = 0.06 * ((high - low) or 1.0)
    ax.set_xlim(low - room, high + room)
    ax.axvline(0.0, color=INK, linewidth=1)
    ax.set_yticks(at, [elided(row[0], 22) for row in rows])
    ax.set_ylim(len(rows) - 0.4, -0.7)
    ax.locator_params(axis="x", nbins=5)
    ax.set_xlabel(axis_label("adds to the difference", loss, "right of 0 is worse"))
    ax.xaxis.grid(True)
    if not paired:
        above_axes(ax)


PICTURE = Picture("contributions", ("why",), _drawings)
