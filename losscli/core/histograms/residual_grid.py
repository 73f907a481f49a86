"""Predictions against residuals: counts on a grid whose cells have a power of two as width.

The width is the smallest with which all values fit into so many cells. It follows from the values alone, and cells of
half the width add up to those of the whole: blocks may come in any order.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

from ..scratch import Array

MOST = 48  # cells along each axis
_FINEST = 30  # a cell is no narrower than 2^-30 of the largest value
_LARGEST = 1024  # no float is 2^1024
_LEAST = -1000  # nor than 2^-1000, which only zeros and numbers close to them would be


def _finest(values: Array) -> int:
    """The exponent of the narrowest cells with which these values fit."""
    low, high = float(np.min(values)), float(np.max(values))
    largest = max(abs(low), abs(high))
    exponent = max(_LEAST, math.frexp(largest)[1] - _FINEST) if largest else _LEAST
    ends = np.array([low, high])
    while np.diff(_places(ends, exponent))[0] >= MOST:
        exponent += 1
    return exponent


def _places(values: Array, exponent: int) -> Array:
    """The number of the cell of each value; what is so small that it vanishes keeps its side of zero."""
    places = np.floor(np.ldexp(values, -exponent)).astype(np.int64)
    places[(values < 0.0) & (places == 0)] = -1
    return places


class ResidualGrid:
    """Counts of (prediction, prediction minus label)."""

    def __init__(self) -> None:
        self._exponents: list[int] | None = None
        self._cells: Counter[tuple[int, int]] = Counter()
        self.left_out = 0  # elements that are not finite

    def prepared(self, pred: Array, label: Array) -> Callable[[], None]:
        """What adds a block of elements."""
        residuals = pred - label
        finite = np.isfinite(residuals) & np.isfinite(pred)
        beyond = int(len(pred) - np.count_nonzero(finite))
        pred, residuals = pred[finite], residuals[finite]
        if not len(pred):
            return lambda: self._left_out(beyond)
        exponents = [_finest(pred), _finest(residuals)]
        places = np.stack([_places(values, k) for values, k in zip((pred, residuals), exponents, strict=True)])
        cells, counts = np.unique(places, axis=1, return_counts=True)
        counted = Counter(dict(zip(map(tuple, cells.T.tolist()), counts.tolist(), strict=True)))

        def add() -> None:
            self._left_out(beyond)
            self._add(exponents, counted)

        return add

    def absorb(self, other: ResidualGrid) -> None:
        """Add the counts of other elements."""
        self._left_out(other.left_out)
        if other._exponents is not None:
            self._add(other._exponents, other._cells)

    def _left_out(self, count: int) -> None:
        self.left_out += count

    def _add(self, exponents: list[int], cells: Counter[Any]) -> None:
        if self._exponents is None:
            self._exponents, self._cells = exponents, cells
            return
        common = [max(ours, theirs) for ours, theirs in zip(self._exponents, exponents, strict=True)]
        held = _coarser(self._cells, [k - own for k, own in zip(common, self._exponents, strict=True)])
        held.update(_coarser(cells, [k - own for k, own in zip(common, exponents, strict=True)]))
        for axis in (0, 1):
            while _span(held, axis) > MOST:
                held = _coarser(held, [1 - axis, axis])
                common[axis] += 1
        self._exponents, self._cells = common, held

    @property
    def kind(self) -> str:
        """What two histograms that are added up have in common."""
        return "residuals"

    def to_exact(self) -> dict[str, Any]:
        """Counts by their cell, to go on with."""
        cells = [[i, j, count] for (i, j), count in sorted(self._cells.items())]
        return {"exponents": self._exponents, "cells": cells, "left_out": self.left_out}

    @classmethod
    def of_exact(cls, data: dict[str, Any]) -> ResidualGrid:
        """The counts that `to_exact` wrote."""
        grid = cls()
        numbers = [data["left_out"], *(data["exponents"] or ()), *(each for cell in data["cells"] for each in cell)]
        fits = data["exponents"] is None if not data["cells"] else len(data["exponents"]) == 2
        if not all(type(each) is int for each in numbers) or not fits or any(cell[2] < 1 for cell in data["cells"]):
            raise ValueError("a cell of a histogram is damaged")
        for axis, exponent in enumerate(data["exponents"] or ()):
            furthest = max(cell[axis].bit_length() for cell in data["cells"])
            if not _LEAST <= exponent <= _LARGEST - furthest:
                raise ValueError("the width of the cells of a histogram is damaged")
        grid.left_out = data["left_out"]
        if data["cells"]:
            grid._exponents = list(data["exponents"])
            grid._cells = Counter({(i, j): count for i, j, count in data["cells"]})
        return grid

    def __bool__(self) -> bool:
        return bool(self._cells)

    def to_dict(self) -> dict[str, Any]:
        """The cells that hold elements: their lower ends, and how many each holds."""
        x, y = self._exponents or [0, 0]
        cells = sorted(self._cells.items())
        return {
            "width": _size(x),
            "height": _size(y),
            "prediction": [math.ldexp(i, x) for (i, _), _ in cells],
            "residual": [math.ldexp(j, y) for (_, j), _ in cells],
            "count": [count for _, count in cells],
            "left_out": self.left_out,
        }


def _size(exponent: int) -> float:
    """The width of cells; of zeros alone, 1."""
    return math.ldexp(1.0, exponent) if exponent > _LEAST else 1.0


def _coarser(cells: Counter[Any], by: list[int]) -> Counter[Any]:
    """The same cells, so many powers of two wider along each axis."""
    if by == [0, 0]:
        return cells
    wider: Counter[Any] = Counter()
    for (i, j), count in cells.items():
        wider[i >> by[0], j >> by[1]] += count
    return wider


def _span(cells: Counter[Any], axis: int) -> int:
    places: list[int] = [cell[axis] for cell in cells]
    return max(places) - min(places) + 1
