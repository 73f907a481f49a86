import math
from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Choice, Interval, inf
from ...core.declarations.param import Param
from ...core.errors import BadValue
from ...core.loss import Paper, call, loss
from ...core.scratch import Array
from .._domains import refuse_below
from ._intervals import extreme_interval, logistic_interval, normal_interval


def _xgboost(pred: Array, label: Array, *, distribution: str, scale: float) -> Array:
    """Densities and probabilities below 1e-12 count as 1e-12."""
    return np.minimum(_losses(pred, label, distribution, scale), -math.log(1e-12))


@loss(
    "aft",
    aliases=("survival_aft", "aft_nloglik", "accelerated_failure_time"),
    family="survival",
    pred=("values",),
    label=("bounds",),
    pred_dims=(1,),
    single=False,
    best=None,
    formula="-log of the density of z, where the time is known, or of its probability between z of the two bounds,  "
    "z = (log label - log pred) / scale",
    unit="nats",
    source=Paper(
        "Barnwal, Cho and Hocking 2022, Survival regression with accelerated failure time", "arXiv:2006.04920"
    ),
    like={
        "xgboost": call(
            "xgboost eval_metric='aft-nloglik', aft_loss_distribution=",
            when={"scale": 1.0},
            kernel=_xgboost,
            note="at scale 1, whatever the objective has; no less than 1e-12 is likely",
        ),
    },
    errata="XGBoost's metric takes scale 1 even where its objective was given another.",
    example="forecasts/forecasts.csv --pred mean --label q0.75,q0.95",
)
def aft(
    pred: Array,
    label: Array,
    *,
    distribution: Annotated[
        str, Param("of the logarithm of the time about its prediction", Choice("normal", "logistic", "extreme"))
    ] = "normal",
    scale: Annotated[
        float, Param("standard deviation, or scale, of that distribution", Interval(0, inf, "neither"))
    ] = 1.0,
) -> Array:
    """Negative log-likelihood of the accelerated failure time model, of times that may be censored.

    Use it for predicted times until an event where some events were not seen: each label is two bounds between which
    the time lies. Where every time is known it is the likelihood of log-normal (log-logistic, Weibull) times.
    Shapes: pred (n,), times above 0 (not their logarithms), and label (n, 2), the lower and the upper bound. The same
    bound twice is a time that is known; an upper bound of inf says later than the lower (right-censored), a lower bound
    of 0 earlier than the upper (left-censored), two others that the time lies between them.
    Notes: bounds 0 and inf say nothing and cost 0; a lower bound above the upper one is an error.
    """
    return _losses(pred, label, distribution, scale)


def _losses(pred: Array, label: Array, distribution: str, scale: float) -> Array:
    refuse_below(pred, 0.0, "pred")
    lower, upper = _bounds(label)
    with np.errstate(all="ignore"):
        time = np.log(np.asarray(pred, dtype=np.float64))
        low, high = (_apart(np.log(bound), time) / scale for bound in (lower, upper))
        low[lower == 0], high[upper == np.inf] = -np.inf, np.inf
        known = lower == upper
        losses = np.empty_like(low)
        losses[known] = _density(low[known], distribution) + math.log(scale) + np.log(lower[known])
        between = ~known
        wide = np.where(lower > 0, np.log1p((upper - lower) / lower), np.inf) / scale
        function = {"normal": normal_interval, "logistic": logistic_interval, "extreme": extreme_interval}[distribution]
        losses[between] = function(low[between], high[between], wide[between])
        losses[(lower == 0) & (upper == np.inf)] = 0.0
        never = between & ((low == np.inf) | (high == -np.inf))  # a prediction of 0 or inf outside the bounds
    losses[never] = np.inf
    return losses


def _apart(bound: Array, time: Array) -> Array:
    """bound - time; the infinite ends of bounds are set by the caller."""
    return np.asarray(bound - time)


def _density(z: Array, distribution: str) -> Array:
    """-log of the density."""
    if distribution == "normal":
        return 0.5 * z * z + 0.5 * math.log(2.0 * math.pi)
    if distribution == "logistic":
        size = np.abs(z)
        return size + 2.0 * np.log1p(np.exp(-size))
    return np.where(z == np.inf, np.inf, np.where(z == -np.inf, np.inf, np.exp(z) - z))


def _bounds(label: Array) -> tuple[Array, Array]:
    lower, upper = np.array(label[:, 0], dtype=np.float64), np.array(label[:, 1], dtype=np.float64)
    lower[lower == -np.inf] = 0.0
    for values, wrong, why in (
        (lower, lower < 0, "a time is not below 0"),
        (upper, lower > upper, "the upper bound is below the lower one"),
        (upper, (upper == 0) | (lower == np.inf), "no time is 0 or inf"),
    ):
        if wrong.any():
            at = int(np.argmax(wrong))
            raise BadValue("label", at, f"label {values[at]:.6g}: {why}", value=float(values[at]))
    return lower, upper


@aft.formula
def _(m: Any, pred: Any, label: Any, *, distribution: str, scale: Any) -> Any:
    lower, upper = label
    low, high = ((m.log(bound) - m.log(pred)) / scale for bound in (lower, upper))
    if lower == upper:
        normal, logistic = low**2 / 2 + m.log(2 * m.pi) / 2, abs(low) + 2 * m.log1p(m.exp(-abs(low)))
        cost = {"normal": normal, "logistic": logistic}.get(distribution, m.exp(low) - low)
        return cost + m.log(scale) + m.log(lower)
    if distribution == "extreme":
        start = m.exp(low) if lower else 0
        return start - (m.log(-m.expm1(start - m.exp(high))) if upper < m.far else 0)
    below, above = _tails(m, low, distribution) if lower else (0, 1), (1, 0)
    if upper < m.far:
        above = _tails(m, high, distribution)
    return -m.log(below[1] - above[1] if low > 0 else above[0] - below[0])


def _tails(m: Any, z: Any, distribution: str) -> tuple[Any, Any]:
    """For the formula: the probability below z and above it."""
    if distribution == "normal":
        return m.erfc(-z / m.sqrt(2)) / 2, m.erfc(z / m.sqrt(2)) / 2
    return 1 / (1 + m.exp(-z)), 1 / (1 + m.exp(z))


aft.case(pred=[1.0], label=[[1, 1]], expect="ln(2 * pi) / 2")
aft.case(pred=[1.0], label=[[1, inf]], expect="ln 2")
aft.case(pred=[2.0], label=[[0, 2]], distribution="logistic", expect="ln 2")
aft.case(pred=[3.0], label=[[3, 3]], distribution="logistic", scale=2, expect="2 * ln 2 + ln 6")
aft.case(pred=[1.0], label=[[2, inf]], distribution="extreme", scale=0.5, expect=4)
aft.case(pred=[1.0], label=[[1, 2]], distribution="logistic", expect="-ln(2 / 3 - 0.5)")
aft.case(pred=[1.0, 7], label=[[0, inf], [5, 9]], distribution="extreme", reduction="none", expect=[0, 1.5460472])
