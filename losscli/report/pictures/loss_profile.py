"""The loss along the rows of files that inspect looked at, beside that of a constant, and of a better pairing."""

from __future__ import annotations

from functools import partial
from typing import Any

from .drawing import BLUE, FAINT, ORANGE, Document, Drawing, Picture, Sources, above_axes, counted, short


def _drawings(sources: Sources) -> list[Drawing]:
    several = len(sources) > 1
    return [
        _of_profile(document["profile"], name if several else "")
        for name, document in sources
        if (document.get("profile") or {}).get("parts")
    ]


def _of_profile(profile: Document, file: str) -> Drawing:
    measure, repair = str(profile["measure"]), str(profile["repair"])
    rows = [_row(part) for part in profile["parts"]]
    known = [row for row in rows if row[2] is not None]
    words = [
        f"The {measure} of {counted(len(rows), 'part')} of the rows in their order, with intervals of 1.96 standard "
        "errors, beside that of the best constant prediction, which knows nothing of its row."
    ]
    if known:
        lowest, highest = (chosen(known, key=lambda row: row[2]) for chosen in (min, max))
        words.append(
            f"It goes from {short(lowest[2])} in rows {lowest[0]} to {lowest[1]} to {short(highest[2])} in rows "
            f"{highest[0]} to {highest[1]}."
        )
        above = sum(row[5] is not None and row[3] is not None and row[3] > row[5] for row in known)
        if above:
            words.append(f"In {counted(above, 'part')} it is clearly above that of the constant.")
    if repair:
        words.append(f"Orange is the same {repair}.")
    columns = ("first row", "last row", "value", "low", "high", "constant", "repaired", "rows")
    title = " ".join(filter(None, (f"{measure} along the file", file)))
    return Drawing("profile", title, " ".join(words), columns, rows, partial(_draw, rows, measure, repair), 2.9)


def _row(part: Document) -> tuple[Any, ...]:
    value, error = part["value"], part["stderr"]
    low = high = None
    if value is not None and error is not None:
        low, high = value - 1.96 * error, value + 1.96 * error
    return part["first"], part["last"], value, low, high, part["constant"], part["repaired"], part["rows"]


def _draw(rows: list[tuple[Any, ...]], measure: str, repair: str, ax: Any) -> None:
    name: str | None = "as they stand"
    for at, (first, last, value, low, high, *_) in enumerate(rows):
        middle = (first + last) / 2
        if low is not None and high is not None:
            ax.plot([middle, middle], [low, high], color=BLUE, linewidth=1.4, gid=f"interval-{at}")
        if value is not None:
            ax.plot([first, last + 1], [value, value], color=BLUE, linewidth=2.2, gid=f"value-{at}", label=name,
                    solid_capstyle="butt")  # fmt: skip
            name = None
    for column, colour, style, label, gid in (
        (5, FAINT, (0, (4, 3)), "constant", "constant"),
        (6, ORANGE, "-", "repaired" if repair else "", "repaired"),
    ):
        points = [((row[0] + row[1]) / 2, row[column]) for row in rows if row[column] is not None]
        if points and label:
            marks = {"marker": "s", "markersize": 3} if gid == "repaired" else {}
            ax.plot(*zip(*points, strict=True), color=colour, linewidth=1.2, linestyle=style, label=label, gid=gid,
                    **marks)  # fmt: skip
    ax.set_ylim(bottom=0.0)
    ax.set_xlim(rows[0][0], rows[-1][1] + 1)
    ax.locator_params(axis="x", nbins=5, integer=True)
    ax.set_xlabel("row of the file, from 0")
    ax.set_ylabel(measure if len(measure) < 24 else "loss")
    ax.yaxis.grid(True)
    above_axes(ax)


PICTURE = Picture("profile", ("inspect",), _drawings)
