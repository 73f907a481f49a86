from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Interval, inf
from ...core.declarations.param import Param
from ...core.loss import NONNEGATIVE, Paper, call, loss
from ...core.scratch import Array


@loss(
    "threshold_brier",
    aliases=("threshold_brier_score", "exceedance_brier"),
    family="scoring rules",
    pred=("values",),
    label=("number",),
    pred_dims=(2,),
    single=False,
    formula="(share of members above the threshold - [label above the threshold])^2",
    unit="probability, squared",
    facts={NONNEGATIVE},
    source=Paper(
        "Gneiting and Ranjan 2011, Comparing density forecasts using threshold- and quantile-weighted scoring rules",
        "doi:10.1198/jbes.2010.08110",
    ),
    like={"properscoring": call("properscoring.threshold_brier_score(labels, preds, threshold)")},
    errata="The mean over all thresholds, weighed by their distances, is crps_ensemble.",
    example="forecasts/forecasts.csv --pred 'member_*' --label y --threshold 10",
)
def threshold_brier(
    pred: Array,
    label: Array,
    *,
    threshold: Annotated[
        float, Param("what members and labels are compared with", Interval(-inf, inf, "neither"), usual=(0.0, 1.0))
    ] = 0.0,
) -> Array:
    """Brier score of an ensemble, whose members are the columns of a row, for labels above a threshold.

    Use it where only such an event counts: rain above 10 mm, a price above a limit.
    Shapes: pred (n, m), a column a member in any order, and label (n,).
    Notes: a value equal to the threshold is not above it. A NaN makes its row NaN.
    """
    share = (pred > threshold).mean(axis=1)
    apart = share - (label > threshold)
    missing = np.isnan(pred).any(axis=1) | np.isnan(np.asarray(label, dtype=np.float64))
    return np.where(missing, np.nan, apart * apart)


@threshold_brier.formula
def _(m: Any, pred: Any, label: Any, *, threshold: Any) -> Any:
    return (m.number(sum(x > threshold for x in pred)) / len(pred) - int(label > threshold)) ** 2


threshold_brier.case(pred=[[0, 1, 2, 3]], label=[2], threshold=0.5, expect="1 / 16")
threshold_brier.case(pred=[[0, 1], [3, 4]], label=[1, 0], threshold=1.0, reduction="none", expect=[0.0, 1.0])
