"""The value under every convention on one axis, and the number that was looked for."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

from .drawing import BLUE, RED, Document, Drawing, Picture, Sources, counted, elided, short

_MOST = 30  # values that are drawn


def _drawings(sources: Sources) -> list[Drawing]:
    return [_of_document(document) for _, document in sources if document["results"]]


def _of_document(document: Document) -> Drawing:
    search = document.get("search") or {}
    expect = _number(search.get("expect"))
    groups: dict[str, tuple[float | None, list[str], int]] = {}
    matches = document["results"]
    keys = {(match.get("like"), match["call"], match["value"]) for match in matches}
    others = document.get("conventions") or ()
    entries = [*matches, *(each for each in others if (each.get("like"), each["call"], each["value"]) not in keys)]
    for at, match in enumerate(entries):
        value = match["value"]
        key = match["status"] if value is None else f"{value + 0.0:.6e}"
        same = groups.setdefault(key, (value, [], 0))
        same[1].append(f"{match.get('like') or 'losscli'}: {match['call']}")
        groups[key] = (same[0], same[1], same[2] + (at < len(matches) and bool(search.get("found"))))
    rows = [
        (value, ", ".join(dict.fromkeys(name.partition(":")[0] for name in names)), len(names), "; ".join(names), hits)
        for value, names, hits in groups.values()
    ]
    rows.sort(key=lambda row: math.inf if row[0] is None else row[0])
    loss = str(search.get("loss", ""))
    values = counted(len(rows), "different value")
    words = [f"The value of {loss} under {counted(len(entries), 'convention')}: {values}."]
    if len(finite := [row[0] for row in rows if row[0] is not None]) > 1:
        words.append(f"They go from {short(finite[0])} to {short(finite[-1])}.")
    if search.get("expect") is not None:
        outcome = "is among them, filled" if search.get("found") else "is none of them"
        words.append(f"The number looked for, {search['expect']}, {outcome}.")
    if len(finite) < len(rows):
        words.append("Values that are not finite stand in the table alone.")
    shown = [row for row in rows if row[0] is not None]
    if len(shown) > _MOST:
        about = finite[0] if expect is None else expect
        nearest = sorted(shown, key=lambda row: abs((row[0] or 0.0) - about))[:_MOST]
        shown = [row for row in shown if row in nearest]
        words.append(f"The picture has the {_MOST} nearest; the table has all.")
    columns = ("value", "who computes it", "conventions", "calls", "print the number looked for")
    height = 1.0 + 0.24 * max(3, len(shown))
    return Drawing(
        "conventions", f"{loss}: conventions and their values", " ".join(words), columns, rows,
        partial(_draw, shown, expect, str(search.get("expect"))), height,
    )  # fmt: skip


def _number(text: Any) -> float | None:
    try:
        value = float(text)
    except (TypeError, ValueError):
        return None
    return value if math.isfinite(value) else None


def _draw(rows: list[tuple[Any, ...]], expect: float | None, said: str, ax: Any) -> None:
    values = [row[0] for row in rows]
    everything = [*values, *([] if expect is None else [expect])]
    if everything and min(everything) > 0 and max(everything) > 50 * min(everything):
        ax.set_xscale("log")
    for at, (value, _, _, _, hits) in enumerate(rows):
        face = BLUE if hits or expect is None else "none"
        ax.plot([value], [at], "o", color=BLUE, markerfacecolor=face, markersize=6, gid=f"value-{at}")
    if expect is not None:
        ax.axvline(expect, color=RED, linewidth=1.5, gid="expected")
        ax.annotate(said, (expect, -0.9), (3, -2), textcoords="offset points", color=RED, fontsize=9)
    ax.set_yticks(range(len(rows)), [_label(row) for row in rows])
    ax.set_ylim(len(rows) - 0.4, -1.2)
    if ax.get_xscale() == "linear":
        close = bool(everything) and max(everything) - min(everything) < 1e-2 * max(map(abs, everything))
        ax.locator_params(axis="x", nbins=2 if close else 4)  # close numbers are long
    ax.set_xlabel("value")
    ax.grid(True)


def _label(row: tuple[Any, ...]) -> str:
    return f"{elided(row[1], 20)}  {row[0]:.7g}"


PICTURE = Picture("conventions", ("reconcile",), _drawings)
