"""How many rows each group has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..scratch import Array
from .group_table import GroupTable, widened


class RowCounts:
    """For every group its `rows`, the `nonzero` that do not weigh nothing, and the `ones` that weigh 1."""

    def __init__(self, table: GroupTable | None = None) -> None:
        self._table = table
        self._numbers: dict[str, Array] = {}
        for name in ("rows", "nonzero", "ones"):
            self._numbers[name] = np.zeros(0, dtype=np.int64)
            if table is not None:
                table.add(self._numbers, name)

    def __getstate__(self) -> dict[str, Any]:
        """Elsewhere, numbers are arrays of their own."""
        return {**self.__dict__, "_table": None}

    def __getitem__(self, name: str) -> Array:
        return self._numbers[name]

    def grow(self, size: int) -> None:
        """Make room for so many groups."""
        if size > len(self._numbers["rows"]):
            room = max(size, 2 * len(self._numbers["rows"]))
            if self._table is not None:
                self._table.grow(room)
            else:
                self._numbers = {name: widened(numbers, room) for name, numbers in self._numbers.items()}

    def add(
        self,
        group: Array,
        weight: Array | None,
        ignored: Array | None,
        repeats: Array | None,
        *,
        size: int,
        in_passing: bool,
    ) -> list[str]:
        """Count the rows of `size` groups; with `repeats`, those that each row stands for.

        With `in_passing`, numbers that go up by 1 for every row are left to who passes over them, and their names are
        the result.
        """
        chosen = {"rows": None if ignored is None else ~ignored}
        chosen["nonzero"] = None if weight is None else weight != 0
        if weight is None:
            chosen["ones"] = None
        every = []
        for name, some in chosen.items():
            own = repeats if name == "rows" or weight is not None else None
            if some is not None and some.all():
                some = None
            if in_passing and some is None and own is None:
                every.append(name)
            else:
                self._count(name, group, some, own, size)
        return every

    def _count(self, name: str, group: Array, chosen: Array | None, repeats: Array | None, size: int) -> None:
        if chosen is not None:
            group, repeats = group[chosen], None if repeats is None else repeats[chosen]
        numbers = self._numbers[name]
        if repeats is not None:
            np.add.at(numbers, group, repeats.astype(np.int64))
        elif size <= len(group):
            numbers[:size] += np.bincount(group, minlength=size)
        else:
            np.add.at(numbers, group, 1)

    def absorb(self, other: RowCounts, group: Array) -> None:
        """Add the numbers of other rows; `group` says which group of these each of theirs is."""
        for name, numbers in self._numbers.items():
            numbers[group] += other[name][: len(group)]

    def columns(self, names: Sequence[str]) -> list[Array]:
        """The numbers of these names."""
        return [self._numbers[name] for name in names]

    @property
    def nbytes(self) -> int:
        """What they take of memory."""
        return sum(numbers.nbytes for numbers in self._numbers.values())
