from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Interval, inf
from ...core.declarations.param import Param
from ...core.errors import UsageProblem
from ...core.loss import NONNEGATIVE, ZERO_AT_PERFECT, Paper, Rows, call, loss
from ...core.scratch import Array
from .._domains import refuse
from ..regression._errors import absolute_error

EPS64 = float(np.finfo(np.float64).eps)


def _utilsforecast(pred: Array, label: Array, *, floor: float) -> Rows:
    """Rows of label 0 do not count."""
    if pred.ndim > 1:
        raise UsageProblem("utilsforecast has no mape of several columns at once.", "Give one column of predictions.")
    truth = label.astype(pred.dtype)
    counts = truth != 0
    size = np.where(counts, np.abs(truth), 1)
    losses = np.where(counts, np.abs(truth - pred) / size, 0)
    return Rows((losses,), counts.astype(np.float64), int(len(counts) - counts.sum()))


@loss(
    "mape",
    aliases=("mean_absolute_percentage_error", "absolute_percentage_error"),
    family="relative errors",
    pred=("values",),
    label=("values",),
    formula="mean |pred - label| / max(|label|, floor)",
    unit="",
    facts={NONNEGATIVE, ZERO_AT_PERFECT},
    source=Paper("Makridakis 1993, Accuracy measures: theoretical and practical concerns"),
    like={
        "keras": call(
            "keras.losses.MeanAbsolutePercentageError()(labels, preds, sample_weight)",
            floor=1e-7,
            factor=100.0,
            note="percent, not a fraction",
        ),
        "sklearn": call("sklearn.metrics.mean_absolute_percentage_error(labels, preds, sample_weight=)", floor=EPS64),
        "torchmetrics": call("torchmetrics.functional.mean_absolute_percentage_error(preds, labels)", floor=1.17e-6),
        "xgboost": call("xgboost eval_metric='mape'"),
        "lightgbm": call("lightgbm metric='mape'", floor=1.0, note="labels below 1 count as 1"),
        "catboost": call("catboost.utils.eval_metric(labels, preds, 'MAPE', weight)", floor=1.0),
        "gluonts": call("gluonts.evaluation.metrics.mape(labels, preds)"),
        "utilsforecast": call(
            "utilsforecast.losses.mape(df, models)", kernel=_utilsforecast, note="rows of label 0 are left out"
        ),
    },
    errata="A fraction here, as in scikit-learn; Keras multiplies by 100. Near labels of 0 libraries differ by many "
    "orders of magnitude, for each divides by a floor of its own. The best constant is below the median.",
    example="diabetes/pred.npy diabetes/label.npy",
)
def mape(
    pred: Array,
    label: Array,
    *,
    floor: Annotated[
        float,
        Param(
            "the least that an error is divided by",
            Interval(0, inf, "left"),
            knob=True,
            usual=(0.0, 1.0, 1e-7, 1.17e-6, EPS64),
        ),
    ] = 0.0,
) -> Array:
    """Mean absolute percentage error, as a fraction: the error relative to the label.

    Use it where labels are far from 0 and of one sign. Near 0 it says nothing but how near: take wape or msle there.
    Shapes: (n,) or (n, d...); with several columns a row's loss is the mean over its elements.
    Notes: a label of 0 is an error, for nothing can be divided by it; a floor gives it a value. Infinite predictions
    give inf.
    """
    size = np.abs(label, dtype=pred.dtype) if label.dtype.kind == "f" else np.abs(label.astype(pred.dtype))
    if floor:
        size = np.maximum(size, size.dtype.type(floor))
    else:
        refuse(label, size == 0, "label", "is what the error would be divided by", _WAY_ON)
    losses = absolute_error(pred, label)
    with np.errstate(over="ignore", under="ignore"):
        return np.divide(losses, size, out=losses)


_WAY_ON = "Give the least divisor with --floor NUMBER, or a library's own with --like NAME; or take wape."


@mape.formula
def _(m: Any, pred: Any, label: Any) -> Any:
    return abs(pred - label) / abs(label)


mape.case(pred=[1.5, 2, 5, 3], label=[1, 2, 3, 4], expect="(0.5 + 2 / 3 + 0.25) / 4")
mape.case(pred=[1.0, -3.0], label=[2.0, -2.0], expect="0.5")
mape.case(pred=[3.0, 1.0], label=[0.0, 2.0], floor=0.5, reduction="none", expect=[6.0, 0.5])
