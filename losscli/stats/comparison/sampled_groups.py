"""The rows that a comparison keeps beside its sums, told apart by group: what each group's standard error stands on."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from ...core.scratch import Array
from ...core.with_lock import WithLock
from ...engine.missing import FilteredBlock
from ..row_sample import GivenRows, RowSample, SampledRows, kept_of, row_repeats, rows_apart, terms_beside
from ..rows_of_groups import ENOUGH, RowsOfGroups


class SampleByGroup(WithLock):
    """Is shown the group of every row, from any thread; keeps those of the sampled rows, and counts rows that differ.

    The terms are those of a `PairedLoss` of so many candidates.
    """

    def __init__(self, sample: RowSample, candidates: int) -> None:
        super().__init__()
        self._sample, self._candidates = sample, candidates
        self._parts: dict[int, Array] = {}
        self._differing: list[Array] = [np.zeros(0, dtype=np.int64)] * candidates

    def __call__(self, group: Array, piece: FilteredBlock, terms: Sequence[Array]) -> None:
        kept = group[: kept_of(piece.start, len(group), len(terms))].astype(np.int32)
        number = row_repeats(piece) if self._sample.repeats else None
        counts = []
        for apart in rows_apart(terms, self._candidates):
            weights = None if number is None else number[apart]
            counts.append(np.bincount(group[apart], weights=weights).astype(np.int64))
        with self._lock:
            self._parts[piece.start] = kept
            self._differing = [_added(a, b) for a, b in zip(self._differing, counts, strict=True)]

    def of(self, group: int, candidate: int) -> RowSample:
        """The sample of one group beside one candidate, which counts from 1, as if both had run by themselves."""
        counts = self._differing[candidate - 1]
        differing = int(counts[group]) if group < len(counts) else 0
        return GivenRows(self._rows_of(group, candidate), [differing], repeats=self._sample.repeats)

    def _rows_of(self, group: int, candidate: int) -> SampledRows | None:
        rows = self._sample.rows()
        if rows is None:
            return None
        places, block = self._by_group
        at = places.of(group)
        if not len(at) or (len(at) < ENOUGH and not rows.whole):
            return None
        columns = terms_beside(rows.terms.shape[1], self._candidates, candidate)
        followed = np.append(block[at[1:]] == block[at[:-1]], False) & (not self._sample.repeats)
        return SampledRows(rows.terms[at][:, columns], rows.mass[at], rows.stands_for[at], followed, rows.whole)

    @cached_property
    def _by_group(self) -> tuple[RowsOfGroups, Array]:
        """Where the sampled rows of each group are, and runs of rows that follow on."""
        blocks = self._sample.counts()
        group = np.concatenate([self._parts[start] for start, _, _ in blocks])
        whole = np.array([kept == rows for _, kept, rows in blocks])
        run = np.append(0, np.cumsum(~whole)[:-1])  # the next block goes on where all rows of this one were kept
        return RowsOfGroups(group), np.repeat(run, [kept for _, kept, _ in blocks])


def _added(a: Array, b: Array) -> Array:
    longer, shorter = (a, b) if len(a) >= len(b) else (b, a)
    longer = longer.copy()
    longer[: len(shorter)] += shorter
    return longer
