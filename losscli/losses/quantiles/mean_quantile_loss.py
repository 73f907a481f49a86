from typing import Any

from ...core.loss import NONNEGATIVE, Paper, loss
from ...core.scratch import Array
from ._levels import COLUMNS, Quantiles, exact_mean_pinball, levels, mean_pinball


@loss(
    "mean_quantile_loss",
    aliases=("mqloss", "multi_quantile", "multi_quantile_loss", "mql"),
    family="quantiles and expectiles",
    formula="mean over quantiles q of (q e where e >= 0, else (q - 1) e),  e = label - pred_q",
    unit="label units",
    facts={NONNEGATIVE},
    source=Paper("Koenker and Bassett 1978, Regression quantiles", "doi:10.2307/1913643"),
    elsewhere={
        "xgboost": "eval_metric='quantile' with several quantile_alpha",
        "utilsforecast": "utilsforecast.losses.mqloss",
        "neuralforecast": "MQLoss",
        "catboost": "MultiQuantile",
    },
    errata="Without the factor 2 that crps_quantile and the losses of GluonTS have.",
    **COLUMNS,
)
def mean_quantile_loss(pred: Array, label: Array, *, quantile: Quantiles = None) -> Array:
    """Mean of the pinball losses of several predicted quantiles, one a column.

    Use it for models that predict quantiles, in the units of the label; crps_quantile is twice it, and wql relative to
    the labels. Values for different lists of quantiles do not compare.
    Shapes: pred (n, k), a column a quantile, and label (n,); --quantile lists the k quantiles in their order.
    Notes: quantiles that cross are taken as they are. An infinite prediction gives inf, but nothing where its side of
    the quantile costs nothing (0 or 1).
    """
    return mean_pinball(pred, label, levels("mean_quantile_loss", quantile, pred))


@mean_quantile_loss.formula
def _(m: Any, pred: Any, label: Any, *, quantile: Any) -> Any:
    return exact_mean_pinball(m, pred, label, quantile)


mean_quantile_loss.case(pred=[[1, 2, 4]], label=[3], quantile=[0.25, 0.5, 0.75], expect="(0.5 + 0.5 + 0.25) / 3")
mean_quantile_loss.case(pred=[[1, 2], [0, 0]], label=[1, 1], quantile=[0.1, 0.9], reduction="none", expect=[0.05, 0.5])
