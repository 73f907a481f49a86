from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Interval, inf
from ...core.declarations.param import Param
from ...core.loss import NONNEGATIVE, SYMMETRIC, ZERO_AT_PERFECT, Paper, call, loss
from ...core.scratch import Array
from ._errors import error


def _xgboost(pred: Array, label: Array, *, delta: float) -> Array:
    """slope^2 (sqrt(1 + z^2) - 1) as it is written, in its floats."""
    slope, one = pred.dtype.type(delta), pred.dtype.type(1.0)
    with np.errstate(over="ignore", under="ignore"):
        z = (pred - label.astype(pred.dtype)) / slope
        return np.asarray(slope * slope * (np.sqrt(one + z * z) - one))


@loss(
    "pseudo_huber",
    aliases=("pseudohuber", "charbonnier", "pseudo_huber_loss"),
    family="regression",
    pred=("values",),
    label=("values",),
    errors_alone=True,
    formula="delta^2 (sqrt(1 + (e / delta)^2) - 1),  e = pred - label",
    unit="squared label units",
    facts={NONNEGATIVE, SYMMETRIC, ZERO_AT_PERFECT},
    source=Paper(
        "Charbonnier et al. 1997, Deterministic edge-preserving regularization in computed imaging",
        "doi:10.1109/83.551699",
    ),
    like={
        "xgboost": call("xgboost eval_metric='mphe', huber_slope=delta", kernel=_xgboost),
    },
    elsewhere={"kornia": "kornia.losses.charbonnier_loss (delta 1)"},
    errata="Not huber: both are e^2 / 2 near 0, but far from it this is delta |e| - delta^2, huber delta |e| - "
    "delta^2 / 2.",
    example="diabetes/pred.npy diabetes/label.npy",
)
def pseudo_huber(
    pred: Array,
    label: Array,
    *,
    delta: Annotated[
        float,
        Param(
            "error around which the loss turns from quadratic to linear; XGBoost calls it huber_slope",
            Interval(0, inf, "neither"),
            usual=(0.1, 0.5, 1.0, 1.5, 2.0, 5.0, 10.0),
        ),
    ] = 1.0,
) -> Array:
    """Huber's loss with all its derivatives: quadratic for small errors, linear for large ones.

    Use it like huber where the second derivative is used, as in gradient boosting.
    Shapes: (n,) or (n, d...); with several columns a row's loss is the mean over its elements.
    Notes: infinite predictions give inf.
    """
    apart = error(pred, label)
    size = np.abs(apart)
    with np.errstate(over="ignore", invalid="ignore"):
        # e^2 / (1 + sqrt(1 + (e / delta)^2)): nothing cancels near 0, and nothing is squared that could overflow
        losses = np.asarray(size * (size / (1.0 + np.hypot(1.0, size / size.dtype.type(delta)))))
    losses[size == np.inf] = np.inf
    return losses


@pseudo_huber.formula
def _(m: Any, pred: Any, label: Any, *, delta: float) -> Any:
    e, d = abs(pred - label), m.number(delta)
    return e**2 / (1 + m.sqrt(1 + (e / d) ** 2))


pseudo_huber.case(pred=[1.0, -1.0, 0.0], label=[0.0, 0.0, 0.0], expect="(sqrt(2) - 1) * 2 / 3")
pseudo_huber.case(pred=[4.0], label=[1.0], delta=4, expect="4")
pseudo_huber.case(pred=[3.0], label=[0.0], delta=2, reduction="sum", expect="4 * (sqrt(3.25) - 1)")
