import math
from typing import Any

import numpy as np

from ...core.loss import SYMMETRIC, Paper, call, loss
from ...core.scratch import Array
from ._location_scale import OF_LOCATION, Distribution, Scale, size_and_scale, tail


@loss(
    "log_score_parametric",
    aliases=("logs_laplace", "laplace_nll"),
    best=None,
    formula="laplace: log(2 s) + |e| / s; logistic: log s + |e| / s + 2 log(1 + exp(-|e| / s)),  e = label - pred",
    unit="nats",
    facts={SYMMETRIC},
    source=Paper(
        "Jordan, Krueger and Lerch 2019, Evaluating probabilistic forecasts with scoringRules", "arXiv:1709.04743"
    ),
    like={
        "scoringrules": (
            call("scoringrules.logs_laplace(labels, preds, scale)", when={"distribution": "laplace"}),
            call("scoringrules.logs_logistic(labels, preds, scale)", when={"distribution": "logistic"}),
        ),
    },
    errata="The scale is no standard deviation: that is sqrt(2) s of laplace and pi s / sqrt(3) of logistic.",
    example="forecasts/forecasts.csv --pred mean --label y --scale ::sigma",
    **OF_LOCATION,
)
def log_score_parametric(pred: Array, label: Array, *, scale: Scale, distribution: Distribution = "laplace") -> Array:
    """Logarithmic score of forecasts that are Laplace or logistic distributions.

    Use it where far outliers should cost much; crps_parametric is milder and in the units of the label. Smaller is
    better, and it may be below 0. Of normal forecasts it is log_score_normal.
    Shapes: pred, label and scale (n,) or (n, d...), or a scale (n,) for all columns of a row; a row's loss is the mean
    over its elements.
    Notes: a scale below 0 is an error. One of 0 costs -inf where the location is right and inf elsewhere; infinite
    locations or scales cost inf.
    """
    size, s, z = size_and_scale(pred, label, scale)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
        losses = np.log(s) + z + (math.log(2.0) if distribution == "laplace" else 2.0 * tail(z))
    return np.where((z == np.inf) | (size == np.inf) | (s == np.inf), np.inf, losses)


@log_score_parametric.formula
def _(m: Any, pred: Any, label: Any, *, scale: Any, distribution: str) -> Any:
    e = abs(label - pred)
    if scale == 0:
        return -m.inf if e == 0 else m.inf
    if distribution == "laplace":
        return m.log(2 * scale) + e / scale
    return m.log(scale) + e / scale + 2 * m.log1p(m.exp(-e / scale))


log_score_parametric.case(pred=[3.0], label=[5.0], scale=[2.0], expect="ln 4 + 1")
log_score_parametric.case(pred=[3.0], label=[3.0], scale=[1.0], distribution="logistic", expect="2 * ln 2")
