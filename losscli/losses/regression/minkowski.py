from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Choice, Interval, inf
from ...core.declarations.param import Param
from ...core.loss import NONNEGATIVE, SYMMETRIC, ZERO_AT_PERFECT, Paper, call, loss
from ...core.scratch import Array
from .._stable import power
from ._errors import absolute_error


@loss(
    "minkowski",
    aliases=("minkowski_distance", "lp_norm", "lq"),
    family="regression",
    pred=("values",),
    label=("values",),
    errors_alone=True,
    item="sum",
    reductions=("sum", "mean"),  # a mean of powers; the root has none
    formula="(sum |pred - label|^p)^(1/p)",
    unit="label units",
    facts={NONNEGATIVE, SYMMETRIC, ZERO_AT_PERFECT},
    source=Paper("Minkowski 1910, Geometrie der Zahlen"),
    like={
        "torchmetrics": call("torchmetrics.functional.minkowski_distance(preds, labels, p)"),
        "catboost": call(
            "catboost.utils.eval_metric(labels, preds, 'Lq:q=', weight)", of="powers", reduction="mean", note="no root"
        ),
    },
    errata="A distance of two whole arrays, which grows with the number of rows. CatBoost's Lq is the mean of |e|^q "
    "without a root: --of powers --reduction mean.",
    example="diabetes/pred.npy diabetes/label.npy",
)
def minkowski(
    pred: Array,
    label: Array,
    *,
    p: Annotated[
        float,
        Param("power of the absolute errors", Interval(1, inf, "left"), usual=(1.0, 1.5, 2.0, 2.5, 3.0, 4.0)),
    ] = 2.0,
    of: Annotated[
        str, Param("the root of the sum of powers, or the powers themselves", Choice("root", "powers"), knob=True)
    ] = "root",
) -> Array:
    """Minkowski distance between predictions and labels: l1 at p = 1, l2 at p = 2.

    Use it to weigh large errors more (p above 2) or less (p below 2) than l2 does; mae and mse suit reports better.
    Shapes: (n,) or (n, d...), one distance over all elements. Weights multiply the powers.
    Notes: infinite predictions give inf.
    """
    size = absolute_error(pred, label)
    with np.errstate(over="ignore", under="ignore"):
        return power(size, p)


@minkowski.finish(when=lambda params: params["of"] == "root")
def _(sums: Sequence[float], *, p: float, of: str) -> float:
    return float(sums[0] ** (1.0 / p))


@minkowski.formula
def _(m: Any, pred: Any, label: Any, *, p: Any) -> Any:
    return m.power(abs(pred - label), p)


minkowski.case(pred=[3.0, 0.0], label=[0.0, 4.0], expect="5")
minkowski.case(pred=[3.0, 4.0, 5.0], label=[0.0, 0.0, 0.0], p=3, expect="6")
minkowski.case(pred=[1.0, 4.0], label=[0.0, 0.0], p=1.5, of="powers", reduction="mean", expect="4.5")
