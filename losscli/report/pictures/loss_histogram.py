"""How many rows cost how much, and what share of the whole loss they carry."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

from ..lines.shown_digits import rounded
from .drawing import (
    BLUE,
    ORANGE,
    RESULTS,
    Document,
    Drawing,
    Picture,
    Sources,
    above_axes,
    axis_label,
    counted,
    results_of,
    short,
)
from .loss_bins import Bin, bins_of, sentence

_MOST = 40  # bars: finer bins are drawn together
_OFFSET = 1 << 12  # steps of an eighth of an octave between zero and 1


def bars_of(result: Document, most: int) -> list[Bin]:
    """The losses of a result in so many bars at most, gaps between them included."""
    return [each for _, each in _coarse(bins_of(result), most)]


def _coarse(bins: list[Bin], most: int = _MOST) -> list[tuple[float, Bin]]:
    """Bars of neighbouring bins, each with its place on the axis: 1, 2, 4, ... bins are one, so that few bars do."""
    together = 1
    while _span(places := [_place(each, together) for each in bins]) >= most:
        together *= 2
    groups: dict[int, list[Bin]] = {}
    for place, each in zip(places, bins, strict=True):
        groups.setdefault(place, []).append(each)
    return [(float(place), _joined(group, place, together)) for place, group in groups.items()]


def _span(places: list[int]) -> int:
    """How many bars there would be, gaps between them included."""
    sides = [[place for place in places if place > 0], [place for place in places if place < 0]]
    return sum(max(side) - min(side) + 1 for side in sides if side)


def _place(each: Bin, together: int) -> int:
    """Where a bin stands: losses of 0 in the middle, those around 1 far from it, below zero on the other side."""
    low, high = each[:2]
    if low == high == 0.0:
        return 0
    near, far = sorted((abs(low), abs(high)))
    steps = round(8 * math.log2(near if math.isinf(far) else far)) - (0 if math.isinf(far) else 1)
    return (1 if high > 0.0 else -1) * (steps // together + 1 + _OFFSET // together)


def _joined(group: list[Bin], place: int, together: int) -> Bin:
    rows, weight, loss = (sum(each[2] for each in group), *(sum(each[i] for each in group) for i in (3, 4)))
    low, high = group[0][0], group[-1][1]
    if place and together > 1:
        steps = (abs(place) - 1 - _OFFSET // together) * together
        ends = 2.0 ** (steps / 8), 2.0 ** ((steps + together) / 8)
        low, high = ends if place > 0 else (-ends[1], -ends[0])
    return low, high, rows, float(weight), float(loss)


def _close(bars: list[tuple[float, Bin]]) -> list[tuple[float, Bin]]:
    """The bars with zero moved beside what is nearest to it: that distance says nothing."""
    if not bars:
        return []
    above = min((place for place, _ in bars if place > 0), default=1.0)
    below = max((place for place, _ in bars if place < 0), default=-1.0)
    return [(0.0 if not place else place - above + 2 if place > 0 else place - below - 2, bar) for place, bar in bars]


def _drawings(sources: Sources) -> list[Drawing]:
    return [made for name, result in results_of(sources) if (made := _of_result(name, result))]


def _of_result(name: str, result: Document) -> Drawing | None:
    bins = bins_of(result)
    held = (result.get("histograms") or {}).get("losses")
    if not held:
        return None
    bars = _close(_coarse(bins))
    rows, whole = sum(each[2] for each in bins), sum(abs(each[4]) for each in bins)
    what = "loss" if held["of"] == "losses" else "term"
    infinite = held["infinite"]["plus"] + held["infinite"]["minus"]
    table = [
        (low, high, count, count / (rows or 1), loss, loss / whole if whole else 0.0)
        for _, (low, high, count, _, loss) in bars
    ]
    words = [f"How many of {counted(rows + infinite, 'row')} have which {what}, and what share of the loss they carry."]
    if bins:
        plural = "losses" if what == "loss" else "terms"
        words.append(f"The {plural} lie between {short(bins[0][0])} and {short(bins[-1][1])}.")
    if what == "term":
        words.append("The value is a function of the mean of these terms.")
    if infinite:
        words.append(f"{counted(infinite, 'row')} with an infinite loss in no bar.")
    if said := sentence(bins):
        words.append(said)
    columns = (f"{what} from", f"{what} to", "rows", "share of rows", "sum of losses", "share of loss")
    measured = str(result.get("loss")) if what == "loss" else ""  # terms have a unit of their own
    places = [place for place, _ in bars]
    draw = partial(_draw, places=places, bars=table, what=what, infinite=infinite, loss=measured)
    return Drawing("loss", f"{name}: losses of the rows", " ".join(words), columns, table, draw)


def _draw(ax: Any, places: list[float], bars: list[tuple[Any, ...]], what: str, infinite: int, loss: str) -> None:
    half = 0.4
    for at, (place, (_, _, _, share, _, of_loss)) in enumerate(zip(places, bars, strict=True)):
        first = ("of the rows", "of the loss") if not at else (None, None)
        ax.bar(place - half / 2, 100 * share, half, color=BLUE, gid=f"rows-{at}", label=first[0])
        ax.bar(place + half / 2, 100 * of_loss, half, color=ORANGE, gid=f"loss-{at}", label=first[1])
    ticks = _ticks(places)
    ax.set_xticks([places[at] for at in ticks], [_edge(bars[at]) for at in ticks])
    if places:
        ax.set_xlim(min(places) - 1, max(places) + 1)
        above_axes(ax)
    ax.set_ylim(bottom=min(0.0, *(110 * bar[5] for bar in bars)) if bars else 0.0)
    beyond = f"{counted(infinite, 'infinite loss', 'infinite losses')} left out" if infinite else ""
    ax.set_xlabel(axis_label(f"{what} of a row, from", loss, beyond))
    ax.set_ylabel("share, %")
    ax.yaxis.grid(True)


def _ticks(places: list[float]) -> list[int]:
    """Which bars have a number below them: few enough that the numbers stand clear of each other."""
    apart = (max(places) - min(places)) / 5 if places else 0.0
    chosen: list[int] = []
    for at, place in enumerate(places):
        if not chosen or place - places[chosen[-1]] >= max(apart, 1.0):
            chosen.append(at)
    return chosen


def _edge(bar: tuple[Any, ...]) -> str:
    return rounded(bar[0] if bar[1] > 0 else bar[1], 2)


PICTURE = Picture(
    "loss", RESULTS, _drawings,
    missing="--histograms",
)  # fmt: skip
