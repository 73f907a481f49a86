import math
from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np

from ...core.declarations.param import Role
from ...core.loss import NONNEGATIVE, SYMMETRIC, ZERO_AT_PERFECT, Paper, loss
from ...core.scratch import Array
from ._scaled import Season, Series, SeriesScale, SquaredHistory, exact_scale, scaled_size


@loss(
    "rmsse",
    aliases=("root_mean_squared_scaled_error",),
    family="forecasting",
    pred=("values",),
    label=("values",),
    single=False,
    reductions=("mean",),
    formula="sqrt(mean ((pred - label) / scale)^2)",
    unit="scales",
    facts={NONNEGATIVE, SYMMETRIC, ZERO_AT_PERFECT},
    source=Paper(
        "Makridakis et al. 2022, M5 accuracy competition, eq. 1",
        "doi:10.1016/j.ijforecast.2021.11.013",
    ),
    elsewhere={
        "utilsforecast": "utilsforecast.losses.rmsse (of each series, then the mean)",
        "darts": "darts.metrics.rmsse",
        "sktime": "MeanSquaredScaledError(square_root=True)",
    },
    errata="One root over all rows. M5 takes the root of each series and then a mean of those, which is another "
    "number. The scale here is a root too: that of the mean squared error of the naive forecast.",
    example="forecasts/forecasts.csv --pred mean --label y --scale ::naive_rmse",
)
def rmsse(
    pred: Array,
    label: Array,
    *,
    scale: Annotated[
        Array | None,
        Role("the root mean squared error of the naive forecast in the training part of the row's series", "pred's"),
    ] = None,
    history: SquaredHistory = None,
    season: Season = None,
    series: Series = None,
    series_scale: SeriesScale = None,
) -> Array:
    """Root mean squared scaled error: as mase, with squares, so that forecasts of the mean are best.

    Use it in place of mase for sales and other series with many zeros, whose median is 0.
    Shapes: pred, label and scale (n,) or (n, d...), or a scale (n,) for all columns of a row; one root over all
    elements.
    With --history the scales are computed from the training part of each series, where the naive forecast is the value
    --season values before; --series names the columns, in both files, that say which series a row is of.
    Notes: a scale of 0 or below is an error that names its row; an infinite prediction gives inf. There is no loss a
    row: take mase for those.
    """
    size = scaled_size("rmsse", pred, label, scale, history, series_scale, series, season, 2)
    with np.errstate(over="ignore", under="ignore"):
        return np.asarray(size * size)


@rmsse.finish(of="means")
def _(means: Sequence[float], *, season: int | None) -> float:
    return math.sqrt(means[0])


@rmsse.formula
def _(m: Any, pred: Any, label: Any, *, scale: Any, history: Any, season: Any) -> Any:
    return ((pred - label) / exact_scale(m, scale, history, season, 2)) ** 2


rmsse.case(pred=[3.0, 0.0], label=[0.0, 4.0], scale=[1.0, 2.0], expect="sqrt(6.5)")
rmsse.case(pred=[1.5, 2, 5, 3], label=[1, 2, 3, 4], scale=[0.5, 1, 4, 2], weight=[1, 2, 0, 2], expect="sqrt(1.5 / 5)")
rmsse.case(pred=[4.0, 2.0], label=[1, 2], history=[1.0, 3.0, 2.0, 4.0], season=None, expect="sqrt(4.5) / sqrt(3)")
