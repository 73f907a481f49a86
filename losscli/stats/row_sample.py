"""Rows that a run keeps beside its sums: all of them up to a size, then some of every block.

Powers above the second and products of neighbours are no sums that a State holds. They are only needed to say how far a
standard error can be trusted, so a sample tells enough where there are very many rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ..core.record import record
from ..core.scratch import Array
from ..core.with_lock import WithLock
from ..engine.missing import FilteredBlock

_NUMBERS = 1 << 14  # numbers kept from the beginning of the data
_LATER = 256  # rows kept of each block after these


@record
class SampledRows:
    """Weighted terms (m, k) and masses (m,) of m rows, how many rows each stands for, and whether the next one follows.

    `whole` says that they are all rows of the run.
    """

    terms: Array
    mass: Array
    stands_for: Array
    followed: Array
    whole: bool


class RowSample(WithLock):
    """Sees every block of a run, from any thread, and keeps its first rows.

    Which rows are kept follows from where they stand in the data, so that it is the same on any number of threads. With
    `candidates` the terms are those of a `PairedLoss`, and the rows in which each differs from the base are counted,
    all of them. With `repeats` the weight of a row is the number of equal rows that it stands for; such a table of
    counts says nothing of the order in which they were seen.
    """

    def __init__(self, candidates: int = 0, *, repeats: bool = False) -> None:
        super().__init__()
        self.repeats = repeats
        self.differing = [0] * candidates
        self._parts: dict[int, tuple[Array, Array, Array | None, int]] = {}
        self._joined: SampledRows | None = None

    def __call__(self, piece: FilteredBlock, terms: list[Array], mass: Array | None) -> None:
        rows = len(terms[0])
        number = row_repeats(piece) if self.repeats else None
        self._count(terms, number)
        kept = kept_of(piece.start, rows, len(terms))
        columns = np.stack([term[:kept] for term in terms], axis=1)
        masses = np.ones(kept) if mass is None else np.array(mass[:kept], dtype=np.float64)
        if number is not None:
            number = number[:kept]
            by = np.where(number > 0.0, number, 1.0)
            columns, masses = columns / by[:, None], masses / by
        with self._lock:
            self._parts[piece.start] = columns, masses, number, rows

    def _count(self, terms: list[Array], number: Array | None) -> None:
        if not self.differing:
            return
        counts = [
            int(np.count_nonzero(apart) if number is None else np.sum(number[apart]))
            for apart in rows_apart(terms, len(self.differing))
        ]
        with self._lock:
            self.differing = [a + b for a, b in zip(self.differing, counts, strict=True)]

    def absorb(self, other: RowSample) -> None:
        """Add what was kept of other rows of the same data."""
        with self._lock:
            self._parts.update(other._parts)
            self.differing = [a + b for a, b in zip(self.differing, other.differing, strict=True)]

    def rows(self) -> SampledRows | None:
        """What was kept, in the order of the data; None where there was no row. To be asked when the run is over."""
        if self._joined is None:
            self._joined = self._in_order()
        return self._joined

    def counts(self) -> list[tuple[int, int, int]]:
        """Of each block in order, where it starts, how many of its rows were kept, and how many it has."""
        return [(start, len(mass), rows) for start, (_, mass, _, rows) in sorted(self._parts.items()) if rows]

    def _in_order(self) -> SampledRows | None:
        parts = [self._parts[start] for start in sorted(self._parts) if self._parts[start][3]]
        if not parts:
            return None
        followed = [np.full(len(mass), number is None) for _, mass, number, _ in parts]
        for each, (_, mass, _, rows) in zip(followed, parts, strict=True):
            each[-1] &= len(mass) == rows
        followed[-1][-1] = False
        return SampledRows(
            np.concatenate([terms for terms, _, _, _ in parts]),
            np.concatenate([mass for _, mass, _, _ in parts]),
            np.concatenate(
                [
                    (1.0 if number is None else number) * np.full(len(mass), rows / len(mass))
                    for _, mass, number, rows in parts
                ]
            ),
            np.concatenate(followed),
            all(len(mass) == rows for _, mass, _, rows in parts),
        )


class GivenRows(RowSample):
    """Rows of a sample as one of their own."""

    def __init__(self, rows: SampledRows | None, differing: Sequence[int] = (), *, repeats: bool = False) -> None:
        super().__init__(repeats=repeats)
        self._given, self.differing = rows, list(differing)

    def rows(self) -> SampledRows | None:
        """These rows."""
        return self._given


def rows_apart(terms: Sequence[Array], candidates: int) -> Iterator[Array]:
    """Which rows differ from the base, of each candidate of a `PairedLoss` with these terms."""
    width = len(terms) // (1 + 2 * candidates)
    for at in range(len(terms) - candidates * width, len(terms), width):
        apart = terms[at] != 0.0
        for term in terms[at + 1 : at + width]:
            apart |= term != 0.0
        yield apart


def terms_beside(terms: int, candidates: int, candidate: int) -> list[int]:
    """Which of so many terms of a `PairedLoss` are those of the base and one candidate, which counts from 1."""
    width = terms // (1 + 2 * candidates)
    starts = (0, candidate * width, (candidate + candidates) * width)
    return [start + term for start in starts for term in range(width)]


def kept_of(start: int, rows: int, terms: int) -> int:
    """How many of the rows of a block that starts here are kept: its first."""
    first = max(_LATER, _NUMBERS // terms)
    return rows if start + rows <= first else min(rows, max(first - start, _LATER))


def row_repeats(piece: FilteredBlock) -> Array:
    """How many equal rows each row of a block stands for, by its weight."""
    return np.asarray(piece.arrays["weight"], dtype=np.float64)
