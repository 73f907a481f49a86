from typing import Any

from ...core.loss import NONNEGATIVE, Paper, call, loss
from ...core.scratch import Array
from ..quantiles._levels import COLUMNS, Quantiles, exact_mean_pinball, levels, mean_pinball


@loss(
    "crps_quantile",
    aliases=("quantile_crps",),
    family="scoring rules",
    formula="2 / k sum over quantiles q of (q e where e >= 0, else (q - 1) e),  e = label - pred_q",
    unit="label units",
    facts={NONNEGATIVE},
    source=Paper(
        "Berrisch and Ziel 2023, CRPS learning, eq. 4",
        "doi:10.1016/j.jeconom.2021.11.008",
    ),
    like={"scoringrules": call("scoringrules.crps_quantile(labels, preds, alpha)")},
    errata="An approximation: the more evenly the quantiles lie in (0, 1) the nearer it is to the score of the whole "
    "distribution. Values for different lists of quantiles do not compare.",
    **COLUMNS,
)
def crps_quantile(pred: Array, label: Array, *, quantile: Quantiles = None) -> Array:
    """Continuous ranked probability score of a forecast that is given by quantiles, one a column.

    Use it for many evenly spaced quantiles; of an ensemble's members take crps_ensemble. It is twice
    mean_quantile_loss.
    Shapes: pred (n, k), a column a quantile, and label (n,); --quantile lists the k quantiles in their order.
    Notes: quantiles that cross are taken as they are. An infinite prediction gives inf, but nothing where its side of
    the quantile costs nothing (0 or 1).
    """
    return 2.0 * mean_pinball(pred, label, levels("crps_quantile", quantile, pred))


@crps_quantile.formula
def _(m: Any, pred: Any, label: Any, *, quantile: Any) -> Any:
    return 2 * exact_mean_pinball(m, pred, label, quantile)


crps_quantile.case(pred=[[1, 2, 4]], label=[3], quantile=[0.25, 0.5, 0.75], expect="2.5 / 3")
crps_quantile.case(pred=[[2.0], [5.0]], label=[3, 3], quantile=[0.5], reduction="none", expect=[1.0, 2.0])
