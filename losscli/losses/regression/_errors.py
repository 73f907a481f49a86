"""What the losses of regression share: the error of a prediction, in working memory."""

from __future__ import annotations

import numpy as np

from ...core.scratch import Array, in_slot, like


def error(pred: Array, label: Array) -> Array:
    """pred - label, in the wider of their floats.

    Losses of `errors_alone` are shown float32 predictions as they are beside labels in float64: to widen them on the
    way costs less than to write them down first. Labels that were widened for the kernel are not needed any more.
    """
    if pred.dtype == label.dtype:
        out = like("error", pred)
    else:
        out = label if in_slot(label, "label floats") else like("error", pred, np.result_type(pred, label))
    return np.subtract(pred, label, out=out)


def absolute_error(pred: Array, label: Array) -> Array:
    """|pred - label|."""
    errors = error(pred, label)
    return np.abs(errors, out=errors)


def clipped_parts(pred: Array, label: Array, limit: float) -> tuple[Array, Array]:
    """c = e kept within +-limit and e - c / 2, whose product is e^2 / 2 within the limit and linear beyond it."""
    rest = error(pred, label)
    clipped = np.clip(rest, -limit, limit, out=like("error clipped", rest))
    half = np.multiply(clipped, 0.5, out=like("error half", rest))
    rest -= half
    return clipped, rest
