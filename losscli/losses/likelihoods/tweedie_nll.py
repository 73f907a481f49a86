from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Interval
from ...core.declarations.param import Param
from ...core.loss import Paper, call, loss
from ...core.scratch import Array
from ._rates import counts, log_rate


def _xgboost(pred: Array, label: Array, *, power: float, input: str) -> Array:
    """Powers as exponentials of multiples of the logarithm, in its floats."""
    y, rho = counts(label, pred.dtype), pred.dtype.type(power)
    one, two = pred.dtype.type(1.0) - rho, pred.dtype.type(2.0) - rho

    def to_the(exponent: Any) -> Array:
        scaled = exponent * np.log(pred.astype(np.float64)).astype(pred.dtype)
        return np.asarray(np.exp(scaled.astype(np.float64)).astype(pred.dtype))

    with np.errstate(divide="ignore", over="ignore", under="ignore", invalid="ignore"):
        return np.asarray(-(y * to_the(one) / one) + to_the(two) / two)


@loss(
    "tweedie_nll",
    aliases=("tweedie_nloglik",),
    family="likelihoods and deviances",
    pred=("rates", "log_rates"),
    label=("values",),
    formula="-label r^(1-p) / (1-p) + r^(2-p) / (2-p),  r the mean, which is pred or exp(pred), p = power",
    unit="",
    source=Paper("Jorgensen 1987, Exponential dispersion models", "doi:10.1111/j.2517-6161.1987.tb01685.x"),
    like={
        "xgboost": call("xgboost eval_metric='tweedie-nloglik@power'", input="rates", kernel=_xgboost),
        "lightgbm": call("lightgbm metric='tweedie', tweedie_variance_power=", input="rates"),
    },
    elsewhere={"catboost": "Tweedie:variance_power= (of logarithms; its fast exponentials are 1e-7 off)"},
    errata="The part of the negative log-likelihood that depends on the prediction: it is not 0 at a perfect fit. The "
    "deviance of the same rows is tweedie, another number.",
    example="diabetes/pred.npy diabetes/label.npy",
)
def tweedie_nll(
    pred: Array,
    label: Array,
    *,
    input: str,
    power: Annotated[
        float,
        Param(
            "power of the mean that the variance grows with",
            Interval(1, 2, "neither"),
            usual=(1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9),
        ),
    ] = 1.5,
) -> Array:
    """Negative log-likelihood of amounts, many of them 0, under a Tweedie distribution, constants left out.

    Use it to compare with gradient boosting libraries; tweedie, the deviance, is easier to read.
    Shapes: pred and label (n,) or (n, d...); with several columns a row's loss is the mean over its elements.
    Notes: labels are at least 0; a mean of 0 costs 0 for a label of 0 and inf for any other.
    """
    y = counts(label, pred.dtype)
    one, two = 1.0 - power, 2.0 - power
    with np.errstate(all="ignore"):
        if input == "rates":
            low, high = pred**one, pred**two
        else:
            log = log_rate(pred, input)
            low, high = np.exp(log * one), np.exp(log * two)
        return np.asarray(np.where(y == 0, 0.0, y * low / -one) + high / two)


@tweedie_nll.formula
def _(m: Any, pred: Any, label: Any, *, input: str, power: Any) -> Any:
    one, two = 1 - power, 2 - power
    if input == "rates" and pred == 0:
        return m.inf if label else m.number(0)
    low, high = (m.exp(k * pred) if input == "log_rates" else m.power(pred, k) for k in (one, two))
    return m.times(label, low) / -one + high / two


tweedie_nll.case(pred=[1.0, 4.0], label=[1.0, 0.0], reduction="none", expect=[4.0, 4.0])
tweedie_nll.case(pred=[4.0], label=[3.0], expect="7")
tweedie_nll.case(pred=[0.0], label=[3.0], input="log_rates", power=1.25, expect="12 + 4 / 3")
