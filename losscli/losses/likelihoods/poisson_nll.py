import math
from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Choice, Interval, inf
from ...core.declarations.param import Param
from ...core.loss import Paper, call, loss
from ...core.scratch import Array
from .._logs import log_factorial
from ._rates import as_log_rate, as_rate, counts, log_rate, minus_times, rate


def _xgboost(pred: Array, label: Array, *, floor: float, **settings: Any) -> Array:
    """log y! + r - y log r, added up in that order in its floats."""
    rate, y = np.maximum(pred, pred.dtype.type(floor)), counts(label, pred.dtype)
    log = np.log(rate.astype(np.float64)).astype(pred.dtype)
    return np.asarray(log_factorial(y).astype(pred.dtype) + rate - log * y)


@loss(
    "poisson_nll",
    aliases=("poisson_nll_loss", "log_poisson_loss", "poisson_nloglik"),
    family="likelihoods and deviances",
    pred=("log_rates", "rates"),
    label=("values",),
    formula="r - label log r [+ log label! with full],  r the rate, which is pred or exp(pred)",
    unit="nats",
    source=Paper("Poisson 1837, Recherches sur la probabilité des jugements"),
    like={
        "torch": (
            call(
                "torch.nn.functional.poisson_nll_loss(log_rates, labels, full=)",
                input="log_rates",
                weights=False,
                factorial="stirling",
            ),
            call(
                "torch.nn.functional.poisson_nll_loss(rates, labels, log_input=False, full=, eps=1e-8)",
                input="rates",
                weights=False,
                factorial="stirling",
                eps=1e-8,
            ),
        ),
        "tf1": call(
            "tf.nn.log_poisson_loss(labels, log_rates, compute_full_loss=)",
            input="log_rates",
            weights=False,
            denominator="count",
            factorial="stirling_tf",
            inputs="input",
            items="input",
        ),
        "xgboost": call(
            "xgboost eval_metric='poisson-nloglik'", input="rates", full=True, floor=1e-16, kernel=_xgboost
        ),
        "lightgbm": call("lightgbm metric='poisson'", input="rates", floor=1e-10),
        "catboost": call("catboost.utils.eval_metric(labels, log_rates, 'Poisson', weight)", input="log_rates"),
    },
    errata="Without log label! it can be below 0, and values of data sets cannot be compared. torch's and TensorFlow's "
    "full form has Stirling's approximation of it, XGBoost the exact one, LightGBM and CatBoost none. The deviance is "
    "another loss: poisson_deviance.",
    example="diabetes/pred.npy diabetes/label.npy --input rates",
)
def poisson_nll(
    pred: Array,
    label: Array,
    *,
    input: str,
    full: Annotated[bool, Param("add log label!, which makes it a likelihood", usual=(False, True))] = False,
    factorial: Annotated[
        str,
        Param(
            "log label! exact, or Stirling's approximation: for labels above 1 (torch) or outside [0, 1] (TensorFlow)",
            Choice("exact", "stirling", "stirling_tf"),
            knob=True,
        ),
    ] = "exact",
    eps: Annotated[
        float, Param("added to the rate in its logarithm", Interval(0, inf, "left"), knob=True, usual=(0.0, 1e-7, 1e-8))
    ] = 0.0,
    floor: Annotated[
        float, Param("the least that a rate counts for", Interval(0, inf, "left"), knob=True, usual=(0.0, 1e-10, 1e-16))
    ] = 0.0,
) -> Array:
    """Negative log-likelihood of counts under Poisson distributions with the predicted rates.

    Use it for counts whose variance is about their mean. For a number that is 0 at a perfect fit take
    poisson_deviance.
    Shapes: pred and label (n,) or (n, d...); with several columns a row's loss is the mean over its elements.
    Notes: labels are at least 0 and need not be whole. A rate of 0 costs 0 for a label of 0 and inf for any other.
    """
    y = counts(label, pred.dtype)
    if floor and input == "rates":
        pred = np.maximum(pred, pred.dtype.type(floor))
    log = log_rate(pred + pred.dtype.type(eps), input) if eps and input == "rates" else log_rate(pred, input)
    losses = minus_times(rate(pred, input), y, log)
    if full:
        losses = losses + _log_factorial(y, factorial)
    return losses


def _log_factorial(y: Array, factorial: str) -> Array:
    if factorial == "exact":
        return np.asarray(log_factorial(y), dtype=y.dtype)
    low = (y <= 1.0) if factorial == "stirling" else ((y >= 0.0) & (y <= 1.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        approximate = y * np.log(y) - y + y.dtype.type(0.5) * np.log(y.dtype.type(2.0 * math.pi) * y)
    return np.asarray(np.where(low, y.dtype.type(0.0), approximate))


@poisson_nll.formula
def _(m: Any, pred: Any, label: Any, *, input: str, full: Any) -> Any:
    losses = as_rate(m, pred, input) - m.times(label, as_log_rate(m, pred, input))
    return losses + m.loggamma(label + 1) if full else losses


_Y, _R = [0, 1, 4, 2], [0.5, 2, 3, 1]
poisson_nll.case(pred=[0.0, 1.0], label=[2.0, 3.0], reduction="none", expect=[1.0, -0.2817182])
poisson_nll.case(pred=_R, label=_Y, input="rates", reduction="none", expect=[0.5, 1.3068528, -1.3944492, 1.0])
poisson_nll.case(pred=_R, label=_Y, input="rates", full=True, expect="(6.5 - ln 2 - 4 * ln 3 + ln 24 + ln 2) / 4")
poisson_nll.case(
    pred=_R, label=_Y, input="rates", full=True, factorial="stirling", reduction="none",
    expect=[0.5, 1.3068528, 1.7628141, 1.6518072],
)  # fmt: skip
