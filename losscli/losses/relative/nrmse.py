import math
from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Choice
from ...core.declarations.param import Param
from ...core.errors import DataProblem, UsageProblem
from ...core.loss import Dependence, Paper, call, loss
from ...core.scratch import Array
from ...core.sums.reducers import Reducer

_OF_ORDER = Dependence(
    "its divisor is read from the labels in order, of which one or two rows decide",
    "Take --divisor std, mean or mean_abs, or resample rows and look at the spread",
)


_ORDERED = ("range", "max", "iqr")  # divisors that are no functions of means


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
            accepts=lambda given: given.get("divisor", "mean") in ("mean", "std", "range"),
        ),
    },
    elsewhere={
        "gluonts": "gluonts.ev.metrics.NRMSE (--divisor mean_abs)",
        "sktime": "MSEnormalizedBySD, RMSEnormalizedByIQR (quartiles between two labels are other ones there)",
    },
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
            "mean: the mean of the labels; mean_abs: that of their sizes; std: their standard deviation; range: the "
            "largest less the smallest; max: the largest; iqr: the third quartile less the first",
            Choice("mean", "mean_abs", "std", "range", "max", "iqr"),
        ),
    ] = "mean",
) -> tuple[Array, ...]:
    """Root mean squared error relative to how large the labels are, or how much they vary.

    Use it to compare data sets of different units; where labels have both signs, divide by mean_abs or std.
    Shapes: pred and label (n,) or (n, d...), one value over all elements.
    Notes: labels whose divisor is 0 are an error; a mean below 0 gives a value below 0. A quartile between two labels
    is their mean. There is no loss a row, and no standard error of what is divided by range, max or iqr.
    """
    label = np.asarray(label, dtype=pred.dtype)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        if divisor in _ORDERED:
            flat = label.reshape(len(label), -1)
            if divisor == "iqr" and flat.shape[1] > 1:
                raise UsageProblem("--divisor iqr is for one column of labels.", "Name one with --pred and --label.")
            square = np.square(pred - label).reshape(len(label), -1).mean(axis=1)
            return (square, *(np.asarray(part) for part in (flat.max(axis=1), (-flat).max(axis=1))))
        parts = np.square(pred - label), label, np.abs(label), np.square(label)
    return tuple(np.asarray(part.reshape(len(part), -1).mean(axis=1)) for part in parts)


@nrmse.reduce(_OF_ORDER)
def _(terms: int, *, divisor: str) -> dict[int, Reducer]:
    if divisor == "iqr":
        return {1: Reducer("quantile", 0.75), 2: Reducer("quantile", 0.75)}
    return {1: Reducer("largest"), 2: Reducer("largest")} if divisor in _ORDERED else {}


@nrmse.finish(of="means")
def _(means: Sequence[float], *, divisor: str) -> float:
    if divisor in _ORDERED:
        square, high, low = means
        return _quotient(square, high if divisor == "max" else high + low, divisor)
    square, mean, size, squares = means
    by = {"mean": mean, "mean_abs": size}.get(divisor)
    if by is None:
        variance = squares - mean * mean
        by = math.sqrt(variance) if variance > 1e-14 * squares else 0.0
    return _quotient(square, by, divisor)


def _quotient(square: float, by: float, divisor: str) -> float:
    if by == 0:
        raise DataProblem(
            f"The {divisor} of the labels is 0, by which nrmse divides.", "Take rmse, or another --divisor."
        )
    return math.sqrt(square) / by


@nrmse.formula
def _(m: Any, pred: Any, label: Any, *, divisor: str) -> Any:
    by = {"mean": label, "mean_abs": abs(label), "max": label}.get(divisor, 0) if not isinstance(label, list) else 0
    return abs(pred - label) / by if by else NotImplemented


nrmse.case(pred=[0.0, 1, 2, 3], label=[0, 1, 2, 2], expect="0.5 / 1.25")
nrmse.case(pred=[0.0, -4], label=[3, 0], divisor="mean_abs", expect="sqrt(12.5) / 1.5")
nrmse.case(pred=[0.0, 0], label=[3, 1], divisor="std", expect="sqrt(5)")
nrmse.case(pred=[0.0, 0], label=[3, 1], divisor="range", expect="sqrt(5) / 2")
nrmse.case(pred=[0.0, 0], label=[3, 1], divisor="max", expect="sqrt(5) / 3")
nrmse.case(pred=[0.0, 0, 0, 0], label=[1, 2, 4, 8], divisor="iqr", expect="sqrt(85 / 4) / 4.5")
nrmse.case(pred=[0.0, 0, 9], label=[3, 1, 9], divisor="range", weight=[1, 1, 0], expect="sqrt(5) / 2")
