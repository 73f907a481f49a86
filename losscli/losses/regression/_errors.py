"""What the losses of regression share: the error of a prediction, in working memory."""

from __future__ import annotations

import numpy as np

from ...core.scratch import Array, like


def error(pred: Array, label: Array) -> Array:
    """pred - label."""
    return np.subtract(pred, label, out=like("error", pred))


def absolute_error(pred: Array, label: Array) -> Array:
    """|pred - label|."""
    errors = error(pred, label)
    return np.abs(errors, out=errors)


def clipped_parts(pred: Array, label: Array, limit: float) -> tuple[Array, Array]:
    """c = e kept within +-limit and e - c / 2, whose product is e^2 / 2 within the limit and linear beyond it."""
    rest = error(pred, label)
    clipped = np.clip(rest, -limit, limit, out=like("error clipped", pred))
    half = np.multiply(clipped, 0.5, out=like("error half", pred))
    rest -= half
    return clipped, rest
