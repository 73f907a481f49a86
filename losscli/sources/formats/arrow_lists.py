"""Arrow's columns of lists, of lists in lists, of tensors and of Spark's vectors, as NumPy arrays."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...core.arrays.ragged import NULL_ENTRY, Ragged, row_offsets
from ...core.errors import UNEVEN_LISTS
from ...core.scratch import Array
from .arrow_to_numpy import LISTS, BadCell, nulls, numbers
from .spark_vectors import dense_values, is_spark_vector


def lists(array: Any, column: str) -> tuple[Ragged, Array | None]:
    """A list column as Ragged, a null row being empty, and the mask of null rows."""
    rows, mask, holes = lists_with_gaps(array, column)
    if holes is not None:
        entry = int(np.argwhere(holes)[0][0])
        row = int(np.searchsorted(rows.offsets, entry, side="right")) - 1
        raise BadCell(row, column, "is a list with a null in it", "Fill the gap, or make the whole list null.")
    return rows, mask


def lists_with_gaps(array: Any, column: str) -> tuple[Ragged, Array | None, Array | None]:
    """A list column as Ragged, the mask of null rows, and that of nulls among the values."""
    if hasattr(array.type, "storage_type"):
        return lists_with_gaps(array.storage, column)
    if is_spark_vector(array.type):
        return (*spark_vectors(array, column), None)
    mask, offsets = nulls(array), _offsets(array)
    entries = array.values.slice(int(offsets[0]), int(offsets[-1] - offsets[0]))
    if str(entries.type).startswith(LISTS):
        values, holes = _inner_lists(
            entries, np.searchsorted(offsets - offsets[0], np.arange(len(entries)), "right") - 1, column
        )
    else:
        values, holes = numbers(entries)
    sizes = np.diff(offsets)
    if mask is not None:  # a null row may still own values
        kept = np.repeat(~mask, sizes)
        values, holes = values[kept], None if holes is None else holes[kept]
        sizes[mask] = 0
    offsets = row_offsets(sizes)
    return Ragged(values, offsets), mask, holes if holes is not None and holes.any() else None


def _inner_lists(array: Any, rows: Array, column: str) -> tuple[Array, Array | None]:
    """Lists in lists as one array, and the mask of nulls in it; `rows` says which row each belongs to."""
    inner, mask, holes = lists_with_gaps(array, column)
    sizes = np.diff(inner.offsets)
    if mask is not None:
        raise BadCell(int(rows[np.argmax(mask)]), column, "is a list with a null in place of a list")
    width = int(sizes[0]) if len(sizes) else int(getattr(array.type, "list_size", 0))
    if (wrong := sizes != width).any():
        at = int(np.argmax(wrong))
        what = f"is a list of lists of {width} and of {sizes[at]} values"
        raise BadCell(int(rows[at]), column, what, "The lists in a list have one length, such as a logit a class.")
    shape = (len(sizes), width, *inner.values.shape[1:])
    return inner.values.reshape(shape), None if holes is None else holes.reshape(shape)


def spark_vectors(array: Any, column: str) -> tuple[Ragged, Array | None]:
    """A column of Spark's vectors, dense and sparse ones, as `lists` gives lists."""
    mask = nulls(array)
    sparse, sizes = numbers(array.field(0))[0] == 0, numbers(array.field(1))[0].astype(np.int64)
    indices, values = lists(array.field(2), column)[0], lists(array.field(3), column)[0]
    kept = np.ones(len(array), dtype=bool) if mask is None else ~mask
    try:
        return dense_values(sparse & kept, sizes, indices, values, kept), mask
    except IndexError as error:
        raise BadCell(int(error.args[0]), column, "is a sparse vector whose indices do not fit its size") from None


def list_values(array: Any) -> int:
    """How many values the lists of a column hold; 0 for one that is no list."""
    if hasattr(array.type, "storage_type"):
        return list_values(array.storage)
    if is_spark_vector(array.type):
        return list_values(array.field(3))
    if not str(array.type).startswith(LISTS):
        return 0
    offsets = _offsets(array)
    first, count = int(offsets[0]), int(offsets[-1] - offsets[0])
    return list_values(array.values.slice(first, count)) or count


def _offsets(array: Any) -> Array:
    text, count = str(array.type), len(array) + 1
    if text.startswith("fixed"):
        return np.arange(array.offset, array.offset + count, dtype=np.int64) * int(array.type.list_size)
    if count == 1:
        return np.zeros(1, dtype=np.int64)
    kind: Any = np.dtype(np.int64 if text.startswith("large") else np.int32)
    offsets: Array = np.frombuffer(array.buffers()[1], kind, count, array.offset * kind.itemsize)
    return offsets


def even(rows: Ragged, mask: Array | None, width: int, column: str) -> Array:
    """An (n, width) array of lists that all have that length; NaN or 0 in null rows."""
    sizes = np.diff(rows.offsets)
    wrong = sizes != width
    if mask is not None:
        wrong &= ~mask
    if wrong.any():
        row = int(np.argmax(wrong))
        what = f"is a list of {sizes[row]} values where {width} are expected"
        raise BadCell(row, column, what, kind=UNEVEN_LISTS)
    if mask is None:
        return rows.values.reshape(len(rows), width, *rows.values.shape[1:])
    filler = np.nan if rows.values.dtype.kind == "f" else 0
    inner = rows.values.shape[1:]
    out = np.full((len(rows), width, *inner), filler, dtype=rows.values.dtype)
    out[~mask] = rows.values.reshape(-1, width, *inner) if width else 0
    return out


def even_with_gaps(
    rows: Ragged, mask: Array | None, holes: Array | None, width: int, column: str
) -> tuple[Array, Array | None]:
    """Lists that all have one length as an (n, width) array, and the mask of what has no value: of rows, or of cells
    where single ones have none.
    """
    values = even(rows, mask, width, column)
    if holes is None:
        return values, mask
    gaps = np.zeros(values.shape, dtype=bool)
    if mask is not None:
        gaps[mask] = True
    if len(holes):
        gaps[slice(None) if mask is None else ~mask] = holes.reshape(-1, *values.shape[1:])
    return values, gaps


def uneven_with_gaps(rows: Ragged, mask: Array | None, holes: Array | None) -> tuple[Ragged, Array | None]:
    """Lists that differ in length, whose `holes` are marked as null entries, and the mask of rows that have any."""
    if holes is None or not holes.any():
        return rows, mask
    values = np.where(holes, NULL_ENTRY, np.asarray(rows.values, dtype=np.float64))
    gaps = np.zeros(len(rows), dtype=bool) if mask is None else mask.copy()
    entries = np.flatnonzero(holes.reshape(len(holes), -1).any(axis=1))
    gaps[np.searchsorted(rows.offsets, entries, side="right") - 1] = True
    return Ragged(values, rows.offsets), gaps


def with_inner(rows: Ragged, inner: tuple[int, ...], column: str) -> Ragged:
    """The rows, whose lists in lists have these lengths; of tensors, which come flat, one list is several entries."""
    if inner and rows.values.ndim == 1 and len(rows.values):
        return Ragged(rows.values.reshape(-1, *inner), rows.offsets // math.prod(inner))
    if rows.values.shape[1:] == inner or not len(rows.values):
        return Ragged(rows.values.reshape(len(rows.values), *inner), rows.offsets)
    here, there = (" x ".join(map(str, each)) for each in (rows.values.shape[1:], inner))
    row = int(np.argmax(rows.sizes > 0))
    raise BadCell(row, column, f"is a list of lists of {here} values where {there} are expected")
