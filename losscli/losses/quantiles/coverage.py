from typing import Any

import numpy as np

from ...core.loss import NONNEGATIVE, Paper, loss
from ...core.scratch import Array
from ._intervals import INTERVALS, bounds


@loss(
    "coverage",
    aliases=("interval_coverage", "empirical_coverage", "picp"),
    best=None,
    formula="share of rows with lower <= label <= upper",
    unit="share of rows",
    facts={NONNEGATIVE},
    source=Paper("Christoffersen 1998, Evaluating interval forecasts", "doi:10.2307/2527341"),
    elsewhere={
        "utilsforecast": "utilsforecast.losses.coverage",
        "darts": "darts.metrics.mic",
        "gluonts": "gluonts.ev.metrics.Coverage (of one quantile)",
    },
    errata="Neither small nor large is best: it should be the level of the interval, 0.8 for one of 80 %. An interval "
    "that is always infinite has coverage 1.",
    **INTERVALS,
)
def coverage(pred: Array, label: Array) -> Array:
    """Share of labels that are inside the predicted interval, its bounds included.

    Use it beside interval_score, never alone: it is best where it equals the level that the interval claims, 1 - alpha.
    Below that the model is too sure of itself, above it intervals are wider than they need be.
    Shapes: pred (n, 2), the lower bound and the upper, and label (n,).
    Notes: a lower bound above the upper one is an error; infinite bounds are bounds as others are.
    """
    lower, upper = bounds("coverage", pred)
    inside: Array = ((lower <= label) & (label <= upper)).astype(np.float64)
    missing = np.isnan(pred).any(axis=1) | np.isnan(label.astype(np.float64))
    return np.where(missing, np.nan, inside) if missing.any() else inside


@coverage.formula
def _(m: Any, pred: Any, label: Any) -> Any:
    return m.number(int(pred[0] <= label <= pred[1]))


coverage.case(pred=[[1, 3], [1, 3], [1, 3], [1, 3]], label=[2, 0, 4, 3], expect=0.5)
coverage.case(pred=[[1, 3], [1, 3], [1, 3]], label=[1, 3, 4], reduction="none", expect=[1.0, 1.0, 0.0])
coverage.case(pred=[[1, 3], [1, 3], [1, 3]], label=[1, 3, 4], weight=[1, 1, 2], expect=0.5)
