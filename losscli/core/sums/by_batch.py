"""Rows of batches whose losses depend on each other: a batch is the unit that is independent of the others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..scratch import Array


def first_rows(batch: Array) -> Array:
    """Where each batch begins, of the number of the batch of each row; rows of a batch stand together."""
    if not len(batch):
        return np.zeros(0, dtype=np.int64)
    return np.concatenate(([0], np.flatnonzero(batch[1:] != batch[:-1]) + 1))


def batch_sums(terms: Sequence[Array], mass: Array | None, batch: Array) -> tuple[Array, list[Array], Array]:
    """The first row of each batch that counts, the sums of its weighted terms, and what its rows count for."""
    first = first_rows(batch)
    counts = np.ones(len(batch)) if mass is None else mass
    masses = np.add.reduceat(counts, first) if len(first) else np.zeros(0)
    used = masses != 0
    with np.errstate(invalid="ignore", over="ignore"):
        sums = [np.add.reduceat(term, first)[used] if len(first) else np.zeros(0) for term in terms]
    return first[used], sums, masses[used]
