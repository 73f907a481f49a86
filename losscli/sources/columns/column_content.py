"""What columns hold, as a number each: the same columns in another file, or beside others, have the same one.

A hash of a file says nothing of single columns: where predictions and labels share a file, every model has another.
The digest adds up a number a row, made of the row's values and of its place, so that blocks may come in any order and
from any thread. It tells contents apart that differ by accident; it is no signature against forgery.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from ...core.arrays.inputs import Ragged
from ...core.scratch import Array
from ..frame import Picked
from ..table import Block

_ODD = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F)  # multipliers of places and of values
_NOTHING = 0x7FF8_0000_0000_0BAD  # the bits that stand for a missing value
_MASK = (1 << 64) - 1
_STEP = 1 << 14  # elements mixed at a time: they stay in cache


class ContentDigest:
    """Sees every block of a run as it was read, and digests the columns of each role."""

    def __init__(self, roles: Iterable[str], *, placed: bool) -> None:
        self._roles, self._placed = tuple(roles), placed
        self._sums: dict[str, list[int]] = {role: [0, 0, 0] for role in self._roles}  # two sums, and the rows
        self._unknown: set[str] = set()
        self._lock = threading.Lock()

    @classmethod
    def of(
        cls, inputs: Mapping[str, Picked], roles: Mapping[str, Picked], *, placed: bool = True, arrays: bool = False
    ) -> ContentDigest | None:
        """A digest of the roles that share their file with another, or with `arrays` that have none; None without any.

        Without `placed` the order of the rows does not count: rows paired by key come in the order of the predictions.
        """
        files = Counter(table.path for table, _ in inputs.values() if table.path)
        shared = [
            role
            for role, (table, _) in roles.items()
            if role in inputs and (files[table.path] > 1 if table.path else arrays)
        ]
        return cls(shared, placed=placed) if shared else None

    def __call__(self, start: int, block: Block) -> None:
        for role in self._roles:
            if role not in block.arrays:
                continue
            rows = _row_numbers(block.arrays[role], block.missing.get(role))
            if rows is None:
                self._unknown.add(role)
                continue
            sums = _sums(rows, start if self._placed else None)
            with self._lock:
                held = self._sums[role]
                self._sums[role] = [(held[0] + sums[0]) & _MASK, (held[1] + sums[1]) & _MASK, held[2] + len(rows)]

    def by_role(self) -> dict[str, str]:
        """The digest of each role, once all blocks have been seen."""
        return {
            role: f"{first:016x}{second:016x}"
            for role, (first, second, rows) in self._sums.items()
            if rows and role not in self._unknown
        }


def _sums(rows: Array, start: int | None) -> tuple[int, int]:
    """The rows' numbers mixed with their places, if these count: the sum of them, and that of their squares."""
    totals = [0, 0]
    for at in range(0, len(rows), _STEP):
        part = rows[at : at + _STEP] + np.uint64(1)
        if start is not None:
            places = np.arange(start + at, start + at + len(part), dtype=np.uint64)
            places *= np.uint64(_ODD[0])
            part += places
        mixed = _mixed(part)
        totals[0] = (totals[0] + int(np.add.reduce(mixed))) & _MASK
        mixed *= mixed
        totals[1] = (totals[1] + int(np.add.reduce(mixed))) & _MASK
    return totals[0], totals[1]


def _row_numbers(array: Any, missing: Array | None) -> Array | None:
    """A number for each row, from its values; None for what holds neither numbers nor bytes."""
    with np.errstate(over="ignore"):
        if isinstance(array, Ragged):
            if array.values.ndim > 1:  # an entry is an array, such as the logits of a token
                cells = missing if missing is not None and missing.shape == array.values.shape else None
                bits, missing = _row_numbers(array.values, cells), missing if cells is None else None
            else:
                bits = _bits(array.values)
            if bits is None:
                return None
            sizes = np.diff(array.offsets)
            if missing is not None and len(missing) == len(bits) != len(sizes):
                bits, missing = np.where(missing, np.uint64(_NOTHING), bits), None
            inside = np.arange(len(bits)) - np.repeat(array.offsets[:-1], sizes)
            mixed = _mixed(bits + inside.astype(np.uint64) * np.uint64(_ODD[1]))
            ends = np.concatenate((np.zeros(1, dtype=np.uint64), np.cumsum(mixed, dtype=np.uint64)))
            rows = ends[array.offsets[1:]] - ends[array.offsets[:-1]] + sizes.astype(np.uint64)
        else:
            bits = _bits(array.reshape(len(array), -1))
            if bits is None:
                return None
            if missing is not None and missing.ndim > 1:  # single cells without a value
                bits = np.where(missing.reshape(bits.shape), np.uint64(_NOTHING), bits)
                missing = None
            if bits.shape[1] == 1:
                rows = bits[:, 0] * np.uint64(_ODD[1])
                bits = bits[:, :0]
            else:
                rows = np.zeros(len(bits), dtype=np.uint64)
            for column in range(bits.shape[1]):
                rows += _mixed(bits[:, column] + np.uint64((column + 1) * _ODD[1] & _MASK))
    if missing is not None:
        rows[missing] = np.uint64(_NOTHING)
    return rows


def _bits(values: Array) -> Array | None:
    """The values as 64 bits each: 1 and 1.0 and true are the same."""
    if values.dtype.kind not in "biuf" or values.dtype.itemsize > 8:
        return None
    doubles: Array = values.astype(np.float64) + 0.0  # -0.0 is 0.0
    return doubles.view(np.uint64)


def _mixed(values: Array) -> Array:
    """Numbers spread over all 64 bits (splitmix64), no two becoming one; the values are overwritten."""
    with np.errstate(over="ignore"):
        values ^= values >> np.uint64(30)
        values *= np.uint64(0xBF58476D1CE4E5B9)
        values ^= values >> np.uint64(27)
        values *= np.uint64(0x94D049BB133111EB)
        values ^= values >> np.uint64(31)
    return values
