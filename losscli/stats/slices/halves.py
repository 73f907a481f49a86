"""The two halves of the rows, by a hash of where a row stands or of its cluster: the same in any format and threads."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from ...core.arrays.inputs import Ragged
from ...core.record import record
from ...core.scratch import Array
from ...sources.columns.candidates import CLUSTER
from ...sources.grouping.group_columns import GroupColumn
from ...sources.grouping.group_keys import ColumnNumbers

_STEP = 0x9E3779B97F4A7C15  # of the sequence whose members are mixed


@record
class Halves:
    """Which rows find groups, and which test them; `seed` gives other halves.

    Rows of one cluster are in the same half, since they depend on each other.
    """

    seed: int = 0

    def hashes(self, arrays: dict[str, Any], start: int, rows: int) -> Array:
        """A number for each row of a block, (n,), as if it were drawn at random."""
        return self._mixed(np.arange(start, start + rows, dtype=np.uint64))

    def finds(self, arrays: dict[str, Any], start: int, rows: int) -> Array:
        """Whether each row is of the half that finds groups."""
        if CLUSTER in arrays:
            hashes = self._mixed(cluster_numbers(arrays[CLUSTER]))
        else:
            hashes = self.hashes(arrays, start, rows)
        return np.asarray((hashes & np.uint64(1)) == 0)

    def _mixed(self, numbers: Array) -> Array:
        """Splitmix64 of Steele, Lea and Flood (2014, OOPSLA), a permutation of the numbers of 64 bits."""
        with np.errstate(over="ignore"):
            z = (numbers + np.uint64((self.seed * 0x632BE59BD9B4E019 + 1) % (1 << 64))) * np.uint64(_STEP)
            z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            return np.asarray(z ^ (z >> np.uint64(31)))


def cluster_numbers(values: Any) -> Array:
    """Clusters as numbers of 64 bits, by what they are called: 7 in a text file is 7 in a column of numbers."""
    if not isinstance(values, np.ndarray | Ragged):
        values = np.asarray(values)
    encoder = ColumnNumbers(GroupColumn(CLUSTER, (CLUSTER,)))
    places = encoder.numbers(values, None)
    digests = [hashlib.blake2b(str(key).encode(), digest_size=8).digest() for key in encoder.keys]
    return np.frombuffer(b"".join(digests), dtype="<u8")[places] if digests else np.zeros(len(places), np.uint64)
