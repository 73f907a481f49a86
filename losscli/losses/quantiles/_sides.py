"""Errors of either side, which the losses of quantiles and expectiles weigh differently."""

from __future__ import annotations

import numpy as np

from ...core.scratch import Array
from ..regression._errors import error


def sides(pred: Array, label: Array) -> tuple[Array, Array]:
    """How far predictions are too high, and how far too low; one of the two is 0."""
    apart = error(pred, label)
    return np.maximum(apart, 0.0), np.maximum(-apart, 0.0)


def times(values: Array, factor: float) -> Array:
    """values x factor, 0 x inf being 0."""
    losses: Array = values * values.dtype.type(factor) if factor else np.zeros_like(values)
    return losses
