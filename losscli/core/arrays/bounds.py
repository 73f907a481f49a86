"""Whether values are within their bounds, at the cost of one pass; and those that a rounding left beyond them.

Logits that nobody declared and that all lie in [0, 1] may be probabilities: each block is marked for that.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from ..scratch import Array

_HEADS = (64, 4096)  # values that are looked at first: nearly always one of so many logits is outside
_WORDS = {True: "inside", False: "outside"}
ROUNDING = 1e-6  # what float32 may leave a probability, its logarithm or a cosine beyond its bound


def beyond(values: Array, low: float, high: float, rounding: float = ROUNDING) -> Array:
    """Which values are outside the bounds by more than a rounding."""
    return np.asarray((values < low - rounding) | (values > high + rounding))


def put_back(values: Array, out: Array, low: float, high: float) -> Array:
    """The values with those that are out at the bound they passed; all others keep their bits."""
    inside = np.array(values)
    inside[out] = np.clip(values[out], low, high)
    return inside


_BITS = {np.dtype(np.float64): np.uint64, np.dtype(np.float32): np.uint32}


def within(values: Array, low: float, high: float) -> bool:
    """Whether all values are from low to high; of NaN and -0.0 it may say no."""
    if low == 0.0 and values.dtype in _BITS:
        # as whole numbers the bits of floats from 0 up are in order, and those of all others above them
        bits = _BITS[values.dtype]
        return bool(np.maximum.reduce(values.view(bits), axis=None) <= values.dtype.type(high).view(bits))
    return bool((low == -np.inf or values.min() >= low) and values.max() <= high)


def mark(role: str, inside: bool) -> str:
    """What a run keeps of a block: that all predictions of a role lie in [0, 1], or that one does not."""
    return f"{role} {_WORDS[inside]} [0, 1]"


def all_inside(role: str, marks: Collection[str]) -> bool:
    """Whether the blocks with these marks hold predictions of a role, and none outside [0, 1]."""
    return mark(role, True) in marks and mark(role, False) not in marks


def in_unit(values: Array) -> bool:
    """Whether all values lie in [0, 1], but for a rounding; NaN is left to the run's NaN policy."""
    for count in _HEADS:
        rows = max(1, count * len(values) // max(1, values.size))
        if rows < len(values) and not _in_unit(values[:rows]):
            return False
    return _in_unit(values)


def _in_unit(values: Array) -> bool:
    if not values.size or within(np.ascontiguousarray(values), 0.0, 1.0):
        return True
    if values.min() < -ROUNDING or values.max() > 1.0 + ROUNDING:  # both are false of NaN
        return False
    return not beyond(values, 0.0, 1.0).any()
