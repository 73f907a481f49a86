from typing import Annotated, Any

from ...core.declarations.param import Role
from ...core.loss import NONNEGATIVE, SYMMETRIC, ZERO_AT_PERFECT, Paper, loss
from ...core.scratch import Array
from ._scaled import NAIVE_ERROR, History, Season, Series, SeriesScale, exact_scale, scaled_size


@loss(
    "mase",
    aliases=("mean_absolute_scaled_error", "absolute_scaled_error"),
    family="forecasting",
    pred=("values",),
    label=("values",),
    single=False,
    formula="|pred - label| / scale",
    unit="scales",
    facts={NONNEGATIVE, SYMMETRIC, ZERO_AT_PERFECT},
    source=Paper(
        "Hyndman and Koehler 2006, Another look at measures of forecast accuracy",
        "doi:10.1016/j.ijforecast.2006.03.001",
    ),
    elsewhere={
        "utilsforecast": "utilsforecast.losses.mase (of each series, then the mean)",
        "gluonts": "gluonts.ev.metrics.MASE",
        "darts": "darts.metrics.mase",
        "sktime": "MeanAbsoluteScaledError",
    },
    errata="The scale comes from the training part of a series, not from the rows that are forecast. The mean over "
    "rows and the mean of a value a series differ where series differ in length.",
    example="forecasts/forecasts.csv --pred mean --label y --scale ::naive_mae",
)
def mase(
    pred: Array,
    label: Array,
    *,
    scale: Annotated[
        Array | None,
        Role(NAIVE_ERROR, "pred's"),
    ] = None,
    history: History = None,
    season: Season = None,
    series: Series = None,
    series_scale: SeriesScale = None,
) -> Array:
    """Mean absolute scaled error: errors in units of those of the naive forecast of the same series.

    Use it to average over series of different units or sizes: below 1 forecasts are better than the naive one was in
    training. The naive forecast repeats the last value, or the one a season before.
    Shapes: pred, label and scale (n,) or (n, d...), or a scale (n,) for all columns of a row; a row's loss is the mean
    over its elements.
    With --history the scales are computed from the training part of each series, where the naive forecast is the value
    --season values before; --series names the columns, in both files, that say which series a row is of.
    Notes: a scale of 0 or below is an error that names its row; an infinite prediction gives inf.
    """
    return scaled_size("mase", pred, label, scale, history, series_scale, series, season, 1)


@mase.formula
def _(m: Any, pred: Any, label: Any, *, scale: Any, history: Any, season: Any) -> Any:
    return abs(pred - label) / exact_scale(m, scale, history, season, 1)


mase.case(pred=[1.5, 2, 5, 3], label=[1, 2, 3, 4], scale=[0.5, 1, 4, 2], expect="(1 + 0 + 0.5 + 0.5) / 4")
mase.case(pred=[[1.0, 3.0], [0.0, 0.0]], label=[[0, 0], [2, 4]], scale=[2.0, 4.0], reduction="none", expect=[1.0, 0.75])
mase.case(pred=[4.0, 2.0], label=[1, 2], history=[1.0, 3.0, 2.0, 5.0], expect="1.5 / 2")
mase.case(pred=[4.0, 2.0], label=[1, 2], history=[1.0, 3.0, 2.0, 5.0], season=2, reduction="none", expect=[2.0, 0.0])
