"""Rows that a comparison looks at again: all where a test needs rows, else those that move a difference most."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from ..core.arrays.inputs import Ragged
from ..core.errors import DataProblem
from ..core.record import record, replace
from ..core.scratch import Array
from ..core.with_lock import WithLock
from ..engine.missing import FilteredBlock
from ..sources.columns.candidates import CLUSTER
from .comparison.infinite_rows import finite_terms
from .extreme_rows import extreme_places
from .row_sample import RowSample, row_repeats

_MOST_REPEATS = 1 << 24


@record
class IndependentUnits:
    """Independent units, rows or clusters: sums of weighted terms, what they count for, and how many rows they are.

    `first` is the row of the file that each starts with: random numbers are drawn by it. A row counts as often as its
    weight says, where that is how many equal rows it stands for.
    """

    first: Array
    terms: Array
    mass: Array
    rows: Array
    nonzero: Array
    ends: ClusterEnds | None = None  # of clusters, where rows stand in the order in which they were seen

    def __len__(self) -> int:
        return len(self.first)

    def repeated(self) -> IndependentUnits:
        """Every row as often as it stands for others, each by itself: they are told apart by where they would stand."""
        number = int(self.rows.sum())
        if number > _MOST_REPEATS:
            raise DataProblem(
                f"The weights say that the rows stand for {number}, and resampling holds at most {_MOST_REPEATS}.",
                "Leave out --test or --bootstrap, which draw the rows again.",
                kind="too_many_rows",
                options=("weights-are",),
            )
        each = np.maximum(self.rows, 1)
        at = np.repeat(np.arange(len(self.rows)), self.rows)
        return IndependentUnits(
            np.arange(number),
            (self.terms / each[:, None])[at],
            (self.mass / each)[at],
            np.ones(number, dtype=np.int64),
            (self.mass[at] != 0).astype(np.int64),
        )

    def taken(self, index: Sequence[int] | Array) -> IndependentUnits:
        """The units at these places."""
        at = np.asarray(index, dtype=np.int64)
        return IndependentUnits(self.first[at], self.terms[at], self.mass[at], self.rows[at], self.nonzero[at])


@record
class ClusterEnds:
    """The rows that are followed by one of another cluster, those that follow them, and the cluster of every row."""

    before: IndependentUnits
    after: IndependentUnits
    code: Array

    @classmethod
    def of(cls, rows: IndependentUnits, code: Array) -> ClusterEnds:
        """Of rows in the order of the file."""
        at = np.flatnonzero(code[1:] != code[:-1])
        return cls(rows.taken(at), rows.taken(at + 1), code)


class RowRecorder(WithLock):
    """Sees every block of a run of a PairedLoss, from any thread, and keeps its rows or the extreme ones among them.

    The `sample` of its rows tells what a standard error stands on. With `repeats` the weight of a row is the number of
    equal rows that it stands for.
    """

    def __init__(self, sides: int, *, everything: bool, most: int, repeats: bool = False) -> None:
        super().__init__()
        self._sides, self._everything, self._most, self._repeats = sides, everything, most, repeats
        self.sample = RowSample(sides - 1, repeats=repeats)
        self._parts: dict[int, tuple[IndependentUnits, list[Any]]] = {}
        # bytes a row: where it is, what it counts for, and a term or two of each side; names of clusters
        self.each = 8 * (4 + 4 * (2 * sides - 1)) if everything else 0

    def __call__(self, piece: FilteredBlock, terms: list[Array], mass: Array | None) -> None:
        self.sample(piece, terms, mass)
        chosen = self._chosen(terms)
        places = np.arange(len(terms[0])) if piece.places is None else piece.places
        count = np.ones(len(terms[0])) if mass is None else mass
        rows = np.ones(len(chosen), dtype=np.int64)
        if self._repeats:
            rows = row_repeats(piece)[chosen].astype(np.int64)
        part = IndependentUnits(
            piece.start + places[chosen],
            np.stack([term[chosen] for term in terms], axis=1),
            count[chosen].astype(np.float64),
            rows,
            rows * (count[chosen] != 0),
        )
        names = _names(piece.arrays[CLUSTER]) if CLUSTER in piece.arrays else []
        with self._lock:
            self._parts[piece.start] = part, names

    def absorb(self, other: RowRecorder) -> None:
        """Add what was kept of other rows of the same data."""
        self.sample.absorb(other.sample)
        with self._lock:
            self._parts.update(other._parts)

    def _chosen(self, terms: list[Array]) -> Array:
        """All rows, or of each candidate those whose loss is most above and most below the base's.

        Where a row has several terms, how they weigh is known only at the end: then all rows are kept, if any are.
        """
        n, most, candidates = len(terms[0]), self._most, self._sides - 1
        if self._everything or n <= most or (most and len(terms) > 1 + 2 * candidates):
            return np.arange(n)
        extremes: list[Array] = [np.zeros(0, dtype=np.int64)]
        for apart in terms[-candidates:] if most else ():
            extremes += extreme_places(apart, most)
        return np.unique(np.concatenate(extremes))

    def clusters(self) -> Array:
        """The cluster of each row that was kept, as numbers in the order of the first rows; none without clusters."""
        names = [name for start in sorted(self._parts) for name in self._parts[start][1]]
        return _numbered(names)

    def independent(self, *, clustered: bool) -> IndependentUnits:
        """What is independent: clusters if asked for, else rows, each as often as its weight says.

        What is infinite is nought in their terms: no test is made of differences that are infinite.
        """
        rows = self.units()
        rows = replace(rows, terms=finite_terms(rows.terms, self._sides))
        if clustered:
            return gathered(rows, self.clusters(), ordered=not self._repeats)
        return rows.repeated() if self._repeats else rows

    def units(self) -> IndependentUnits:
        """The rows that were kept, in the order of the file."""
        parts = [self._parts[start][0] for start in sorted(self._parts)]
        return IndependentUnits(
            np.concatenate([part.first for part in parts]),
            np.concatenate([part.terms for part in parts]),
            np.concatenate([part.mass for part in parts]),
            np.concatenate([part.rows for part in parts]),
            np.concatenate([part.nonzero for part in parts]),
        )


def _names(column: Any) -> list[Any]:
    """The clusters of a block's rows, as what is equal where they are the same."""
    if isinstance(column, Ragged):
        ends = column.offsets.tolist()
        return [column.values[a:b].tobytes() for a, b in pairwise(ends)]
    values: list[Any] = column.tolist()
    return values


def _numbered(names: list[Any]) -> Array:
    """Names as numbers in the order in which they come."""
    numbers: dict[Any, int] = {}
    return np.array([numbers.setdefault(name, len(numbers)) for name in names], dtype=np.int64)


def gathered(rows: IndependentUnits, code: Array, *, ordered: bool = True) -> IndependentUnits:
    """Rows of one cluster added up, given the number of each row's cluster, which count from 0.

    Where the rows are `ordered` as they were seen, those at the ends of clusters are kept beside the sums.
    """
    count = int(code.max(initial=-1)) + 1
    first = np.full(count, np.iinfo(np.int64).max)
    np.minimum.at(first, code, rows.first)
    terms = [np.bincount(code, weights=column, minlength=count) for column in rows.terms.T]
    return IndependentUnits(
        first,
        np.stack(terms, axis=1),
        np.bincount(code, weights=rows.mass, minlength=count),
        np.bincount(code, weights=rows.rows, minlength=count).astype(np.int64),
        np.bincount(code, weights=rows.nonzero, minlength=count).astype(np.int64),
        ClusterEnds.of(rows, code) if ordered else None,
    )
