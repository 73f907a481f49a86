import math
from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Interval, inf
from ...core.declarations.param import Param, Role
from ...core.loss import Paper, call, loss
from ...core.scratch import Array
from .._domains import refuse_below
from ..regression._errors import error


@loss(
    "gaussian_nll",
    aliases=("gaussian_nll_loss", "normal_nll"),
    family="likelihoods and deviances",
    pred=("values",),
    label=("values",),
    formula="(log v + (pred - label)^2 / v) / 2 [+ log(2 pi) / 2 with full],  v = max(variance, eps)",
    unit="nats",
    source=Paper(
        "Nix and Weigend 1994, Estimating the mean and variance of the target", "doi:10.1109/ICNN.1994.374138"
    ),
    like={
        "torch": call(
            "torch.nn.functional.gaussian_nll_loss(preds, labels, variance, full=, eps=1e-6)", weights=False, eps=1e-6
        ),
    },
    elsewhere={"catboost": "RMSEWithUncertainty, whose second output is the logarithm of the standard deviation"},
    errata="It takes the variance, not the standard deviation. Without log(2 pi) / 2 it is no likelihood, which "
    "matters for sums with other terms only. A variance of 0 makes it infinite: torch counts less than 1e-6 as 1e-6.",
    example="diabetes/pred.npy diabetes/label.npy --variance diabetes/label.npy",
)
def gaussian_nll(
    pred: Array,
    label: Array,
    *,
    variance: Annotated[Array, Role("the predicted variance", "pred's")],
    full: Annotated[bool, Param("add log(2 pi) / 2, which makes it a likelihood", usual=(False, True))] = False,
    eps: Annotated[
        float, Param("the least that a variance counts for", Interval(0, inf, "left"), knob=True, usual=(0.0, 1e-6))
    ] = 0.0,
) -> Array:
    """Negative log-likelihood of labels under normal distributions with predicted means and variances.

    Use it for models that say how sure they are; it can be below 0, and a single overconfident row can dominate it.
    Shapes: pred, label and variance (n,) or (n, d...), or a variance (n,) for all columns of a row; a row's loss is the
    mean over its elements.
    Notes: a variance below 0 is an error. One of 0 costs -inf where the prediction is right and inf where it is wrong.
    """
    refuse_below(variance, 0.0, "variance")
    v = np.asarray(variance, dtype=pred.dtype)
    v = v.reshape(v.shape + (1,) * (pred.ndim - v.ndim))
    if eps:
        v = np.maximum(v, v.dtype.type(eps))
    apart = error(pred, label)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
        scaled = np.where(apart == 0, 0.0, apart * (apart / v))
        losses: Array = 0.5 * (np.log(v) + scaled)
        losses = np.where(scaled == np.inf, np.inf, losses)
    return losses + 0.5 * math.log(2.0 * math.pi) if full else losses


@gaussian_nll.formula
def _(m: Any, pred: Any, label: Any, *, variance: Any, full: Any) -> Any:
    e = pred - label
    if variance == 0:
        return -m.inf if e == 0 else m.inf
    losses = (m.log(variance) + e**2 / variance) / 2
    return losses + m.log(2 * m.pi) / 2 if full else losses


gaussian_nll.case(
    pred=[1.5, 2, 5], label=[1, 2, 3], variance=[1, 0.25, 4], reduction="none", expect=[0.125, -0.6931472, 1.1931472]
)
gaussian_nll.case(pred=[1.0], label=[3.0], variance=[1.0], full=True, expect="2 + ln(2 * pi) / 2")
