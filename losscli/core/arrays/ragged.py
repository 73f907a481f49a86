"""Rows of differing length, and where each of them starts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..scratch import Array

# what stands in rows of differing length where an entry is null: a NaN that no arithmetic makes
NULL_ENTRY = np.array([0x7FF8_0000_0000_07A2], dtype=np.uint64).view(np.float64)[0]

Shape = tuple[int | None, ...]  # rows first; None where a stream does not know its rows


def row_offsets(sizes: Sequence[int] | Array) -> Array:
    """Where rows of these sizes start in one flat array, and where the last ends: n + 1 whole numbers."""
    offsets: Array = np.zeros(len(sizes) + 1, dtype=np.int64)
    np.cumsum(sizes, dtype=np.int64, out=offsets[1:])
    return offsets


class Ragged:
    """Rows of differing length: one array of all their entries, and where each row starts (n + 1 offsets).

    An entry is a number, or an array such as the logits of a token: `values` are (entries, ...).
    """

    __slots__ = ("offsets", "values")

    def __init__(self, values: Array, offsets: Array) -> None:
        self.values = values
        self.offsets = offsets

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def shape(self) -> Shape:
        return (len(self), None, *self.values.shape[1:])

    @property
    def sizes(self) -> Array:
        """How many entries each row has."""
        return np.diff(self.offsets)

    def __getitem__(self, key: Any) -> Ragged:
        if isinstance(key, slice):
            start, stop, _ = key.indices(len(self))
            offsets = self.offsets[start : stop + 1]
            first, last = (int(offsets[0]), int(offsets[-1])) if stop > start else (0, 0)
            return Ragged(self.values[first:last], offsets - first)
        chosen = np.flatnonzero(key) if isinstance(key, np.ndarray) and key.dtype.kind == "b" else key
        parts = [self.values[self.offsets[i] : self.offsets[i + 1]] for i in chosen]
        sizes = np.array([len(p) for p in parts], dtype=np.int64)
        flat = np.concatenate(parts) if parts else self.values[:0]
        return Ragged(flat, row_offsets(sizes))

    @property
    def nulls(self) -> Array:
        """Which entries are null."""
        if self.values.dtype != np.float64:
            return np.zeros(len(self.values), dtype=bool)
        return np.asarray(self.values.view(np.uint64) == NULL_ENTRY.view(np.uint64))

    def only(self, kept: Array) -> Ragged:
        """The same with these of its entries alone."""
        sizes = np.diff(np.concatenate(([0], np.cumsum(kept)))[self.offsets])
        return Ragged(self.values[kept], row_offsets(sizes))

    @staticmethod
    def joined(parts: Sequence[Ragged]) -> Ragged:
        """Several runs of rows as one."""
        if len(parts) == 1:
            return parts[0]
        sizes = np.concatenate([np.diff(part.offsets) for part in parts])
        return Ragged(np.concatenate([part.values for part in parts]), row_offsets(sizes))

    def padded(self) -> tuple[Array, Array]:
        """An (n, longest) array padded with 0, and the lengths."""
        lengths = np.diff(self.offsets)
        wide = np.zeros((len(self), int(lengths.max(initial=0))), dtype=self.values.dtype)
        inside = np.arange(wide.shape[1]) < lengths[:, None]
        wide[inside] = self.values
        return wide, lengths
