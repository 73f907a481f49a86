from typing import Any

import numpy as np

from ...core.loss import NONNEGATIVE, Paper, call, loss
from ...core.scratch import Array
from ._intervals import INTERVALS, Alpha, bounds


@loss(
    "interval_score",
    aliases=("winkler_score", "winkler", "mean_interval_score"),
    formula="(upper - lower) + 2 / alpha x (how far label is below lower or above upper)",
    unit="label units",
    facts={NONNEGATIVE},
    source=Paper(
        "Gneiting and Raftery 2007, Strictly proper scoring rules, prediction, and estimation, eq. 43",
        "doi:10.1198/016214506000001437",
    ),
    like={"scoringrules": call("scoringrules.interval_score(labels, lower, upper, alpha)")},
    elsewhere={
        "utilsforecast": "utilsforecast.losses.winkler_score (level = 100 (1 - alpha))",
        "darts": "darts.metrics.miws",
    },
    errata="alpha is the share of labels outside: an interval of 80 % has alpha 0.2, and its bounds are the quantiles "
    "0.1 and 0.9.",
    **INTERVALS,
)
def interval_score(
    pred: Array,
    label: Array,
    *,
    alpha: Alpha = 0.05,
) -> Array:
    """Interval (Winkler) score: how wide a predicted interval is, and how far labels are outside it.

    Use it to compare intervals of the same level: it is smallest for the true quantiles alpha / 2 and 1 - alpha / 2, so
    that neither wide nor overconfident intervals win. Beside it, coverage says which of the two they are.
    Shapes: pred (n, 2), the lower bound and the upper, and label (n,).
    Notes: a lower bound above the upper one is an error. An infinite bound gives inf; a label on a bound is inside.
    """
    lower, upper = bounds("interval_score", pred)
    factor = 2.0 / alpha
    with np.errstate(invalid="ignore", over="ignore", under="ignore"):
        outside = np.maximum(lower - label, 0.0) + np.maximum(label - upper, 0.0)
        losses: Array = (upper - lower) + factor * outside
    return np.where(np.isinf(pred).any(axis=1), np.inf, losses)


@interval_score.formula
def _(m: Any, pred: Any, label: Any, *, alpha: Any) -> Any:
    lower, upper = pred
    return upper - lower + 2 * m.maximum(lower - label, 0) / alpha + 2 * m.maximum(label - upper, 0) / alpha


interval_score.case(pred=[[1, 3], [1, 3], [1, 3]], label=[2, 0, 4], alpha=0.5, reduction="none", expect=[2.0, 6.0, 6.0])
interval_score.case(pred=[[0, 10], [0, 10]], label=[12, 10], alpha=0.2, expect="(10 + 20 + 10) / 2")
interval_score.case(pred=[[0, 1]], label=[3], expect="1 + 40 * 2")
