"""The rows that a comparison keeps beside its sums, told apart by group: what each group's standard error stands on."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from ...core.scratch import Array
from ...core.with_lock import WithLock
from ...engine.missing import FilteredBlock
from ..row_sample import RowSample, SampledRows, kept_of, row_repeats

_FEW = 30  # sampled rows of a group that say nothing of the rest


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
        width = len(terms) // (1 + 2 * self._candidates)
        counts = []
        for at in range(len(terms) - self._candidates * width, len(terms), width):
            apart = np.logical_or.reduce([term != 0.0 for term in terms[at : at + width]])
            weights = None if number is None else number[apart]
            counts.append(np.bincount(group[apart], weights=weights).astype(np.int64))
        with self._lock:
            self._parts[piece.start] = kept
            self._differing = [_added(a, b) for a, b in zip(self._differing, counts, strict=True)]

    def of(self, group: int, candidate: int) -> RowSample:
        """The sample of one group beside one candidate, which counts from 1, as if both had run by themselves."""
        counts = self._differing[candidate - 1]
        differing = int(counts[group]) if group < len(counts) else 0
        return _OfGroup(self._rows_of(group, candidate), differing, repeats=self._sample.repeats)

    def _rows_of(self, group: int, candidate: int) -> SampledRows | None:
        rows = self._sample.rows()
        if rows is None:
            return None
        order, ends, block = self._by_group
        at = order[ends[group] : ends[group + 1]] if group + 1 < len(ends) else order[:0]
        if not len(at) or (len(at) < _FEW and not rows.whole):
            return None
        k = rows.terms.shape[1] // (1 + 2 * self._candidates)
        starts = (0, candidate * k, (candidate + self._candidates) * k)
        columns = [start + term for start in starts for term in range(k)]
        followed = np.append(block[at[1:]] == block[at[:-1]], False) & (not self._sample.repeats)
        return SampledRows(rows.terms[at][:, columns], rows.mass[at], rows.stands_for[at], followed, rows.whole)

    @cached_property
    def _by_group(self) -> tuple[Array, Array, Array]:
        """The sampled rows in the order of their groups, where each group ends, and runs of rows that follow on."""
        blocks = self._sample.counts()
        group = np.concatenate([self._parts[start] for start, _, _ in blocks])
        whole = np.array([kept == rows for _, kept, rows in blocks])
        run = np.append(0, np.cumsum(~whole)[:-1])  # the next block goes on where all rows of this one were kept
        order = np.argsort(group, kind="stable")
        ends = np.searchsorted(group[order], np.arange(int(group.max(initial=-1)) + 2))
        return order, ends, np.repeat(run, [kept for _, kept, _ in blocks])


class _OfGroup(RowSample):
    """Rows of a sample as one of their own."""

    def __init__(self, rows: SampledRows | None, differing: int, *, repeats: bool) -> None:
        super().__init__(1, repeats=repeats)
        self._rows, self.differing = rows, [differing]

    def rows(self) -> SampledRows | None:
        """What was kept of the group."""
        return self._rows


def _added(a: Array, b: Array) -> Array:
    longer, shorter = (a, b) if len(a) >= len(b) else (b, a)
    longer = longer.copy()
    longer[: len(shorter)] += shorter
    return longer
