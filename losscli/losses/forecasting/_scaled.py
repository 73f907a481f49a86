"""What scaled errors share: the scale beside each prediction."""

from __future__ import annotations

import numpy as np

from ...core.scratch import Array
from .._domains import refuse_up_to
from ..regression._errors import absolute_error


def scaled_size(pred: Array, label: Array, scale: Array) -> Array:
    """|pred - label| / scale; a scale is above 0."""
    hint = "A series that never changes has no scale: leave it out, or give it one of its own."
    refuse_up_to(scale, 0.0, "scale", hint=hint)
    divisor = np.asarray(scale, dtype=pred.dtype)
    size = absolute_error(pred, label)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        return np.asarray(size / divisor.reshape(divisor.shape + (1,) * (pred.ndim - divisor.ndim)))
