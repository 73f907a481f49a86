from typing import Annotated, Any

from ...core.declarations.domain import Interval, inf
from ...core.declarations.param import Param
from ...core.loss import NONNEGATIVE, SYMMETRIC, ZERO_AT_PERFECT, Paper, call, loss
from ...core.scratch import Array
from .._logs import excess
from ._errors import absolute_error


@loss(
    "fair",
    aliases=("fair_loss",),
    family="regression",
    pred=("values",),
    label=("values",),
    errors_alone=True,
    formula="scale^2 (|e| / scale - log(1 + |e| / scale)),  e = pred - label",
    unit="squared label units",
    facts={NONNEGATIVE, SYMMETRIC, ZERO_AT_PERFECT},
    source=Paper("Fair 1974, On the robust estimation of econometric models"),
    like={
        "lightgbm": call("lightgbm metric='fair', fair_c=scale"),
        "catboost": call("catboost.utils.eval_metric(labels, preds, 'FairLoss:smoothness=', weight)"),
    },
    errata="Its scale is LightGBM's fair_c and CatBoost's smoothness.",
    example="diabetes/pred.npy diabetes/label.npy",
)
def fair(
    pred: Array,
    label: Array,
    *,
    scale: Annotated[
        float,
        Param(
            "error from which the loss is nearly linear; LightGBM's fair_c, CatBoost's smoothness",
            Interval(0, inf, "neither"),
            usual=(0.5, 1.0, 1.3998, 1.5, 2.0, 5.0),
        ),
    ] = 1.0,
) -> Array:
    """Fair's robust loss: half the squared error near 0, growing ever more like the absolute error.

    Use it with outliers where huber's sudden corner is unwanted; large errors count somewhat more than in huber.
    Shapes: (n,) or (n, d...); with several columns a row's loss is the mean over its elements.
    Notes: infinite predictions give inf.
    """
    size = absolute_error(pred, label)
    size /= scale
    losses = excess(size)
    losses *= scale * scale
    return losses


@fair.formula
def _(m: Any, pred: Any, label: Any, *, scale: float) -> Any:
    c = m.number(scale)
    x = abs(pred - label) / c
    return c * c * (x - m.log1p(x))


fair.case(pred=[1.0, -1.0, 0.0], label=[0.0, 0.0, 0.0], reduction="sum", expect="2 - 2 * ln 2")
fair.case(pred=[4.0], label=[1.0], scale=3, expect="9 - 9 * ln 2")
fair.case(pred=[4.0], label=[1.0], scale=1, expect="3 - ln 4")
