from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Interval
from ...core.declarations.param import Param
from ...core.loss import NONNEGATIVE, ZERO_AT_PERFECT, Paper, call, loss
from ...core.scratch import Array
from ._sides import sides, times


def _catboost(pred: Array, label: Array, *, quantile: float) -> Array:
    """Errors less CatBoost's delta of 1e-6; none below it."""
    apart = label.astype(pred.dtype) - pred
    size = np.maximum(np.abs(apart) - 1e-6, 0.0)
    return np.asarray(np.where(apart > 0, quantile, 1.0 - quantile) * size)


@loss(
    "pinball",
    aliases=("quantile", "quantile_loss", "mean_pinball_loss", "pinball_loss", "quantile_score"),
    family="quantiles and expectiles",
    pred=("values",),
    label=("values",),
    errors_alone=True,
    formula="q e where e >= 0, else (q - 1) e,  e = label - pred,  q = quantile",
    unit="label units",
    facts={NONNEGATIVE, ZERO_AT_PERFECT},
    source=Paper("Koenker and Bassett 1978, Regression quantiles", "doi:10.2307/1913643"),
    like={
        "sklearn": call("sklearn.metrics.mean_pinball_loss(labels, preds, sample_weight=, alpha=)"),
        "xgboost": call("xgboost eval_metric='quantile', quantile_alpha="),
        "lightgbm": call("lightgbm metric='quantile', alpha=", quantile=0.9, note="its default alpha is 0.9"),
        "catboost": call(
            "catboost.utils.eval_metric(labels, preds, 'Quantile:alpha=', weight)",
            kernel=_catboost,
            note="errors count 1e-6 less",
        ),
        "gluonts": call(
            "gluonts.evaluation.metrics.quantile_loss(labels, preds, q=)",
            factor=2.0,
            reduction="sum",
            note="twice the sum",
        ),
        "scoringrules": call("scoringrules.quantile_score(labels, preds, alpha)"),
        "utilsforecast": call("utilsforecast.losses.quantile_loss(df, models, q=)"),
    },
    errata="Some definitions have a factor 2, so that the quantile 0.5 gives mae; here it gives half of mae.",
    example="diabetes/pred.npy diabetes/label.npy",
)
def pinball(
    pred: Array,
    label: Array,
    *,
    quantile: Annotated[
        float,
        Param(
            "quantile that is predicted; libraries also call it alpha or tau",
            Interval(0, 1),
            usual=(0.0, 0.01, 0.025, 0.05, 0.1, 0.25, 0.3, 0.5, 0.7, 0.75, 0.8, 0.9, 0.95, 0.975, 0.99, 1.0),
        ),
    ] = 0.5,
) -> Array:
    """Pinball loss of a predicted quantile.

    Use it for predictions of one quantile of the label: it is smallest for the true one. Predictions that are too low
    cost quantile times the error, those that are too high 1 - quantile times it.
    Shapes: (n,) or (n, d...), all columns of the same quantile; a row's loss is the mean over its elements.
    Notes: an infinite prediction gives inf, but 0 where its side of the quantile costs nothing (quantile 0 or 1).
    """
    over, under = sides(pred, label)
    with np.errstate(under="ignore"):
        return times(over, 1.0 - quantile) + times(under, quantile)


@pinball.formula
def _(m: Any, pred: Any, label: Any, *, quantile: Any) -> Any:
    e = label - pred
    return m.times(quantile, e) if e >= 0 else m.times(1 - quantile, -e)


pinball.case(pred=[1.5, 2, 5, 3], label=[1, 2, 3, 4], expect="3.5 / 8")
pinball.case(pred=[1.5, 2, 5, 3], label=[1, 2, 3, 4], quantile=0.9, expect="0.2875")
pinball.case(pred=[1.5, 2, 5, 3], label=[1, 2, 3, 4], quantile=0.25, reduction="none", expect=[0.375, 0.0, 1.5, 0.25])
