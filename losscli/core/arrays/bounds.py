"""Whether values are within their bounds, at the cost of one pass; and those that a rounding left beyond them."""

from __future__ import annotations

import numpy as np

from ..scratch import Array

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
