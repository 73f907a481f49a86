"""The cosine of two rows, from their unit vectors, so that no norm overflows or vanishes."""

from __future__ import annotations

import numpy as np

from ...core.scratch import Array
from .._domains import refuse


def unit_rows(values: Array, role: str) -> Array:
    """Rows of length 1; a row of zeros, which has no direction, is an error."""
    size = np.abs(values).max(axis=1, keepdims=True)
    refuse(size[:, 0], size[:, 0] == 0, role, "is the length of a row of zeros, which has no direction", _WAY_ON)
    with np.errstate(under="ignore", over="ignore", invalid="ignore"):
        scaled = values / size
        losses: Array = scaled / np.sqrt(np.square(scaled).sum(axis=1, keepdims=True))
    return losses


_WAY_ON = "Leave such rows out, or take mse, which needs no direction."
