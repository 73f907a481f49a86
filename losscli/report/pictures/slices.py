"""Groups that are worse than the rest: how much worse each is, with its interval."""

from __future__ import annotations

from functools import partial
from typing import Any

from .drawing import FAINT, INK, RED, Document, Drawing, Picture, Sources, axis_label, counted, elided, percent, short

_MOST = 30  # groups that are drawn, the worst first


def _drawings(sources: Sources) -> list[Drawing]:
    several = len(sources) > 1
    return [_of_document(document, name if several else "") for name, document in sources if document["results"]]


def _of_document(document: Document, file: str) -> Drawing:
    about = document.get("slices") or {}
    loss = str(about.get("loss", ""))
    rows = [
        (each["name"], each["difference"], each["low"], each["high"], each["value"], each["rest"], each["rows"],
         each["support"], each["q_value"])
        for each in document["results"]
    ]  # fmt: skip
    words = [
        f"How much higher the {loss} of {counted(len(rows), 'group')} is than that of the rest, with intervals, in the "
        f"half of the rows that did not find them; the {loss} of all rows is {short(about.get('value'))}.",
        *(f"{row[0]}: {short(row[4])} instead of {short(row[5])}, {percent(row[7])} of the rows." for row in rows[:5]),
    ]
    if len(rows) > _MOST:
        words.append(f"The picture has the {_MOST} worst; the table has all.")
    heads = ("group", "difference", "low", "high", "value", "rest", "rows", "share of rows", "q")
    shown = rows[:_MOST]
    title = " ".join(filter(None, (f"{loss}: groups that are worse than the rest", file)))
    return Drawing(
        "slices",
        title,
        " ".join(words),
        heads,
        rows,
        partial(_draw, shown, loss),
        1.15 + 0.34 * max(3, len(shown)),
    )


def _draw(rows: list[tuple[Any, ...]], loss: str, ax: Any) -> None:
    ax.axvline(0.0, color=INK, linewidth=1, gid="rest")
    for at, (_, difference, low, high, *_, support, _) in enumerate(rows):
        if low is not None and high is not None:
            ax.plot([low, high], [at, at], color=RED, linewidth=2.2, gid=f"interval-{at}", solid_capstyle="butt")
        if difference is not None:
            ax.plot([difference], [at], "o", color=RED, markersize=6, gid=f"difference-{at}")
        else:
            ax.annotate("no finite difference", (0.0, at), (6, -3), textcoords="offset points", color=FAINT)
        ax.annotate(
            percent(support), (1.02, at), xycoords=("axes fraction", "data"), va="center", fontsize=8.5, color=INK
        )
    ax.annotate("share of rows", (1.02, -0.9), xycoords=("axes fraction", "data"), va="center", fontsize=8.5)
    ax.set_yticks(range(len(rows)), [_in_lines(row[0]) for row in rows])
    ax.set_ylim(len(rows) - 0.4, -1.3)
    ax.locator_params(axis="x", nbins=4)
    ax.set_xlabel(axis_label("how much worse than the rest", loss))
    ax.xaxis.grid(True)


def _in_lines(name: str) -> str:
    """A name of two or three conditions in as many lines."""
    return "\n".join(elided(part, 22) for part in name.split(" and ", 2))


PICTURE = Picture("slices", ("slices",), _drawings)
