from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Interval, inf
from ...core.declarations.param import Param
from ...core.loss import Paper, call, loss
from ...core.scratch import Array
from ._rates import amounts, as_log_rate, log_rate


@loss(
    "gamma_nll",
    aliases=("gamma_nloglik",),
    family="likelihoods and deviances",
    pred=("rates", "log_rates"),
    label=("values",),
    formula="log r + label / r,  r the mean, which is pred or exp(pred)",
    unit="nats",
    source=Paper("Nelder and Wedderburn 1972, Generalized linear models", "doi:10.2307/2344614"),
    like={
        "xgboost": call("xgboost eval_metric='gamma-nloglik'", input="rates", floor=1e-6),
        "lightgbm": call("lightgbm metric='gamma'", input="rates"),
    },
    errata="The likelihood of a gamma distribution of shape 1, the exponential one, as XGBoost and LightGBM report it; "
    "it can be below 0. gamma_deviance is 0 at a perfect fit.",
    example="diabetes/pred.npy diabetes/label.npy",
)
def gamma_nll(
    pred: Array,
    label: Array,
    *,
    input: str,
    floor: Annotated[
        float, Param("the least that a mean counts for", Interval(0, inf, "left"), knob=True, usual=(0.0, 1e-6))
    ] = 0.0,
) -> Array:
    """Negative log-likelihood of amounts under gamma distributions of shape 1 with the predicted means.

    Use it to compare with gradient boosting libraries; gamma_deviance is easier to read.
    Shapes: pred and label (n,) or (n, d...); with several columns a row's loss is the mean over its elements.
    Notes: labels are above 0; means of 0 and inf cost inf.
    """
    y = amounts(label, pred.dtype)
    if floor and input == "rates":
        pred = np.maximum(pred, pred.dtype.type(floor))
    log = log_rate(pred, input)
    with np.errstate(all="ignore"):
        losses = np.asarray(y / pred if input == "rates" else y * np.exp(-pred))
        losses += log
    losses[log == -np.inf] = np.inf
    return losses


@gamma_nll.formula
def _(m: Any, pred: Any, label: Any, *, input: str) -> Any:
    if input == "rates" and pred == 0:
        return m.inf
    return as_log_rate(m, pred, input) + (label * m.exp(-pred) if input == "log_rates" else label / pred)


gamma_nll.case(pred=[1.0, 2.0], label=[1.0, 4.0], reduction="none", expect=[1.0, 2.6931472])
gamma_nll.case(pred=[0.0, 0.0], label=[3.0, 1.0], input="log_rates", expect="2")
