from typing import Any

import numpy as np

from ...core.loss import NONNEGATIVE, Paper, loss
from ...core.scratch import Array
from ..quantiles._levels import COLUMNS, Quantiles, exact_mean_pinball, levels, mean_pinball
from ._scaled import History, RowScale, Season, Series, SeriesScale, exact_scale, scales_of

_SCALED: dict[str, Any] = {
    **COLUMNS,
    "example": "forecasts/forecasts.csv --pred 'q*' --label y --quantile 0.05,0.25,0.5,0.75,0.95 --scale ::naive_mae",
}


@loss(
    "scaled_quantile_loss",
    aliases=("sql", "scaled_mqloss", "scaled_pinball_loss", "spl"),
    family="forecasting",
    formula="mean over quantiles q of (q e where e >= 0, else (q - 1) e) / scale,  e = label - pred_q",
    unit="scales",
    facts={NONNEGATIVE},
    source=Paper(
        "Makridakis et al. 2022, The M5 uncertainty competition, eq. 1", "doi:10.1016/j.ijforecast.2021.10.009"
    ),
    elsewhere={
        "utilsforecast": "scaled_quantile_loss, scaled_mqloss (of each series, then the mean)",
        "gluonts": "MeanScaledQuantileLoss (twice it, of one quantile)",
    },
    errata="The scale comes from the training part of a series, as that of mase does. Some have a factor 2, with which "
    "the median gives mase.",
    **_SCALED,
)
def scaled_quantile_loss(
    pred: Array,
    label: Array,
    *,
    quantile: Quantiles = None,
    scale: RowScale = None,
    history: History = None,
    season: Season = None,
    series: Series = None,
    series_scale: SeriesScale = None,
) -> Array:
    """Pinball losses of predicted quantiles in units of the naive forecast's errors.

    Use it to average mean_quantile_loss over series of different units or sizes; wql is relative to the labels.
    Shapes: pred (n, k), a column a quantile, label and scale (n,); --quantile lists the k quantiles in their order.
    With --history the scales are computed from the training part of each series, as those of mase are.
    Notes: a scale of 0 or below is an error. An infinite prediction gives inf, but nothing where its side of the
    quantile costs nothing (0 or 1).
    """
    losses = mean_pinball(pred, label, levels("scaled_quantile_loss", quantile, pred))
    size = scales_of("scaled_quantile_loss", len(pred), scale, history, series_scale, series, season)
    with np.errstate(invalid="ignore", over="ignore", under="ignore"):
        return np.asarray(losses / np.asarray(size, dtype=np.float64))


@scaled_quantile_loss.formula
def _(m: Any, pred: Any, label: Any, *, quantile: Any, scale: Any, history: Any, season: Any) -> Any:
    return exact_mean_pinball(m, pred, label, quantile) / exact_scale(m, scale, history, season, 1)


_Q = [0.25, 0.5, 0.75]
scaled_quantile_loss.case(pred=[[1, 2, 4]], label=[3], quantile=_Q, scale=[2.0], expect="1.25 / 6")
scaled_quantile_loss.case(pred=[[1], [3]], label=[3, 1], quantile=[0.5], history=[1.0, 3.0, 2.0, 5.0], expect="0.5")
