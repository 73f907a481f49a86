from typing import Any

import numpy as np

from ...core.loss import NONNEGATIVE, Paper, loss
from ...core.scratch import Array
from ._intervals import INTERVALS, bounds


@loss(
    "interval_width",
    aliases=("mean_interval_width", "sharpness"),
    best=None,
    formula="upper - lower",
    unit="label units",
    facts={NONNEGATIVE},
    source=Paper("Gneiting, Balabdaoui and Raftery 2007, Probabilistic forecasts, calibration and sharpness"),
    elsewhere={"darts": "darts.metrics.miw", "sktime": "IntervalWidth"},
    errata="It does not see the labels: the narrowest interval is no good where labels are outside it.",
    **INTERVALS,
)
def interval_width(pred: Array, label: Array) -> Array:
    """Mean width of predicted intervals.

    Use it beside coverage: of intervals that hold as many labels as they claim, the narrower ones are better.
    interval_score judges both together.
    Shapes: pred (n, 2), the lower bound and the upper, and label (n,), which only says how many rows there are.
    Notes: a lower bound above the upper one is an error. An infinite bound gives inf.
    """
    lower, upper = bounds("interval_width", pred)
    with np.errstate(invalid="ignore", over="ignore", under="ignore"):
        width: Array = upper - lower
    missing = np.isnan(pred).any(axis=1) | np.isnan(np.asarray(label, dtype=np.float64))
    return np.where(missing, np.nan, np.where(np.isinf(pred).any(axis=1), np.inf, width))


@interval_width.formula
def _(m: Any, pred: Any, label: Any) -> Any:
    return pred[1] - pred[0]


interval_width.case(pred=[[1, 3], [0, 5]], label=[2, 9], reduction="none", expect=[2.0, 5.0])
interval_width.case(pred=[[1, 3], [0, 5]], label=[2, 9], weight=[3, 1], expect="11 / 4")
