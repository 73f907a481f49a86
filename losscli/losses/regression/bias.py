from typing import Any

from ...core.loss import Paper, loss
from ...core.scratch import Array
from ._errors import error


@loss(
    "bias",
    aliases=("mean_error", "mean_bias_error", "cumulative_forecast_error"),
    family="regression",
    pred=("values",),
    label=("values",),
    errors_alone=True,
    formula="mean (pred - label)",
    unit="label units",
    source=Paper("Gauss 1823, Theoria combinationis observationum erroribus minimis obnoxiae"),
    elsewhere={
        "utilsforecast": "utilsforecast.losses.bias (label - pred: minus this), cfe (its sum)",
        "darts": "darts.metrics.merr (label - pred: minus this)",
    },
    errata="Errors of opposite sign cancel: 0 does not mean that predictions are right, and it is best at 0, not where "
    "it is smallest. Some libraries take label - pred.",
    example="diabetes/pred.npy diabetes/label.npy",
)
def bias(pred: Array, label: Array) -> Array:
    """Mean error: how much too high predictions are on average, below 0 if too low.

    Use it beside mae or mse, to see whether a model errs to one side; never alone, and not to rank models.
    Shapes: (n,) or (n, d...); with several columns a row's loss is the mean over its elements.
    Notes: infinite predictions give an infinite mean, of both signs NaN.
    """
    return error(pred, label)


@bias.formula
def _(m: Any, pred: Any, label: Any) -> Any:
    return pred - label


bias.case(pred=[1.5, 2, 5, 3], label=[1, 2, 3, 4], expect=0.375)
bias.case(pred=[1.0, 2.0], label=[2.0, 1.0], expect="0")
