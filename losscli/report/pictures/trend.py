"""A loss over reports of many commits, in the order in which they are named."""

from __future__ import annotations

import os
from functools import partial
from typing import Any

from .drawing import BLUE, RESULTS, Document, Drawing, Picture, Sources, axis_label, elided, short


def interval_of(result: Document) -> tuple[float | None, float | None]:
    """The interval of a result; where none was asked for, 1.96 standard errors about the value."""
    if ci := result.get("ci"):
        return ci["low"], ci["high"]
    value, stderr = result.get("value"), result.get("stderr")
    if value is None or stderr is None:
        return None, None
    return value - 1.96 * stderr, value + 1.96 * stderr


def _drawings(sources: Sources) -> list[Drawing]:
    series: dict[tuple[str, str], list[tuple[Any, ...]]] = {}
    for name, document in sources:
        for result in document["results"]:
            row = (_stem(name), result.get("value"), *interval_of(result), result.get("n"))
            series.setdefault((str(result.get("loss")), str(result.get("dataset") or "")), []).append(row)
    return [_of_series(loss, dataset, rows) for (loss, dataset), rows in series.items() if len(rows) > 1]


def _of_series(loss: str, dataset: str, rows: list[tuple[Any, ...]]) -> Drawing:
    values = [row[1] for row in rows if row[1] is not None]
    words = [f"The {loss} of {len(rows)} reports in the order in which they were named, with intervals."]
    if values:
        words.append(f"The first is {short(values[0])}, the last {short(values[-1])}, the lowest {short(min(values))}.")
    if len(values) < len(rows):
        words.append(f"{len(rows) - len(values)} have no finite value and are left out of the line.")
    columns = ("report", "value", "low", "high", "rows")
    title = " ".join(filter(None, (loss, dataset, "over reports")))
    return Drawing("trend", title, " ".join(words), columns, rows, partial(_draw, rows, loss), 2.9)


def _stem(name: str) -> str:
    return os.path.splitext(os.path.basename(name))[0]


def _draw(rows: list[tuple[Any, ...]], loss: str, ax: Any) -> None:
    known = [(at, row[1]) for at, row in enumerate(rows) if row[1] is not None]
    ax.plot([at for at, _ in known], [value for _, value in known], color=BLUE, linewidth=1.2)
    for at, (_, value, low, high, _) in enumerate(rows):
        if value is None:
            continue
        if low is not None and high is not None:
            ax.plot([at, at], [low, high], color=BLUE, linewidth=1.6, gid=f"interval-{at}")
        ax.plot([at], [value], "o", color=BLUE, markersize=5, gid=f"value-{at}")
    every = max(1, -(-len(rows) // 8))
    ticks = range(0, len(rows), every)
    labels = [elided(rows[at][0], 14) for at in ticks]
    ax.set_xticks(list(ticks), labels, rotation=90 if sum(map(len, labels)) > 30 else 0)
    ax.set_xlim(-0.5, len(rows) - 0.5)
    ax.set_ylabel(axis_label("value", loss))
    ax.yaxis.grid(True)


PICTURE = Picture("trend", RESULTS, _drawings, several=True)
