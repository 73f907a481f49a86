from typing import Any

import numpy as np

from ...core.loss import NONNEGATIVE, Paper, loss
from ...core.scratch import Array
from ..quantiles._intervals import INTERVALS, Alpha, bounds
from ._scaled import History, RowScale, Season, Series, SeriesScale, exact_scale, scales_of

_SCALED: dict[str, Any] = {
    **INTERVALS,
    "family": "forecasting",
    "example": "forecasts/forecasts.csv --pred q0.05,q0.95 --label y --scale ::naive_mae --alpha 0.1",
}


@loss(
    "msis",
    aliases=("mean_scaled_interval_score", "scaled_interval_score"),
    formula="((upper - lower) + 2 / alpha x (how far label is below lower or above upper)) / scale",
    unit="scales",
    facts={NONNEGATIVE},
    source=Paper(
        "Makridakis, Spiliotis and Assimakopoulos 2020, The M4 competition, section 2.2",
        "doi:10.1016/j.ijforecast.2019.04.014",
    ),
    elsewhere={"gluonts": "gluonts.evaluation.metrics.msis, of each series"},
    errata="alpha is the share of labels outside: an interval of 95 % has alpha 0.05. The scale comes from the "
    "training part of a series, as that of mase does.",
    **_SCALED,
)
def msis(
    pred: Array,
    label: Array,
    *,
    alpha: Alpha = 0.05,
    scale: RowScale = None,
    history: History = None,
    season: Season = None,
    series: Series = None,
    series_scale: SeriesScale = None,
) -> Array:
    """Mean scaled interval score: the interval score in units of the naive forecast's errors.

    Use it to average interval_score over series of different units or sizes.
    Shapes: pred (n, 2), the lower bound and the upper, label and scale (n,). With --history the scales are computed
    from the training part of each series, as those of mase are.
    Notes: a lower bound above the upper one is an error, and so is a scale of 0 or below. An infinite bound gives inf.
    """
    lower, upper = bounds("msis", pred)
    size = np.asarray(scales_of("msis", len(pred), scale, history, series_scale, series, season), dtype=np.float64)
    with np.errstate(invalid="ignore", over="ignore", under="ignore"):
        outside = np.maximum(lower - label, 0.0) + np.maximum(label - upper, 0.0)
        losses: Array = ((upper - lower) + 2.0 / alpha * outside) / size
    return np.where(np.isinf(pred).any(axis=1), np.inf, losses)


@msis.formula
def _(m: Any, pred: Any, label: Any, *, alpha: Any, scale: Any, history: Any, season: Any) -> Any:
    lower, upper = pred
    outside = m.maximum(lower - label, 0) + m.maximum(label - upper, 0)
    return (upper - lower + 2 * outside / alpha) / exact_scale(m, scale, history, season, 1)


msis.case(pred=[[1, 3], [1, 3]], label=[2, 0], alpha=0.5, scale=[2.0, 4.0], reduction="none", expect=[1.0, 1.5])
msis.case(pred=[[0, 10]], label=[12], alpha=0.2, history=[1.0, 3.0, 2.0, 5.0], expect="(10 + 20) / 2")
