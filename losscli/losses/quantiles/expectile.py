from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Interval
from ...core.declarations.param import Param
from ...core.loss import NONNEGATIVE, ZERO_AT_PERFECT, Paper, call, loss
from ...core.scratch import Array
from ._sides import sides, times


@loss(
    "expectile",
    aliases=("expectile_loss", "asymmetric_squared_error"),
    family="quantiles and expectiles",
    pred=("values",),
    label=("values",),
    errors_alone=True,
    formula="alpha e^2 where e >= 0, else (1 - alpha) e^2,  e = label - pred",
    unit="squared label units",
    facts={NONNEGATIVE, ZERO_AT_PERFECT},
    source=Paper("Newey and Powell 1987, Asymmetric least squares estimation and testing", "doi:10.2307/1911031"),
    like={
        "catboost": call("catboost.utils.eval_metric(labels, preds, 'Expectile:alpha=', weight)"),
    },
    errata="At alpha 0.5 it is half of mse.",
    example="diabetes/pred.npy diabetes/label.npy",
)
def expectile(
    pred: Array,
    label: Array,
    *,
    alpha: Annotated[
        float,
        Param(
            "expectile that is predicted: what a square counts where the prediction is too low",
            Interval(0, 1),
            usual=(0.1, 0.2, 0.25, 0.3, 0.5, 0.7, 0.75, 0.8, 0.9),
        ),
    ] = 0.5,
) -> Array:
    """Asymmetric squared error, smallest for an expectile of the label.

    Use it where errors on one side cost more and large ones much more; pinball does the same for quantiles.
    Shapes: (n,) or (n, d...); with several columns a row's loss is the mean over its elements.
    Notes: an infinite prediction gives inf, but 0 where its side costs nothing (alpha 0 or 1).
    """
    over, under = sides(pred, label)
    with np.errstate(under="ignore", over="ignore"):
        return times(over * over, 1.0 - alpha) + times(under * under, alpha)


@expectile.formula
def _(m: Any, pred: Any, label: Any, *, alpha: Any) -> Any:
    e = label - pred
    return m.times(alpha if e >= 0 else 1 - alpha, e**2)


expectile.case(pred=[1.5, 2, 5, 3], label=[1, 2, 3, 4], expect=0.65625)
expectile.case(pred=[1.5, 2, 5, 3], label=[1, 2, 3, 4], alpha=0.25, reduction="none", expect=[0.1875, 0.0, 3.0, 0.25])
