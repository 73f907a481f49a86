from typing import Any

import numpy as np

from ...core.loss import NONNEGATIVE, SYMMETRIC, Paper, call, loss
from ...core.scratch import Array
from ._location_scale import OF_LOCATION, Distribution, Scale, size_and_scale, tail


@loss(
    "crps_parametric",
    aliases=("crps_laplace", "laplace_crps"),
    formula="laplace: |e| + s exp(-|e| / s) - 3 s / 4; logistic: |e| + 2 s log(1 + exp(-|e| / s)) - s,  "
    "e = label - pred",
    unit="label units",
    facts={NONNEGATIVE, SYMMETRIC},
    source=Paper(
        "Jordan, Krueger and Lerch 2019, Evaluating probabilistic forecasts with scoringRules", "arXiv:1709.04743"
    ),
    like={
        "scoringrules": (
            call("scoringrules.crps_laplace(labels, preds, scale)", when={"distribution": "laplace"}),
            call("scoringrules.crps_logistic(labels, preds, scale)", when={"distribution": "logistic"}),
        ),
    },
    errata="The scale is no standard deviation: that is sqrt(2) s of laplace and pi s / sqrt(3) of logistic.",
    example="forecasts/forecasts.csv --pred mean --label y --scale ::sigma",
    **OF_LOCATION,
)
def crps_parametric(pred: Array, label: Array, *, scale: Scale, distribution: Distribution = "laplace") -> Array:
    """Continuous ranked probability score of forecasts that are Laplace or logistic distributions.

    Use it to judge location and scale together, in the units of the label; of normal forecasts it is crps_normal, of
    samples crps_ensemble.
    Shapes: pred, label and scale (n,) or (n, d...), or a scale (n,) for all columns of a row; a row's loss is the mean
    over its elements.
    Notes: a scale below 0 is an error; one of 0 gives the absolute error. Infinite locations or scales give inf.
    """
    size, s, z = size_and_scale(pred, label, scale)
    with np.errstate(invalid="ignore", over="ignore", under="ignore"):
        own = np.exp(-z) - 0.75 if distribution == "laplace" else 2.0 * tail(z) - 1.0
        losses = size + s * own
    return np.where((size == np.inf) | (s == np.inf), np.inf, losses)


@crps_parametric.formula
def _(m: Any, pred: Any, label: Any, *, scale: Any, distribution: str) -> Any:
    e = abs(label - pred)
    if scale == 0:
        return e
    if distribution == "laplace":
        return e + scale * m.exp(-e / scale) - 3 * scale / 4
    return e + 2 * scale * m.log1p(m.exp(-e / scale)) - scale


crps_parametric.case(pred=[3.0], label=[3.0], scale=[2.0], expect="0.5")
crps_parametric.case(pred=[3.0], label=[3.0], scale=[2.0], distribution="logistic", expect="4 * ln 2 - 2")
crps_parametric.case(pred=[1.0, 0.0], label=[3.0, 1.0], scale=[2.0, 0.0], reduction="none", expect=[1.2357589, 1.0])
