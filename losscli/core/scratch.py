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


def release() -> None:
    """Give this thread's working memory back."""
    _local.__dict__.clear()
