"""What values the files hold that inspect looked at: how many of them lie where between the lowest and the highest."""

from __future__ import annotations

from functools import partial
from typing import Any

from .drawing import BLUE, Document, Drawing, Picture, Sources, counted, elided, short

_MOST = 8  # columns that have a picture: of a wide table the first


def _drawings(sources: Sources) -> list[Drawing]:
    return [made for _, document in sources for each in document["results"][:_MOST] if (made := _of_input(each))]


def _of_input(described: Document) -> Drawing | None:
    counts, low, high = described["histogram"], described["min"], described["max"]
    if len(counts) < 2 or low is None or high is None:
        return None
    width = (high - low) / len(counts)
    rows = [(low + at * width, low + (at + 1) * width, count) for at, count in enumerate(counts)]
    name = str(described["name"])
    words = [
        f"How many of {counted(sum(counts), 'value')} of {name} lie where, from {short(low)} to {short(high)}; of a "
        "large file they are some, spread evenly over it."
    ]
    if described["mean"] is not None:
        words.append(f"The mean of all values is {short(described['mean'])}.")
    if gone := [f"{count:,} {what}" for what, count in described["counts"].items() if count]:
        words.append(f"In no bar: {', '.join(gone)}.")
    draw = partial(_draw, rows)
    title = f"{described['role']}: values of {elided(name, 40)}"
    return Drawing("values", title, " ".join(words), ("from", "to", "values"), rows, draw, 2.3)


def _draw(rows: list[tuple[Any, ...]], ax: Any) -> None:
    for at, (low, high, count) in enumerate(rows):
        ax.bar(low, count, high - low, align="edge", color=BLUE, gid=f"values-{at}")
    ax.set_xlim(rows[0][0], rows[-1][1])
    ax.set_ylim(bottom=0.0)
    ax.locator_params(axis="x", nbins=5)
    ax.set_xlabel("value")
    ax.set_ylabel("how many")
    ax.yaxis.grid(True)


PICTURE = Picture("values", ("inspect",), _drawings)
