"""What losses of predicted intervals share: two columns, the lower bound and the upper."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Interval
from ...core.declarations.param import Param
from ...core.errors import DataProblem
from ...core.scratch import Array
from .._domains import refuse

INTERVALS: dict[str, Any] = {
    "family": "quantiles and expectiles",
    "pred": ("values",),
    "label": ("number",),
    "pred_dims": (2,),
    "single": False,
    "example": "forecasts/forecasts.csv --pred q0.05,q0.95 --label y",
}
Alpha = Annotated[
    float,
    Param(
        "share of labels that the interval leaves out: 0.05 for one of 95 %, 0.2 for one of 80 %",
        Interval(0, 1, "neither"),
        usual=(0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5),
    ),
]


def bounds(loss: str, pred: Array) -> tuple[Array, Array]:
    """The lower and the upper bound of each row; the lower one is not above the upper."""
    if pred.shape[1] != 2:
        raise DataProblem(
            f"{loss} takes two columns of predictions, the lower bound and the upper, got {pred.shape[1]}.",
            "Name them with --pred LOWER,UPPER.",
            kind="bad_shape",
            options=("pred",),
        )
    lower, upper = pred[:, 0], pred[:, 1]
    why = "is a lower bound above the upper one of its row"
    refuse(pred, np.stack([lower > upper, np.zeros(len(pred), bool)], axis=1), "pred", why, "Is it --pred LOWER,UPPER?")
    return lower, upper
