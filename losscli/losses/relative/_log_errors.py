"""What the losses of logarithms share."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core.scratch import Array
from .._columns import apart
from .._domains import refuse_up_to
from .._logs import log_ratio

_HINT = "Its logarithm of 1 + value has no value there."


def squared_log_error(pred: Array, label: Array) -> Array:
    """(log(1 + pred) - log(1 + label))^2; values up to -1 are errors."""
    refuse_up_to(pred, -1.0, "pred", hint=_HINT)
    refuse_up_to(label, -1.0, "label", hint=_HINT)
    apart = log_ratio(pred, np.asarray(label, dtype=pred.dtype))
    with np.errstate(under="ignore"):
        return np.multiply(apart, apart, out=apart)


def plain_terms(pred: Array, label: Array, **columns: Any) -> Array | tuple[Array, ...]:
    """The same as a difference of two logarithms, in the framework's floats; each is rounded once."""
    refuse_up_to(pred, -1.0, "pred", hint=_HINT)
    refuse_up_to(label, -1.0, "label", hint=_HINT)
    first, second = (np.log1p(x.astype(np.float64)).astype(pred.dtype) for x in (pred, label.astype(pred.dtype)))
    with np.errstate(invalid="ignore"):
        squares = (first - second) ** 2
    return apart(squares) if columns.get("columns") == "each" else np.asarray(squares)


def keras_terms(pred: Array, label: Array) -> Array:
    """The same with values below 1e-7 taken as 1e-7, in the framework's floats."""
    floor, one = pred.dtype.type(1e-7), pred.dtype.type(1.0)
    with np.errstate(all="ignore"):
        first, second = (_log(np.maximum(x, floor) + one) for x in (pred, label.astype(pred.dtype)))
        losses: Array = (first - second) ** 2
    return losses


def _log(values: Array) -> Array:
    return np.asarray(np.log(values.astype(np.float64)), dtype=values.dtype)
