"""Rows that a comparison looks at again: all where a test needs rows, else those that move a difference most."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from ..core.arrays.inputs import Ragged
from ..core.record import record
from ..core.scratch import Array
from ..engine.missing import FilteredBlock
from ..sources.columns.candidates import CLUSTER
from .row_sample import RowSample


@record
class IndependentUnits:
    """Independent units, rows or clusters: sums of weighted terms, what they count for, and how many rows they are.

    `first` is the row of the file that each starts with: random numbers are drawn by it.
    """

    first: Array
    terms: Array
    mass: Array
    rows: Array
    nonzero: Array

    def __len__(self) -> int:
        return len(self.first)

    def taken(self, index: Sequence[int] | Array) -> IndependentUnits:
        """The units at these places."""
        at = np.asarray(index, dtype=np.int64)
        return IndependentUnits(self.first[at], self.terms[at], self.mass[at], self.rows[at], self.nonzero[at])


class RowRecorder:
    """Sees every block of a run of a PairedLoss, from any thread, and keeps its rows or the extreme ones among them.

    The `sample` of its rows tells what a standard error stands on.
    """

    def __init__(self, sides: int, *, everything: bool, most: int) -> None:
        self._sides, self._everything, self._most = sides, everything, most
        self.sample = RowSample(sides - 1)
        self._lock = threading.Lock()
        self._parts: dict[int, tuple[IndependentUnits, list[Any]]] = {}
        # bytes a row: where it is, what it counts for, and a term or two of each side; names of clusters
        self.each = 8 * (4 + 4 * (2 * sides - 1)) if everything else 0

    def __call__(self, piece: FilteredBlock, terms: list[Array], mass: Array | None) -> None:
        self.sample(piece, terms, mass)
        chosen = self._chosen(terms)
        places = np.arange(len(terms[0])) if piece.places is None else piece.places
        count = np.ones(len(terms[0])) if mass is None else mass
        part = IndependentUnits(
            piece.start + places[chosen],
            np.stack([term[chosen] for term in terms], axis=1),
            count[chosen].astype(np.float64),
            np.ones(len(chosen), dtype=np.int64),
            (count[chosen] != 0).astype(np.int64),
        )
        names = _names(piece.arrays[CLUSTER]) if CLUSTER in piece.arrays else []
        with self._lock:
            self._parts[piece.start] = part, names

    def _chosen(self, terms: list[Array]) -> Array:
        """All rows, or of each candidate those whose loss is most above and most below the base's.

        Where a row has several terms, how they weigh is known only at the end: then all rows are kept, if any are.
        """
        n, most, candidates = len(terms[0]), self._most, self._sides - 1
        if self._everything or n <= most or (most and len(terms) > 1 + 2 * candidates):
            return np.arange(n)
        extremes: list[Array] = [np.zeros(0, dtype=np.int64)]
        for apart in terms[-candidates:] if most else ():
            order = np.argpartition(apart, (most - 1, n - most))
            extremes += [order[:most], order[n - most :]]
        return np.unique(np.concatenate(extremes))

    def clusters(self) -> Array:
        """The cluster of each row that was kept, as numbers in the order of the first rows; none without clusters."""
        names = [name for start in sorted(self._parts) for name in self._parts[start][1]]
        return _numbered(names)

    def units(self, *, clustered: bool) -> IndependentUnits:
        """What was kept, in the order of the file; by cluster if asked for."""
        parts = [self._parts[start] for start in sorted(self._parts)]
        rows = IndependentUnits(
            *(np.concatenate([getattr(part, name) for part, _ in parts]) for name in IndependentUnits.__annotations__)
        )
        return _gathered(rows, [name for _, names in parts for name in names]) if clustered else rows


def _names(column: Any) -> list[Any]:
    """The clusters of a block's rows, as what is equal where they are the same."""
    if isinstance(column, Ragged):
        ends = column.offsets.tolist()
        return [column.values[a:b].tobytes() for a, b in pairwise(ends)]
    values: list[Any] = column.tolist()
    return values


def _gathered(rows: IndependentUnits, names: list[Any]) -> IndependentUnits:
    """Rows of one cluster added up; clusters stand in the order of their first rows."""
    return gathered(rows, _numbered(names))


def _numbered(names: list[Any]) -> Array:
    """Names as numbers in the order in which they come."""
    numbers: dict[Any, int] = {}
    return np.array([numbers.setdefault(name, len(numbers)) for name in names], dtype=np.int64)


def gathered(rows: IndependentUnits, code: Array) -> IndependentUnits:
    """Rows of one cluster added up, given the number of each row's cluster, which count from 0."""
    count = int(code.max(initial=-1)) + 1
    first = np.full(count, np.iinfo(np.int64).max)
    np.minimum.at(first, code, rows.first)
    terms = [np.bincount(code, weights=column, minlength=count) for column in rows.terms.T]
    return IndependentUnits(
        first,
        np.stack(terms, axis=1),
        np.bincount(code, weights=rows.mass, minlength=count),
        np.bincount(code, minlength=count),
        np.bincount(code, weights=rows.nonzero, minlength=count).astype(np.int64),
    )
