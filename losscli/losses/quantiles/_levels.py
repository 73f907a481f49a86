"""What losses of several predicted quantiles share: which quantile each column is, and the pinball losses of a row."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Interval
from ...core.declarations.param import Param
from ...core.errors import UsageProblem
from ...core.scratch import Array

Quantiles = Annotated[
    float | None,
    Param("the quantiles that the columns are, in their order, such as 0.1,0.5,0.9", Interval(0, 1), per="column"),
]
COLUMNS: dict[str, Any] = {
    "pred": ("values",),
    "label": ("number",),
    "pred_dims": (2,),
    "single": False,
    "example": "forecasts/forecasts.csv --pred 'q*' --label y --quantile 0.05,0.25,0.5,0.75,0.95",
}


def levels(loss: str, quantile: float | tuple[float, ...] | None, pred: Array) -> Array:
    """The quantile of each column of the predictions."""
    columns = pred.shape[1]
    given = (quantile,) if isinstance(quantile, float) else quantile
    if given is None:
        raise UsageProblem(
            f"{loss} takes the quantile of each of the {columns} columns.",
            "Say them in the order of the columns, --quantile 0.1,0.5,0.9, or call the columns q0.1, q0.5 and q0.9.",
            kind="missing_option",
            options=("quantile",),
        )
    if len(given) != columns:
        raise UsageProblem(
            f"quantile has {len(given)} value{'s' * (len(given) != 1)} for {columns} column{'s' * (columns != 1)}.",
            "Say one quantile for each column of the predictions, in their order.",
            kind="bad_parameter",
            options=("quantile",),
        )
    return np.array(given, dtype=np.float64)


def mean_pinball(pred: Array, label: Array, at: Array) -> Array:
    """The mean of the pinball losses of a row's columns, each of its own quantile."""
    apart = np.asarray(label, dtype=np.float64)[:, None] - pred
    with np.errstate(invalid="ignore", under="ignore"):
        over, under = np.maximum(-apart, 0.0), np.maximum(apart, 0.0)
        losses = np.where(over > 0, over * (1.0 - at), 0.0) + np.where(under > 0, under * at, 0.0)
    infinite = (np.isinf(over) & (at == 1.0)) | (np.isinf(under) & (at == 0.0))  # a side that costs nothing
    losses[np.isnan(apart)] = np.nan
    losses[infinite] = 0.0
    return np.asarray(losses.mean(axis=1))


def exact_mean_pinball(m: Any, pred: Any, label: Any, quantile: Any) -> Any:
    """The same for formulas."""
    given = quantile if isinstance(quantile, tuple) else (quantile,)
    pairs = zip(pred, given, strict=True)
    return m.sum(q * (label - x) if label >= x else (1 - q) * (x - label) for x, q in pairs) / len(given)
