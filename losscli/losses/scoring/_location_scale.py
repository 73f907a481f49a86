"""What the scores of forecasts with a location and a scale share: the scale beside each prediction, and the error."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Choice
from ...core.declarations.param import Param, Role
from ...core.scratch import Array
from .._domains import refuse_below
from ..regression._errors import absolute_error

Scale = Annotated[Array, Role("the scale of each forecast", "pred's")]
Distribution = Annotated[
    str,
    Param(
        "of the forecasts: laplace, of density exp(-|e| / s) / (2 s), or logistic, of the distribution function "
        "1 / (1 + exp(-e / s))",
        Choice("laplace", "logistic"),
    ),
]
OF_LOCATION: dict[str, Any] = {
    "family": "scoring rules",
    "pred": ("values",),
    "label": ("values",),
    "single": False,
}


def size_and_scale(pred: Array, label: Array, scale: Array) -> tuple[Array, Array, Array]:
    """|e|, the scale s and |e| / s of each element; s of 0 gives 0 / 0 = 0."""
    values = np.asarray(scale, dtype=np.float64)
    refuse_below(values, 0.0, "scale")
    values = values.reshape(values.shape + (1,) * (pred.ndim - values.ndim))
    size = absolute_error(pred, label)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
        return size, values, np.where(size == 0, 0.0, size / values)


def tail(z: Array) -> Array:
    """log(1 + exp(-z)) of z at least 0."""
    with np.errstate(under="ignore"):
        return np.asarray(np.log1p(np.exp(-z)))
