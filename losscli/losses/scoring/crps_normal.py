import math
from typing import Any

import numpy as np

from ...core.loss import NONNEGATIVE, SYMMETRIC, Paper, call, loss
from ...core.scratch import Array
from ..regression._errors import absolute_error
from ._normal import Sigma, Variance, deviation, exact_deviation


@loss(
    "crps_normal",
    aliases=("crps_gaussian", "gaussian_crps"),
    family="scoring rules",
    pred=("values",),
    label=("values",),
    single=False,
    formula="|e| erf(|z| / sqrt 2) + sigma (2 exp(-z^2 / 2) / sqrt(2 pi) - 1 / sqrt pi),  e = label - pred = sigma z",
    unit="label units",
    facts={NONNEGATIVE, SYMMETRIC},
    source=Paper(
        "Gneiting et al. 2005, Calibrated probabilistic forecasting using ensemble model output statistics, eq. 5",
        "doi:10.1175/MWR2904.1",
    ),
    like={
        "scoringrules": call("scoringrules.crps_normal(labels, preds, sigma)"),
        "properscoring": call("properscoring.crps_gaussian(labels, preds, sigma)"),
    },
    errata="It takes the standard deviation; a variance goes into --variance. It is 0.2337 sigma, not 0, where the "
    "mean is exactly right: a spread costs even then.",
    example="forecasts/forecasts.csv --pred mean --label y --sigma ::sigma",
)
def crps_normal(pred: Array, label: Array, *, sigma: Sigma = None, variance: Variance = None) -> Array:
    """Continuous ranked probability score of normal forecasts with predicted means and standard deviations.

    Use it to judge the mean and the spread of a forecast together, in the units of the label: it is mae where the
    spread is 0, and forgives a far outlier more than log_score_normal. Smaller is better.
    Shapes: pred, label and sigma (n,) or (n, d...), or a sigma (n,) for all columns of a row; a row's loss is the mean
    over its elements.
    Notes: a standard deviation below 0 is an error; one of 0 gives the absolute error. Infinite means or standard
    deviations give inf.
    """
    spread = deviation("crps_normal", pred, sigma, variance)
    size = absolute_error(pred, label)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
        z = np.where(spread == 0, np.inf, size / spread)
        z = np.where(np.isnan(z) & (size == np.inf), np.inf, z)
        within = np.fromiter(map(math.erf, (z * math.sqrt(0.5)).ravel().tolist()), np.float64, z.size).reshape(z.shape)
        bell = math.sqrt(2.0 / math.pi) * np.exp(-0.5 * z * z) - 1.0 / math.sqrt(math.pi)
        losses: Array = size * within + spread * bell
    infinite = (size == np.inf) | (spread == np.inf)
    return np.where(infinite, np.inf, losses) + 0.0


@crps_normal.formula
def _(m: Any, pred: Any, label: Any, *, sigma: Any, variance: Any) -> Any:
    s, e = exact_deviation(m, sigma, variance), abs(label - pred)
    if s == 0:
        return e
    z = e / s
    return e * m.erf(z / m.sqrt(2)) + s * (m.sqrt(2 / m.pi) * m.exp(-z * z / 2) - 1 / m.sqrt(m.pi))


crps_normal.case(pred=[3.0], label=[3.0], sigma=[2.0], expect="2 * (sqrt(2) - 1) / sqrt(pi)")
crps_normal.case(pred=[3.0], label=[3.0], variance=[4.0], expect="2 * (sqrt(2) - 1) / sqrt(pi)")
crps_normal.case(pred=[1.5, 2, 5, 3], label=[1, 2, 3, 4], sigma=[0, 0, 0, 0], expect="0.875")
crps_normal.case(pred=[0.0], label=[1.0], sigma=[1.0], expect=0.6024414)
