import math
from typing import Any

import numpy as np

from ...core.loss import SYMMETRIC, Paper, call, loss
from ...core.scratch import Array
from ..regression._errors import absolute_error
from ._normal import Sigma, Variance, deviation, exact_deviation


def _scoringrules(pred: Array, label: Array, *, sigma: Array | None = None, variance: Array | None = None) -> Array:
    """Minus the logarithm of a density, which underflows to 0 far from the mean."""
    spread = deviation("log_score_normal", pred, sigma, variance)
    with np.errstate(all="ignore"):
        z = (label.astype(pred.dtype) - pred) / spread
        density = np.exp(-(z**2) / 2) * (1.0 / math.sqrt(2.0 * math.pi)) / spread
        return np.asarray(-np.log(density))


@loss(
    "log_score_normal",
    aliases=("logs_normal", "ignorance_score", "normal_log_score"),
    family="scoring rules",
    pred=("values",),
    label=("values",),
    single=False,
    best=None,
    formula="log sigma + log(2 pi) / 2 + ((label - pred) / sigma)^2 / 2",
    unit="nats",
    facts={SYMMETRIC},
    source=Paper("Good 1952, Rational decisions"),
    like={
        "scoringrules": call(
            "scoringrules.logs_normal(labels, preds, sigma)", kernel=_scoringrules, note="inf where its density is 0"
        ),
    },
    elsewhere={"torch": "gaussian_nll_loss(full=True)"},
    errata="Some libraries give the logarithm of the density, minus this. gaussian_nll is this without log(2 pi) / 2.",
    example="forecasts/forecasts.csv --pred mean --label y --sigma ::sigma",
)
def log_score_normal(pred: Array, label: Array, *, sigma: Sigma = None, variance: Variance = None) -> Array:
    """Logarithmic score of normal forecasts: minus the logarithm of the density that they give the label.

    Use it where far outliers should cost much, as the likelihood of the data under the forecasts does; crps_normal is
    milder and in the units of the label. Smaller is better, and it may be below 0.
    Shapes: pred, label and sigma (n,) or (n, d...), or a sigma (n,) for all columns of a row; a row's loss is the mean
    over its elements.
    Notes: a standard deviation below 0 is an error. One of 0 costs -inf where the mean is right and inf elsewhere;
    infinite means or standard deviations cost inf.
    """
    spread = deviation("log_score_normal", pred, sigma, variance)
    size = absolute_error(pred, label)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
        z = np.where(size == 0, 0.0, size / spread)
        half = 0.5 * z * z
        losses: Array = np.log(spread) + half + 0.5 * math.log(2.0 * math.pi)
    infinite = (half == np.inf) | (size == np.inf) | (spread == np.inf)
    return np.where(infinite, np.inf, losses)


@log_score_normal.formula
def _(m: Any, pred: Any, label: Any, *, sigma: Any, variance: Any) -> Any:
    s, e = exact_deviation(m, sigma, variance), label - pred
    if s == 0:
        return -m.inf if e == 0 else m.inf
    return m.log(s) + m.log(2 * m.pi) / 2 + (e / s) ** 2 / 2


log_score_normal.case(pred=[3.0], label=[3.0], sigma=[1.0], expect="ln(2 * pi) / 2")
log_score_normal.case(pred=[1.0], label=[3.0], variance=[4.0], expect="ln 2 + ln(2 * pi) / 2 + 0.5")
log_score_normal.case(pred=[1.0], label=[3.0], sigma=[2.0], expect="ln 2 + ln(2 * pi) / 2 + 0.5")
