"""The bins of a result's losses, and how concentrated the loss is in them."""

from __future__ import annotations

import math
from itertools import pairwise

from .drawing import Document, percent

Bin = tuple[float, float, int, float, float]  # its ends, rows, what they weigh, what they add to the loss


def bins_of(result: Document) -> list[Bin]:
    """The bins of a result's losses; none where they were not gathered."""
    held = (result.get("histograms") or {}).get("losses")
    if not held:
        return []
    low = [-math.inf if each is None else each for each in held["low"]]
    high = [math.inf if each is None else each for each in held["high"]]
    return list(zip(low, high, held["rows"], held["weight"], held["loss"], strict=True))


Point = tuple[float, float]


def curve(bins: list[Bin]) -> list[Point]:
    """(share of the rows, share of the loss) from the costliest rows on; none where shares mean nothing.

    `bins` are (low, high, rows, weight, loss), from the lowest loss up. Within a bin rows cost nearly the same.
    """
    whole, weight = sum(each[4] for each in bins), sum(each[3] for each in bins)
    if not weight > 0.0 or not whole > 0.0 or any(each[0] < 0.0 for each in bins):
        return []
    points, rows, loss = [(0.0, 0.0)], 0.0, 0.0
    for each in reversed(bins):
        rows, loss = rows + each[3], loss + each[4]
        points.append((min(1.0, rows / weight), min(1.0, loss / whole)))
    return points


def share_of_loss(points: list[Point], rows: float) -> float:
    """The share of the loss that this share of the rows carries."""
    for (x0, y0), (x1, y1) in pairwise(points):
        if rows <= x1 or (x1, y1) == points[-1]:
            return y0 + (y1 - y0) * (rows - x0) / (x1 - x0) if x1 > x0 else y1
    return math.nan


def sentence(bins: list[Bin]) -> str:
    """How concentrated the loss is, in a sentence; empty where that cannot be said."""
    points = curve(bins)
    count = sum(each[2] for each in bins)
    if len(points) < 2 or count < 20:
        return ""
    return f"The costliest 5 % of the rows carry {percent(share_of_loss(points, 0.05))} of the loss."
