"""A loss along its parameter, with intervals: a curve for each value of the other parameters, or for each model."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

from .drawing import (
    BLUE,
    GREEN,
    ORANGE,
    PURPLE,
    RED,
    SKY,
    Document,
    Drawing,
    Picture,
    Sources,
    above_axes,
    axis_label,
    counted,
    elided,
    short,
    told_apart,
)
from .trend import interval_of

_COLOURS = (BLUE, ORANGE, GREEN, RED, PURPLE, SKY)
_DASHES: tuple[Any, ...] = ("-", (0, (5, 2)), (0, (1, 1.5)), (0, (5, 2, 1, 2)))
_MARKS: tuple[Any, ...] = (("o", 2.5), ("s", 4.0))  # and their sizes
_MOST = 8  # curves that are drawn


def _drawings(sources: Sources) -> list[Drawing]:
    several = len(sources) > 1
    made = (_of_document(document, name if several else "") for name, document in sources)
    return [each for each in made if each is not None]


def _of_document(document: Document, file: str) -> Drawing | None:
    about = document.get("sweep") or {}
    axes: dict[str, list[Any]] = {each["name"]: each["values"] for each in about.get("axes", ())}
    models = [str(each) for each in about.get("models", ())]
    numeric = [name for name, values in axes.items() if all(_is_number(value) for value in values)]
    along = max(numeric or axes, key=lambda name: len(axes[name]), default="")
    if not along:
        return None
    curves: dict[str, list[tuple[Any, ...]]] = {}
    rows = []
    for point in document["results"]:
        others = ", ".join(f"{name}={said(value)}" for name, value in point["params"].items() if name != along)
        for curve, value, low, high in _values(point, models):
            name = ", ".join(filter(None, (curve, others)))
            at = point["params"][along]
            rows.append((name, at if _is_number(at) else said(at), value, low, high))
            place = float(at) if _is_number(at) else float(axes[along].index(at))
            curves.setdefault(name, []).append((place, value, low, high))
    loss = str(about.get("loss", ""))
    words = [f"The {loss} at {counted(len(axes[along]), 'value')} of {along}, in {counted(len(curves), 'curve')}."]
    for name, points in list(curves.items())[:4]:
        known = [point for point in points if point[1] is not None]
        if known:
            first, last = known[0], known[-1]
            words.append(f"{name or 'It'} goes from {short(first[1])} to {short(last[1])}.")
    if about.get("order") == "depends":
        words.append("Which of the two models is better depends on the parameters.")
    if len(curves) > _MOST:
        words.append(f"The picture has the first {_MOST} curves; the table has all.")
    ticks = None if along in numeric else [said(value) for value in axes[along]]
    shown = dict(list(curves.items())[:_MOST])
    title = " ".join(filter(None, (f"{loss} along {along}", file)))
    heads = ("curve", along, "value", "low", "high")
    return Drawing("sweep", title, " ".join(words), heads, rows, partial(_draw, shown, along, ticks, loss), 3.2)


def _values(point: Document, models: list[str]) -> list[tuple[str, Any, Any, Any]]:
    """The name of each model, its value and its interval."""
    if len(models) < 2:
        return [("", point["value"], *interval_of(point))]
    names = told_apart(models[:2], 20)
    if names[0] == names[1]:
        names = ["base", "candidate"]
    base = (names[0], point["value"], *interval_of(point))
    second = {"value": point.get("cand"), "stderr": point.get("cand_stderr"), "ci": point.get("cand_ci")}
    return [base, (names[1], second["value"], *interval_of(second))]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def said(value: Any) -> str:
    """A parameter's value in words."""
    return "none" if value is None else f"{value:g}" if _is_number(value) else str(value)


def _draw(curves: dict[str, list[tuple[Any, ...]]], along: str, ticks: list[str] | None, loss: str, ax: Any) -> None:
    for number, (name, points) in enumerate(curves.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        mark, size = _MARKS[number // len(_DASHES) % len(_MARKS)]
        known = [each for each in points if each[1] is not None and math.isfinite(each[1])]
        ax.plot(
            [each[0] for each in known], [each[1] for each in known], color=colour, linewidth=1.6, label=name,
            linestyle=_DASHES[number % len(_DASHES)], marker=mark, markersize=size, gid=f"curve-{number}",
        )  # fmt: skip
        band = [each for each in known if each[2] is not None and each[3] is not None]
        if len(band) > 1:
            ax.fill_between(
                [each[0] for each in band], [each[2] for each in band], [each[3] for each in band], color=colour,
                alpha=0.18 if len(curves) <= 4 else 0.06, linewidth=0, gid=f"band-{number}",
            )  # fmt: skip
        elif band:
            ax.plot([band[0][0]] * 2, band[0][2:4], color=colour, linewidth=1.4, gid=f"band-{number}")
    if ticks is not None:
        ax.set_xticks(range(len(ticks)), [elided(each, 14) for each in ticks])
    if len(curves) > 1:
        above_axes(ax)
    ax.set_xlabel(along)
    ax.set_ylabel(axis_label("value", loss))
    ax.yaxis.grid(True)


PICTURE = Picture("sweep", ("sweep",), _drawings)
