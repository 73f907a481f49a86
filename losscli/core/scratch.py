"""Working memory of a thread, reused from block to block, so that blocks stay in the cache.

Fresh arrays of a block's size come from the system page by page; that costs more than most kernels.
A scratch array is valid until the same thread asks for the same slot again: never keep one.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

_LINE = 64  # bytes

_local = threading.local()


def scratch(slot: str, shape: tuple[int, ...], dtype: Any = np.float64) -> Array:
    """An uninitialised array of this thread, its own for each slot name."""
    memories: dict[str, Array] = _local.__dict__.setdefault("memories", {})
    kind = np.dtype(dtype)
    size = kind.itemsize * math.prod(shape)
    memory = memories.get(slot)
    if memory is None or len(memory) < size:
        memory = memories[slot] = _aligned(max(size, 4096))
    array: Array = memory[:size].view(kind).reshape(shape)
    return array


def _aligned(size: int) -> Array:
    """Bytes that begin a cache line: a ufunc that works in place is a third slower across two."""
    memory = np.empty(size + _LINE, dtype=np.uint8)
    skipped = -memory.ctypes.data % _LINE
    return memory[skipped : skipped + size]


def like(slot: str, array: Array, dtype: Any = None) -> Array:
    """A scratch array of the shape (and, unless given, the dtype) of another."""
    return scratch(slot, array.shape, array.dtype if dtype is None else dtype)


def columns_together(array: Array) -> bool:
    """Whether the entries of a column, not those of a row, lie next to each other in memory."""
    return array.ndim == 2 and not array.flags.c_contiguous and array.strides[0] < array.strides[1]


def as_dtype(values: Array, slot: str, dtype: np.dtype[Any]) -> Array:
    """The values in this dtype, whatever the file holds: a ufunc fed float32 alone would compute in float32."""
    if values.dtype == dtype:
        return values
    converted = like(slot, values.T, dtype).T if columns_together(values) else like(slot, values, dtype)
    np.copyto(converted, values)
    return converted.view(type(values))  # hard labels stay marked


def widened_beside(values: Array, others: Any) -> bool:
    """Whether a ufunc of these values and of the others, made float64, has the bits of both made float64 before."""
    if not isinstance(others, np.ndarray) or others.dtype.kind != "f" or others.dtype.itemsize > 8:
        return False
    return values.dtype in (np.float32, np.float16) and values.shape == others.shape and values.flags.c_contiguous


def in_slot(array: Array, slot: str) -> bool:
    """Whether an array lies in what this thread has for a slot."""
    memory = _local.__dict__.get("memories", {}).get(slot)
    return memory is not None and array.base is memory.base


def is_scratch(array: Array) -> bool:
    """Whether an array lies in this thread's working memory."""
    memories: dict[str, Array] = _local.__dict__.get("memories", {})
    return array.base is not None and any(array.base is memory.base for memory in memories.values())


_ROW = 8192  # copies of a constant; they stay in the cache beside any block


def against(ufunc: Any, values: Array, number: float, out: Array) -> Array:
    """ufunc(values, number) for contiguous arrays.

    NumPy's maximum and minimum are three times as fast against an array as against a number, so the number becomes a
    short array and the values rows of its length.
    """
    constants: dict[Any, Array] = _local.__dict__.setdefault("constants", {})
    key = (number, values.dtype)
    if key not in constants:
        while len(constants) >= 16:
            constants.pop(next(iter(constants)))
        constants[key] = np.full(_ROW, number, dtype=values.dtype)
    row, flat, target = constants[key], values.reshape(-1), out.reshape(-1)
    whole = flat.size - flat.size % _ROW
    if whole:
        ufunc(flat[:whole].reshape(-1, _ROW), row, out=target[:whole].reshape(-1, _ROW))
    ufunc(flat[whole:], row[: flat.size - whole], out=target[whole:])
    return out


_spare: list[dict[str, Any]] = []  # working memory of threads that have ended, for those to come


@contextmanager
def borrowed_scratch() -> Iterator[None]:
    """Working memory for a thread that will end: fresh pages would cost a short run more than its sums."""
    if not _local.__dict__ and _spare:
        with suppress(IndexError):  # another thread may have taken the last
            _local.__dict__.update(_spare.pop())
    try:
        yield
    finally:
        _spare.append(dict(_local.__dict__))
        _local.__dict__.clear()
