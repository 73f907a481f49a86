import math
from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Choice
from ...core.declarations.param import Param
from ...core.errors import DataProblem
from ...core.loss import Paper, call, loss
from ...core.scratch import Array


@loss(
    "nrmse",
    aliases=("normalized_root_mean_squared_error", "normalised_root_mean_squared_error", "nd_rmse"),
    family="relative errors",
    pred=("values",),
    label=("values",),
    reductions=("mean",),
    formula="sqrt(mean (pred - label)^2) / divisor of the labels",
    unit="",
    source=Paper("Shcherbakov et al. 2013, A survey of forecast error measures"),
    like={
        "torchmetrics": call(
            "torchmetrics.functional.regression.normalized_root_mean_squared_error(preds, labels, normalization=)",
            accepts=lambda given: given.get("divisor", "mean") != "mean_abs",
        ),
    },
    elsewhere={"gluonts": "gluonts.ev.metrics.NRMSE (--divisor mean_abs)"},
    errata="What it is divided by differs: the mean of the labels, of their sizes, their deviation, their range.",
    example="diabetes/pred.npy diabetes/label.npy",
)
def nrmse(
    pred: Array,
    label: Array,
    *,
    divisor: Annotated[
        str,
        Param(
            "mean: the mean of the labels; mean_abs: that of their sizes; std: their standard deviation",
            Choice("mean", "mean_abs", "std"),
        ),
    ] = "mean",
) -> tuple[Array, ...]:
    """Root mean squared error relative to how large the labels are, or how much they vary.

    Use it to compare data sets of different units; where labels have both signs, divide by mean_abs or std.
    Shapes: pred and label (n,) or (n, d...), one value over all elements.
    Notes: labels whose divisor is 0 are an error; a mean below 0 gives a value below 0. There is no loss a row.
    """
    label = np.asarray(label, dtype=pred.dtype)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        parts = np.square(pred - label), label, np.abs(label), np.square(label)
    return tuple(np.asarray(part.reshape(len(part), -1).mean(axis=1)) for part in parts)


@nrmse.finish(of="means")
def _(means: Sequence[float], *, divisor: str) -> float:
    square, mean, size, squares = means
    by = {"mean": mean, "mean_abs": size}.get(divisor)
    if by is None:
        variance = squares - mean * mean
        by = math.sqrt(variance) if variance > 1e-14 * squares else 0.0
    if by == 0:
        raise DataProblem(
            f"The {divisor} of the labels is 0, by which nrmse divides.", "Take rmse, or another --divisor."
        )
    return math.sqrt(square) / by


@nrmse.formula
def _(m: Any, pred: Any, label: Any, *, divisor: str) -> Any:
    by = {"mean": label, "mean_abs": abs(label), "std": 0}[divisor] if not isinstance(label, list) else 0
    return abs(pred - label) / by if by else NotImplemented


nrmse.case(pred=[0.0, 1, 2, 3], label=[0, 1, 2, 2], expect="0.5 / 1.25")
nrmse.case(pred=[0.0, -4], label=[3, 0], divisor="mean_abs", expect="sqrt(12.5) / 1.5")
nrmse.case(pred=[0.0, 0], label=[3, 1], divisor="std", expect="sqrt(5)")
