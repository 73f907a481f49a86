"""Predictions against residuals: where a model errs, and which way."""

from __future__ import annotations

import math
from functools import partial
from itertools import pairwise
from typing import Any

from .drawing import INK, LEVELS, RESULTS, Document, Drawing, Picture, Sources, percent, results_of, short


def _drawings(sources: Sources) -> list[Drawing]:
    return [made for name, result in results_of(sources) if (made := _of_result(name, result))]


def _of_result(name: str, result: Document) -> Drawing | None:
    held = (result.get("histograms") or {}).get("residuals")
    if not held or not held["count"]:
        return None
    width, height = held["width"], held["height"]
    cells = list(zip(held["prediction"], held["residual"], held["count"], strict=True))
    whole = sum(held["count"])
    above = sum(count for _, residual, count in cells if residual >= 0.0)
    words = [
        f"Predictions against residuals (prediction minus label), {whole:,} of them, counted in cells of "
        f"{short(width)} by {short(height)}.",
        f"{percent(above / whole)} of the residuals are 0 or above.",
    ]
    if held["left_out"]:
        words.append(f"{held['left_out']:,} are not finite and left out.")
    table = [(x, x + width, y, y + height, count) for x, y, count in cells]
    columns = ("prediction from", "prediction to", "residual from", "residual to", "count")
    title = f"{name}: predictions and residuals"
    return Drawing("residuals", title, " ".join(words), columns, table, partial(_draw, table), 3.1)


def levels_of(counts: list[int]) -> list[tuple[int, int]]:
    """Ranges of counts that share a colour, each about twice as high as the one before."""
    most, bounds = max(counts), [1]
    ratio = max(2.0, most ** (1 / len(LEVELS)))
    while bounds[-1] <= most:
        bounds.append(max(bounds[-1] + 1, math.ceil(bounds[-1] * ratio)))
    return [(low, high - 1) for low, high in pairwise(bounds)][: len(LEVELS)]


def _visible(table: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The cells, those that would be thinner than a line widened about their middles."""
    shown = [list(row) for row in table]
    for low, high in ((0, 1), (2, 3)):
        start, end = min(row[low] for row in table), max(row[high] for row in table)
        least = (end - start) / 60 if end - start > 60 * (table[0][high] - table[0][low]) else 0.0
        if len({row[low] for row in table}) == 1:  # all in one column: nothing says how wide the axis is
            least = max(abs(start) / 40, table[0][high] - table[0][low])
        for row in shown:
            middle = (row[low] + row[high]) / 2
            if row[high] - row[low] < least:
                row[low], row[high] = middle - least / 2, middle + least / 2
    return [tuple(row) for row in shown]


def _draw(table: list[tuple[Any, ...]], ax: Any) -> None:
    from matplotlib.patches import Patch, PathPatch
    from matplotlib.path import Path

    levels = levels_of([row[4] for row in table])
    most = len(LEVELS) - 1
    colours = [LEVELS[most - round((len(levels) - 1 - at) * most / max(len(levels), 3))] for at in range(len(levels))]
    handles = []
    table = _visible(table)
    for at, ((low, high), colour) in enumerate(zip(levels, colours, strict=True)):
        last = at == len(levels) - 1
        boxes = [row for row in table if low <= row[4] and (last or row[4] <= high)]
        corners = [((x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)) for x0, x1, y0, y1, _ in boxes]
        if corners:
            codes = [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY] * len(corners)
            path = Path([corner for box in corners for corner in box], codes)
            ax.add_patch(PathPatch(path, facecolor=colour, edgecolor="none", gid=f"level-{at}"))
            handles.append(Patch(facecolor=colour, label=f"{low}" if low == high else f"{low} to {high}"))
    ax.autoscale_view()
    for values, limits in ((0, ax.set_xlim), (2, ax.set_ylim)):
        if len({row[values] for row in table}) == 1:
            middle, width = (table[0][values] + table[0][values + 1]) / 2, table[0][values + 1] - table[0][values]
            limits(middle - 8 * width, middle + 8 * width)
    ax.axhline(0.0, color=INK, linewidth=0.8)
    ax.set_xlabel("prediction")
    ax.set_ylabel("prediction minus label")
    ax.tick_params(axis="x", labelrotation=0)
    ax.locator_params(axis="x", nbins=5)
    ax.legend(handles=handles, title="count", loc="upper left", bbox_to_anchor=(1.0, 1.02), handlelength=1.0)


PICTURE = Picture("residuals", RESULTS, _drawings, missing="--histograms")
