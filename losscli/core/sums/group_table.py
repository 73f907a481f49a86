"""Whole numbers of groups side by side: all that is kept of a group lies together in memory.

A row adds to several numbers of its group. In a million groups each of them, were it in an array of its own, would
have to be fetched from memory by itself, which costs more than the addition.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..scratch import Array

_COLUMNS = 4  # that a table grows by


def widened(numbers: Array, room: int) -> Array:
    """The same numbers with zeros for further groups."""
    wider = np.zeros(room, dtype=numbers.dtype)
    wider[: len(numbers)] = numbers
    return wider


class GroupTable:
    """A table of int64, a row a group. Its columns are entries of dictionaries, and these hold views of it."""

    def __init__(self) -> None:
        self._room = 0
        self._table: Array = np.zeros((0, _COLUMNS), dtype=np.int64)
        self._columns: list[tuple[dict[Any, Array], Any]] = []

    def add(self, numbers: dict[Any, Array], key: Any) -> None:
        """Let `numbers` have zeros of every group under the key."""
        self._columns.append((numbers, key))
        if len(self._columns) > self._table.shape[1]:
            self._rebuild(self._room)
        else:
            numbers[key] = self._table[:, len(self._columns) - 1]

    def grow(self, room: int) -> None:
        """Make room for so many groups."""
        if room > self._room:
            self._rebuild(room)

    def _rebuild(self, room: int) -> None:
        width = -(-len(self._columns) // _COLUMNS) * _COLUMNS
        table = np.zeros((room, width), dtype=np.int64)
        table[: len(self._table), : self._table.shape[1]] = self._table
        self._room, self._table = room, table
        for column, (numbers, key) in enumerate(self._columns):
            numbers[key] = table[:, column]

    @property
    def nbytes(self) -> int:
        """What it takes of memory."""
        return self._table.nbytes
