"""Sums over the cells of up to three columns, and over the groups that conditions on these columns tell."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ...core.scratch import Array
from .columns import CodedColumn
from .conditions import Condition, Conditions

MOST_CELLS = 1 << 15  # of some columns together: fewer values of each are looked at where there would be more


class Cells:
    """The cells of some columns: a cell for each combination of codes."""

    def __init__(self, columns: Sequence[CodedColumn]) -> None:
        self.columns = columns
        limits = _room([column.codes for column in columns])
        self._capped = [
            limit < column.codes and not column.numbers for limit, column in zip(limits, columns, strict=True)
        ]
        self.codes = [
            limit if capped else column.codes
            for limit, column, capped in zip(limits, columns, self._capped, strict=True)
        ]
        self.conditions: list[list[Condition]] = []
        for column, codes, capped in zip(columns, self.codes, self._capped, strict=True):
            every = column.conditions()
            self.conditions.append([each for each in every if each.last < codes - 1] if capped else every)
        self._sides = [_sides(each, codes) for each, codes in zip(self.conditions, self.codes, strict=True)]

    @property
    def shape(self) -> tuple[int, ...]:
        """How many conditions there are on each column; the groups are all their combinations."""
        return tuple(len(each) for each in self.conditions)

    def index(self, codes: Sequence[Array]) -> Array:
        """The cell of each row, given its codes in every column there is, by place."""
        at: Array | None = None
        for column, count, capped in zip(self.columns, self.codes, self._capped, strict=True):
            part = np.minimum(codes[column.place], count - 1) if capped else codes[column.place]
            at = part.astype(np.int32) if at is None else at * np.int32(count) + part
        assert at is not None
        return at

    def sums(self, index: Array, values: Array | None) -> Array:
        """The sum of values, or the number of rows, in each group: an array of `shape`."""
        cells = np.bincount(index, weights=values, minlength=math.prod(self.codes)).astype(np.float64)
        table = cells.reshape(self.codes)
        for axis, side in enumerate(self._sides):
            table = np.moveaxis(np.tensordot(side, table, axes=(1, axis)), 0, axis)
        return np.asarray(table)

    def group(self, place: int) -> Conditions:
        """The conditions of a group, by its place among all of them."""
        places = np.unravel_index(place, self.shape)
        return tuple(each[int(at)] for each, at in zip(self.conditions, places, strict=True))


def _sides(conditions: Sequence[Condition], codes: int) -> Array:
    """Which codes each condition takes in, (conditions, codes), as 0 and 1."""
    side = np.zeros((len(conditions), codes))
    for at, each in enumerate(conditions):
        side[at, each.first : each.last + 1] = 1.0
    return side


def _room(codes: Sequence[int]) -> list[int]:
    """How many codes of each column there is room for: all where they are few, and the same number of the others."""
    limits, left = [0] * len(codes), float(MOST_CELLS)
    order = sorted(range(len(codes)), key=lambda i: codes[i])
    for done, i in enumerate(order):
        limits[i] = min(codes[i], max(2, int(left ** (1.0 / (len(codes) - done)))))
        left /= limits[i]
    return limits
