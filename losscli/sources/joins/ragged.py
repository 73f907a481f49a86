"""Rows of differing length, taken by index and compared as whole columns. Arrow does both without a step a row.

Arrays go to Arrow as buffers: `pyarrow.array` imports pandas (280 ms).
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from ...core.arrays.ragged import Ragged, row_offsets
from ...core.scratch import Array


def as_arrow(rows: Ragged) -> Any:
    """The rows as an Arrow column of bytes; the memory is shared."""
    import pyarrow as pa

    values = np.ascontiguousarray(rows.values).view(np.uint8)
    offsets = np.ascontiguousarray(rows.offsets, dtype=np.int64) * rows.values.dtype.itemsize
    return pa.Array.from_buffers(pa.large_binary(), len(rows), [None, pa.py_buffer(offsets), pa.py_buffer(values)])


def from_arrow(array: Any, dtype: Any = np.uint8) -> Ragged:
    """An Arrow column of large binaries as Ragged, whatever stands under its nulls; the memory is shared."""
    kind: np.dtype[Any] = np.dtype(dtype)
    if not len(array):
        return Ragged(np.empty(0, dtype=kind), row_offsets([]))
    _, places, data = array.buffers()
    offsets: Array = np.frombuffer(places, np.int64, len(array) + 1, array.offset * 8)
    first, last = int(offsets[0]), int(offsets[-1])
    values: Array = np.frombuffer(data, np.uint8, last - first, first) if last > first else np.empty(0, np.uint8)
    if values.ctypes.data % kind.alignment:
        values = values.copy()
    return Ragged(values.view(kind), (offsets - first) // kind.itemsize)


def taken(rows: Ragged, index: Array) -> Ragged:
    """The rows at these indices, or where this mask is set."""
    return from_arrow(as_arrow(rows).take(_integers(_indices(index))), rows.values.dtype)


def _indices(index: Array) -> Array:
    return np.flatnonzero(index) if index.dtype.kind == "b" else index


def _integers(values: Array) -> Any:
    import pyarrow as pa

    values = np.ascontiguousarray(values)
    kind = getattr(pa, values.dtype.name)()
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(values)])


def before(a: Ragged, b: Ragged) -> Array:
    """Where a row of one comes before its neighbour in the other, byte by byte."""
    import pyarrow.compute as pc

    if not len(a):
        return np.zeros(0, dtype=bool)
    less = pc.less(as_arrow(a), as_arrow(b)).cast("uint8")
    values: Array = np.frombuffer(less.buffers()[1], np.uint8, len(less), less.offset)
    return values.view(bool)


def equal(a: Ragged, b: Ragged) -> bool:
    """Whether all rows are the same."""
    return np.array_equal(np.diff(a.offsets), np.diff(b.offsets)) and np.array_equal(a.values, b.values)


def decimals(numbers: Array) -> Ragged:
    """Whole numbers as decimal text."""
    return from_arrow(_integers(numbers).cast("large_string").cast("large_binary"))


def whole_numbers(texts: Ragged, dtype: str) -> Array | None:
    """The numbers that the texts are in plain decimal (7, -7, but not 07 or +7); None if one is not, or too large.

    Texts that all are whole floats (1.0, 2.0), as integers look that were once saved as floats, are these numbers too.
    """
    import pyarrow as pa

    if not len(texts):
        return np.empty(0, dtype=dtype)
    sizes, starts = np.diff(texts.offsets), texts.offsets[:-1]
    padded = np.append(texts.values, np.zeros(2, dtype=np.uint8))
    first, second = padded[starts], padded[starts + 1]
    plain = _digit(first) & (first > ord("0"))
    plain |= (first == ord("0")) & (sizes == 1)
    plain |= (first == ord("-")) & (sizes > 1) & _digit(second) & (second > ord("0"))
    if (sizes == 0).any():
        return None
    array = as_arrow(texts).view("large_string")
    try:
        numbers = array.cast(dtype) if plain.all() else None
    except pa.ArrowInvalid:
        numbers = None
    if numbers is None:
        numbers = _whole_floats(texts, array, dtype)
        if numbers is None:
            return None
    values: Array = np.frombuffer(numbers.buffers()[1], dtype, len(numbers), numbers.offset * 8)
    return values


def _whole_floats(texts: Ragged, array: Any, dtype: str) -> Any:
    """The same of texts that all have a fraction of zeros; None if one has not, or if a float could not tell them."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if (texts.values[texts.offsets[1:] - 1] != ord("0")).any():
        return None
    if not pc.all(pc.match_substring_regex(array, r"^-?(?:0|[1-9][0-9]*)\.0+$")).as_py():
        return None
    try:
        numbers = pc.replace_substring_regex(array, r"\.0+$", "").cast("int64")
        if pc.max(pc.abs_checked(numbers)).as_py() > 1 << 53:
            return None
        return numbers.cast(dtype)
    except pa.ArrowInvalid:
        return None


def _digit(codes: Array) -> Array:
    return (codes >= ord("0")) & (codes <= ord("9"))


def from_strings(array: Array) -> Ragged | None:
    """NumPy's texts as bytes, those of `U` in UTF-8. None if a text is none."""
    if not array.size:
        return Ragged(np.empty(0, dtype=np.uint8), np.zeros(len(array) + 1, dtype=np.int64))
    array = np.ascontiguousarray(array)
    if array.dtype.kind == "S":
        return _unpadded(array.view(np.uint8).reshape(len(array), -1))
    codes = array.astype(array.dtype.newbyteorder("="), copy=False).view(np.uint32).reshape(len(array), -1)
    if codes.max() < 128:
        return _unpadded(codes.astype(np.uint8))
    if codes.max() > sys.maxunicode:  # NumPy would make a text of it, and that breaks the interpreter
        return None
    texts = [text.encode("utf-8", "surrogatepass") for text in array.tolist()]
    return Ragged(np.frombuffer(b"".join(texts), np.uint8), row_offsets([len(text) for text in texts]))


def _unpadded(letters: Array) -> Ragged:
    """Rows of bytes without the zeros at their ends."""
    width = letters.shape[1]
    sizes = width - np.argmax(letters[:, ::-1] != 0, axis=1)
    sizes[~letters.any(axis=1)] = 0
    return Ragged(letters[np.arange(width) < sizes[:, None]], row_offsets(sizes))
