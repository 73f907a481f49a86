"""What the scores of normal forecasts share: the standard deviation, said as such or as a variance."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np

from ...core.declarations.param import Role
from ...core.errors import UsageProblem
from ...core.scratch import Array
from .._domains import refuse_below

Sigma = Annotated[Array | None, Role("the predicted standard deviation", "pred's")]
Variance = Annotated[Array | None, Role("the predicted variance, in place of the standard deviation", "pred's")]


def deviation(loss: str, pred: Array, sigma: Array | None, variance: Array | None) -> Array:
    """The standard deviation beside each prediction."""
    if (sigma is None) == (variance is None):
        raise UsageProblem(
            f"{loss} takes the standard deviation or the variance{', not both' if sigma is not None else ''}.",
            "Give --sigma SPEC or --variance SPEC.",
            kind="conflicting_options" if sigma is not None else "missing_option",
            options=("sigma", "variance"),
        )
    role, given = ("sigma", sigma) if sigma is not None else ("variance", variance)
    values = np.asarray(given, dtype=pred.dtype)
    refuse_below(values, 0.0, role)
    spread = values if role == "sigma" else np.sqrt(values)
    return spread.reshape(spread.shape + (1,) * (pred.ndim - spread.ndim))


def exact_deviation(m: Any, sigma: Any, variance: Any) -> Any:
    """The standard deviation for formulas."""
    return m.sqrt(variance) if sigma is None else sigma
