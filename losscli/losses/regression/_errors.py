"""What the losses of regression share: the error of a prediction, in working memory."""

from __future__ import annotations

import numpy as np

from ...core.scratch import Array, like


def error(pred: Array, label: Array) -> Array:
    """pred - label."""
    return np.subtract(pred, label, out=like("error", pred))


def absolute_error(pred: Array, label: Array) -> Array:
    """|pred - label|."""
    found = error(pred, label)
    return np.abs(found, out=found)


def clipped_parts(pred: Array, label: Array, limit: float) -> tuple[Array, Array]:
    """c = e kept within +-limit and e - c / 2, whose product is e^2 / 2 within the limit and linear beyond it."""
    found = error(pred, label)
    clipped = np.clip(found, -limit, limit, out=like("error clipped", pred))
    half = np.multiply(clipped, 0.5, out=like("error half", pred))
    found -= half
    return clipped, found
