"""Working memory of a thread, reused from block to block, so that blocks stay in the cache.

Fresh arrays of a block's size come from the system page by page; that costs more than most kernels.
A scratch array is valid until the same thread asks for the same slot again: never keep one.
"""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

_local = threading.local()


def scratch(slot: str, shape: tuple[int, ...], dtype: Any = np.float64) -> Array:
    """An uninitialised array of this thread, its own for each slot name."""
    held: dict[str, Array] = _local.__dict__.setdefault("held", {})
    kind = np.dtype(dtype)
    size = kind.itemsize
    for side in shape:
        size *= side
    memory = held.get(slot)
    if memory is None or len(memory) < size:
        memory = held[slot] = np.empty(max(size, 4096), dtype=np.uint8)
    found: Array = memory[:size].view(kind).reshape(shape)
    return found


def like(slot: str, array: Array, dtype: Any = None) -> Array:
    """A scratch array of the shape (and, unless given, the dtype) of another."""
    return scratch(slot, array.shape, array.dtype if dtype is None else dtype)


def constant(value: float, array: Array) -> Array:
    """Many copies of a value, shaped like an array; not to be written to.

    NumPy's maximum and minimum are four times as fast against an array as against a number.
    """
    held: dict[Any, Array] = _local.__dict__.setdefault("constants", {})
    key = (value, array.dtype)
    flat = held.get(key)
    if flat is None or flat.size < array.size:
        held.pop(key, None)
        while len(held) >= 8:
            held.pop(next(iter(held)))
        flat = held[key] = np.full(array.size, value, dtype=array.dtype)
    return flat[: array.size].reshape(array.shape)


def release() -> None:
    """Give this thread's working memory back."""
    _local.__dict__.clear()
