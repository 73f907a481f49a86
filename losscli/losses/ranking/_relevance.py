"""Which items of a row are relevant, as losses of rankings take it."""

from __future__ import annotations

import numpy as np

from ...core.errors import BadValue
from ...core.scratch import Array


def yes_or_no(label: Array) -> Array:
    """Whether labels are 1; what is neither 0 nor 1 is an error."""
    soft = (label != 0) & (label != 1)
    if soft.any():
        at = int(np.argwhere(soft)[0][0])
        raise BadValue("label", at, f"label {label[soft][0]:.6g} is not 0 or 1")
    return np.asarray(label == 1)
