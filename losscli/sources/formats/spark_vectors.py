"""Spark's vectors: a struct of type (0 sparse, 1 dense), size, indices and values, as a list of all their values."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core.arrays.ragged import Ragged, row_offsets
from ...core.scratch import Array

_FIELDS = ["type", "size", "indices", "values"]
_MOST_VALUES = 1 << 26  # of the sparse vectors that are decoded at once: a few bytes may say any size


def is_spark_vector(kind: Any) -> bool:
    """Whether an Arrow type is that of Spark's VectorUDT."""
    if not str(kind).startswith("struct<") or kind.num_fields != len(_FIELDS):
        return False
    inner = [kind.field(number) for number in range(len(_FIELDS))]
    shapes = all(str(each.type).startswith(("list<", "large_list<")) for each in inner[2:])
    return [each.name for each in inner] == _FIELDS and shapes and "int" in str(inner[0].type)


def dense_values(sparse: Array, sizes: Array, indices: Ragged, values: Ragged, kept: Array) -> Ragged:
    """The vectors with their zeros. An IndexError holds the first row whose indices do not fit.

    Args:
        sparse: (n,), whether a vector is sparse.
        sizes: (n,), of the sparse ones.
        indices: where the values of the sparse ones stand.
        values: the values, of dense vectors all of them.
        kept: (n,), whether there is a vector at all; where not, the row is empty.
    """
    held = np.diff(values.offsets)
    lengths = np.where(sparse, sizes, held) * kept
    counts = np.diff(indices.offsets)
    bad = sparse & ((sizes < 0) | (counts != held))
    if bad.any():
        raise IndexError(int(np.argmax(bad)))
    if (total := int(lengths.sum())) > _MOST_VALUES:
        raise ValueError(f"its sparse vectors have {total} values")
    offsets = row_offsets(lengths)
    dense = np.zeros(total)
    rows = np.repeat(np.arange(len(held)), held)
    place = np.arange(len(rows)) - np.repeat(values.offsets[:-1], held)
    at_sparse = sparse[rows]
    place[at_sparse] = np.asarray(indices.values)[np.repeat(sparse, counts)]
    outside = (kept[rows]) & ((place < 0) | (place >= lengths[rows]))
    if outside.any():
        raise IndexError(int(rows[np.argmax(outside)]))
    taken = kept[rows]
    dense[offsets[rows[taken]] + place[taken]] = np.asarray(values.values)[taken]
    return Ragged(dense, offsets)
