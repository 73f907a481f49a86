from collections.abc import Sequence
from typing import Any

from ...core.loss import NONNEGATIVE, SYMMETRIC, ZERO_AT_PERFECT, Dependence, Paper, call, loss
from ...core.scratch import Array
from ...core.sums.reducers import Reducer
from .._columns import apart
from ._errors import absolute_error

_MEDIAN = Dependence(
    "it is a median of the rows and no mean over them",
    "Take mae for an interval, or compute several sets of rows and see how they vary",
)


@loss(
    "median_absolute_error",
    aliases=("medae", "median_ae", "mdae"),
    family="regression",
    pred=("values",),
    label=("values",),
    errors_alone=True,
    whole_rows=True,
    reductions=("pooled",),
    formula="median |pred - label|",
    unit="label units",
    facts={NONNEGATIVE, SYMMETRIC, ZERO_AT_PERFECT},
    source=Paper("Gauss 1816, Bestimmung der Genauigkeit der Beobachtungen"),
    like={
        "sklearn": call("sklearn.metrics.median_absolute_error(labels, preds, sample_weight=)"),
    },
    elsewhere={"catboost": "MedianAbsoluteError", "sktime": "MedianAbsoluteError"},
    errata="Not the median absolute deviation (MAD), which is about the median of the errors. Half of the rows may be "
    "wrong by any amount without changing it.",
    example="diabetes/pred.npy diabetes/label.npy",
)
def median_absolute_error(pred: Array, label: Array) -> tuple[Array, ...]:
    """Median of the absolute errors: half of the weight errs by no more.

    Use it for a typical error beside outliers that say nothing about the model. It is blind to how bad the worse half
    is: report mae or rmse beside it.
    With weights it is the smallest error that, with all smaller ones, has half of the weight; where that is exactly
    half, the mean of it and the next, as without weights between the two middle rows. Weights that differ from half by
    less than their 15th digit are half.
    Shapes: (n,) or (n, d...), of which the value is the mean of the columns' medians.
    Notes: an infinite error is one of the large ones; a row of weight 0 does not count. Files are read a second time
    where they have more than 1,048,576 different errors. There is no standard error, and no loss a row: take mae.
    """
    return apart(absolute_error(pred, label))


@median_absolute_error.reduce(_MEDIAN)
def _(terms: int) -> dict[int, Reducer]:
    return {column: Reducer("quantile", 0.5) for column in range(terms)}


@median_absolute_error.finish()
def _(medians: Sequence[float]) -> float:
    return sum(medians) / len(medians)


@median_absolute_error.formula
def _(m: Any, pred: Any, label: Any) -> Any:
    """The median of all rows; of one row there is none."""
    if not isinstance(pred, tuple):
        return NotImplemented
    errors = sorted(abs(x - y) for x, y in zip(pred, label, strict=True))
    half = len(errors) // 2
    return errors[half] if len(errors) % 2 else (errors[half - 1] + errors[half]) / 2


median_absolute_error.case(pred=[1.5, 2, 5, 3], label=[1, 2, 3, 4], expect=0.75)
median_absolute_error.case(pred=[1.5, 2, 5], label=[1, 2, 3], expect=0.5)
median_absolute_error.case(pred=[1.5, 2, 5, 3], label=[1, 2, 3, 4], weight=[1, 1, 3, 1], expect="1.5")
median_absolute_error.case(pred=[1.5, 2, 5, 3], label=[1, 2, 3, 4], weight=[1, 0, 4, 1], expect=2)
median_absolute_error.case(pred=[[0.0, 0], [0, 2], [1, 9]], label=[[0, 1], [2, 3], [4, 4]], expect="(2 + 1) / 2")
