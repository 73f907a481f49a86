"""Rows put into numbered buckets and read back a bucket at a time, in memory up to a budget and beyond it on disk.

On disk is one temporary file a store. It has no name (on Windows it is deleted on closing), so that nothing is left
behind however the process ends.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from contextlib import contextmanager
from typing import IO, Any

import numpy as np

from ...core.arrays.ragged import Ragged, row_offsets
from ...core.errors import DataProblem
from ...core.record import field, mutable, record
from ...core.scratch import Array
from .ragged import taken

Texts = tuple[Ragged, ...]
BUCKETS = 1 << 16  # numbers of buckets are below this


@mutable
class Budget:
    """Bytes that the stores of a join may hold together. The fullest goes to disk when they hold more."""

    limit: int
    stores: list[Buckets] = field(default_factory=list)

    def settle(self) -> None:
        """Make the stores fit."""
        while sum(store.held for store in self.stores) > self.limit:
            max(self.stores, key=lambda store: store.held).spill()


@record
class _OnDisk:
    """Where a run of a bucket lies in the file: its records, then the sizes and values of each column of text."""

    offset: int
    rows: int
    dtype: np.dtype[Any]
    texts: tuple[tuple[int, np.dtype[Any]], ...]  # how many values, and of what kind


_Run = tuple[Array, Texts]


class Buckets:
    """Records (a structured array) and rows of differing length beside them, by the number of their bucket."""

    def __init__(self, budget: Budget) -> None:
        self.held = 0
        self._budget = budget
        self._runs: dict[int, list[_Run | _OnDisk]] = {}
        self._file: IO[bytes] | None = None
        self._end = 0
        budget.stores.append(self)

    def add(self, buckets: Array, records: Array, texts: Sequence[Ragged] = ()) -> None:
        """Put each record, with its texts, into its bucket; they keep their order."""
        if not len(records):
            return
        buckets = buckets.astype(np.uint16)
        if (buckets[1:] < buckets[:-1]).any():
            order = np.argsort(buckets, kind="stable")  # radix sort, for numbers this short
            buckets, records, texts = buckets[order], records[order], [taken(text, order) for text in texts]
        starts = np.flatnonzero(np.append(True, buckets[1:] != buckets[:-1]))
        stops = np.append(starts[1:], len(buckets))
        for bucket, start, stop in zip(buckets[starts].tolist(), starts.tolist(), stops.tolist(), strict=True):
            run = records[start:stop], tuple(text[start:stop] for text in texts)
            self._runs.setdefault(bucket, []).append(run)
        self.held += records.nbytes + sum(text.values.nbytes + text.offsets.nbytes for text in texts)
        self._budget.settle()

    def bucket(self, number: int) -> _Run | None:
        """All of a bucket, in the order in which it was put in; None where there is nothing."""
        runs = [self._loaded(run) if isinstance(run, _OnDisk) else run for run in self._runs.get(number, ())]
        if not runs:
            return None
        if len(runs) == 1:
            return runs[0]
        texts = zip(*(texts for _, texts in runs), strict=True)
        return np.concatenate([records for records, _ in runs]), tuple(map(Ragged.joined, texts))

    def spill(self) -> None:
        """Move what is in memory to disk."""
        with _room():
            if self._file is None:
                self._file = tempfile.TemporaryFile(prefix="losscli-", buffering=1 << 20)  # noqa: SIM115 - close()
            self._file.seek(self._end)
            for runs in self._runs.values():
                for index, run in enumerate(runs):
                    if not isinstance(run, _OnDisk):
                        runs[index] = self._written(self._file, *run)
            self._file.flush()
        self.held = 0

    def _written(self, file: IO[bytes], records: Array, texts: Texts) -> _OnDisk:
        place = self._end
        parts = [records, *(part for text in texts for part in (np.diff(text.offsets), text.values))]
        for part in parts:
            if part.nbytes:
                self._end += file.write(np.ascontiguousarray(part).view(np.uint8).data)
        kinds = tuple((len(text.values), text.values.dtype) for text in texts)
        return _OnDisk(place, len(records), records.dtype, kinds)

    def _loaded(self, run: _OnDisk) -> _Run:
        assert self._file is not None
        with _room():
            self._file.seek(run.offset)
            records = _read(self._file, run.rows, run.dtype)
            texts = []
            for count, dtype in run.texts:
                sizes = _read(self._file, run.rows, np.dtype(np.int64))
                texts.append(Ragged(_read(self._file, count, dtype), row_offsets(sizes)))
        return records, tuple(texts)

    def close(self) -> None:
        """Forget everything."""
        self._runs, self.held = {}, 0
        if self in self._budget.stores:
            self._budget.stores.remove(self)
        if self._file is not None:
            self._file.close()
            self._file = None


def _read(file: IO[bytes], count: int, dtype: np.dtype[Any]) -> Array:
    array: Array = np.empty(count, dtype=dtype)
    if array.nbytes and file.readinto(array.view(np.uint8).data) != array.nbytes:  # type: ignore[attr-defined]
        raise OSError(None, "it became shorter")
    return array


@contextmanager
def _room() -> Any:
    """A full disk, as a sentence."""
    try:
        yield
    except OSError as problem:
        why = (problem.strerror or str(problem)).lower()
        raise DataProblem(
            f"The join's temporary file in {tempfile.gettempdir()} failed: {why}.",
            "Set TMPDIR to a folder with more room, or allow more with --max-memory.",
            options=("max-memory",),
        ) from None
