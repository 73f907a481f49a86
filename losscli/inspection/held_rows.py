"""The rows that are held for the preflight: all of them, or runs of rows and their partners under each repair."""

from __future__ import annotations

import numpy as np

from ..core.arrays.inputs import Ragged
from ..core.record import mutable
from ..core.scratch import Array
from ..sources.unpaired import UnpairedFiles

WHOLE = 1 << 21  # elements of an array that is held whole: 16 MiB
MOST = 1 << 14  # rows that are inspected at
WIDE = 1 << 20  # elements that are inspected at
RUNS = 8  # runs of rows, where not all are taken
LAGS = 5  # rows by which a file may be shifted


@mutable
class HeldRows:
    """Some rows of an array, by their number in the file. Rows with NaN, infinities or nulls are not `usable`."""

    rows: Array
    values: Array
    usable: Array

    def at(self, rows: Array) -> Array:
        """Where rows of the file are among those held."""
        return np.searchsorted(self.rows, rows)


class RowHolder:
    """Collects an array while it fits into memory, then keeps its head."""

    def __init__(self) -> None:
        self.parts: list[tuple[Array, Array | None]] = []
        self.elements = 0
        self.complete = True
        self.ragged = False

    def add(self, values: Array | Ragged, missing: Array | None) -> None:
        """The next rows."""
        if isinstance(values, Ragged):
            self.ragged = True
        elif self.complete and self.elements + values.size <= WHOLE:
            self.elements += values.size
            self.parts.append((np.array(values), None if missing is None else np.array(missing)))
        else:
            self.complete = False

    def held(self) -> HeldRows | None:
        """What was collected, from row 0; None of lists of differing length, and of nothing."""
        if self.ragged or not self.parts:
            return None
        return _held(self.parts, None)


def _held(parts: list[tuple[Array, Array | None]], rows: Array | None) -> HeldRows:
    values = np.concatenate([part for part, _ in parts])
    usable = np.concatenate([_usable(part, missing) for part, missing in parts])
    return HeldRows(np.arange(len(values)) if rows is None else rows, values, usable)


def _usable(values: Array, missing: Array | None) -> Array:
    good = np.ones(len(values), dtype=bool)
    if values.dtype.kind == "f":
        good &= np.isfinite(values).reshape(len(values), -1).all(axis=1)
    if missing is not None:
        good &= ~missing.reshape(len(missing), -1).any(axis=1)
    return good


def gathered(data: UnpairedFiles, role: str, rows: Array, elements: int) -> HeldRows:
    """These rows (in order) by another reading of the file."""
    parts: list[tuple[Array, Array | None]] = []
    for _, start, values, missing in data.blocks([role], elements):
        wanted = rows[np.searchsorted(rows, start) : np.searchsorted(rows, start + len(values))] - start
        if len(wanted):
            parts.append((values[wanted], None if missing is None else missing[wanted]))
    return _held(parts, rows)


def looked_at(count: int, width: int) -> Array:
    """The rows to look at: all, or runs of rows evenly spread."""
    most = max(64, min(MOST, WIDE // max(1, width)))
    if count <= most:
        return np.arange(count)
    run = most // RUNS
    starts = np.linspace(0, count - run, RUNS).astype(np.int64)
    return np.concatenate([np.arange(start, start + run) for start in starts])


def by_turns(count: int, workers: int, at: Array) -> Array:
    """The rows at these places when those of each worker stand together, and worker w has w, w + workers, ..."""
    most, rest = divmod(count, workers)
    longer = rest * (most + 1)  # rows of the workers that have one more
    early = at < longer
    worker = np.where(early, at // (most + 1), rest + (at - longer) // max(1, most))
    turn = np.where(early, at % (most + 1), (at - longer) % max(1, most))
    return np.asarray(turn * workers + worker)


def as_text(count: int, first: int, at: Array) -> Array:
    """The rows at these places when rows stand in the order of their numbers as text: 1, 10, 11, ..., 2, 20, ...

    `first` is the number of the first row, 0 or 1. All places walk down the tree of decimal prefixes at once, so that
    memory follows the places and not the rows.
    """
    last = first + count - 1
    left = at - (1 - first)  # how many numbers to pass; 0 itself comes before all others
    number = np.where(left < 0, 0, 1)
    while (left > 0).any():
        below = _under(number, last)
        over, inside = (left > 0) & (left >= below), (left > 0) & (left < below)
        number = np.where(over, number + 1, np.where(inside, number * 10, number))
        left = np.where(over, left - below, np.where(inside, left - 1, left))
    return np.asarray(number - first)


def _under(prefix: Array, last: int) -> Array:
    """How many numbers up to `last` start with each prefix, itself among them."""
    count = np.zeros_like(prefix)
    low, high = prefix, prefix + 1
    for _ in range(len(str(last))):
        count += np.maximum(0, np.minimum(high, last + 1) - low)
        low, high = low * 10, high * 10
    return count
