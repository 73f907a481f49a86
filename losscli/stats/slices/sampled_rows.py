"""The first reading: rows of the half that finds groups, with their values in the columns, at most so many of them."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...core.record import record
from ...core.scratch import Array
from ...sources.columns.candidates import BY
from ...sources.frame import Frame
from ...sources.grouping.group_columns import GroupColumn
from ...sources.table import Block
from .columns import RawValues
from .halves import Halves

if TYPE_CHECKING:
    from ...core.binding.bound_loss import BoundLoss
    from ...core.sums.rows import Rows
    from ...engine.missing import FilteredBlock

MOST_ROWS = 1 << 19


@record
class FoundRows:
    """Rows of a sample: their hashes, weighted terms (n, k), what they count for, and a value a column."""

    hashes: Array
    terms: Array
    mass: Array
    values: tuple[Array, ...]

    def __len__(self) -> int:
        return len(self.hashes)

    @classmethod
    def joined(cls, parts: Sequence[FoundRows]) -> FoundRows:
        """Several samples as one."""
        values = zip(*(part.values for part in parts), strict=True)
        return cls(
            np.concatenate([part.hashes for part in parts]), np.concatenate([part.terms for part in parts]),
            np.concatenate([part.mass for part in parts]), tuple(np.concatenate(column) for column in values),
        )  # fmt: skip

    def taken(self, places: Array) -> FoundRows:
        """Those at these places."""
        values = tuple(column[places] for column in self.values)
        return FoundRows(self.hashes[places], self.terms[places], self.mass[places], values)


@record
class _Chosen:
    """What was read of the rows of a block that may stand in the sample."""

    places: Array
    hashes: Array
    values: tuple[Array, ...]


class SampledRows:
    """Sees every block of a run, as the sums of groups do, and keeps the rows with the smallest hashes.

    Which rows these are depends neither on the order of blocks nor on threads.
    """

    def __init__(self, columns: Sequence[GroupColumn], frame: Frame, halves: Halves, most: int = MOST_ROWS) -> None:
        self.raw = [RawValues(column, frame) for column in columns]
        self.roles = frozenset(role for column in columns for role in column.roles if role.startswith(BY))
        self._halves, self._most = halves, most
        self._limit: int | None = None  # only hashes below it may still be among the smallest
        self._parts: list[FoundRows] = []
        self._kept = 0
        self.seen = 0  # rows of the half that have a loss and weigh something
        self._lock = threading.Lock()

    def numbers(self, block: Block, start: int) -> Any:
        """The rows of a block that may stand in the sample."""
        rows, arrays = len(block), block.arrays
        hashes = self._halves.hashes(arrays, start, rows) >> np.uint64(1)
        chosen = self._halves.finds(arrays, start, rows)
        finding = int(np.count_nonzero(chosen))
        if self._limit is not None:
            chosen &= hashes < np.uint64(self._limit)
        places = np.flatnonzero(chosen)
        with self._lock:
            values = tuple(each.of(arrays, block.missing, places) for each in self.raw)
            self.seen += finding
        return _Chosen(places, hashes[places], values)

    def without_keys(self, block: Block) -> Block:
        """The block without what is read for the columns alone."""
        arrays = {role: array for role, array in block.arrays.items() if role not in self.roles}
        return Block(arrays, {role: mask for role, mask in block.missing.items() if role not in self.roles})

    def add(
        self,
        group: _Chosen,
        filtered: FilteredBlock,
        rows: Rows,
        terms: Sequence[Array],
        mass: Array | None,
        bound: BoundLoss,
        repeats: Array | None = None,
    ) -> None:
        """Add the rows among them that have a loss and weigh something."""
        at, chosen = group.places, np.arange(len(group.places))
        if filtered.places is not None:
            at = np.searchsorted(filtered.places, group.places)
            chosen = np.flatnonzero(filtered.places[np.minimum(at, len(filtered.places) - 1)] == group.places)
            at = at[chosen]
        counts = np.ones(len(at)) if mass is None else np.array(mass[at], dtype=np.float64)
        weighs = counts != 0.0
        at, chosen, counts = at[weighs], chosen[weighs], counts[weighs]
        stacked = np.stack([np.asarray(term, dtype=np.float64)[at] for term in terms], axis=1)
        part = FoundRows(group.hashes[chosen], stacked, counts, tuple(column[chosen] for column in group.values))
        with self._lock:
            self._parts.append(part)
            self._kept += len(part)
            if self._kept > 2 * self._most:
                self._parts = [self._smallest()]
                self._kept = len(self._parts[0])
                self._limit = int(self._parts[0].hashes.max())

    def add_unknown(self, group: Any, filtered: FilteredBlock, weight: Array | None, bound: BoundLoss) -> None:
        """Rows whose loss is NaN by policy make the loss of all rows NaN, and nothing can be found."""

    def end(self) -> None:
        """Once every block was seen."""

    def rows(self) -> FoundRows | None:
        """The sample in the order of the hashes; None where no row is of this half."""
        return self._smallest() if self._parts else None

    def _smallest(self) -> FoundRows:
        joined = FoundRows.joined(self._parts)
        return joined.taken(np.argsort(joined.hashes, kind="stable")[: self._most])
