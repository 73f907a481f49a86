import math
from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Choice
from ...core.declarations.param import Param, Role
from ...core.errors import DataProblem
from ...core.loss import Paper, call, loss
from ...core.scratch import Array

_HINT = "Compare with another baseline, or take mae or mse."


@loss(
    "relative_error",
    aliases=("rmae", "relative_mae", "rel_mae", "relmse", "relative_absolute_error"),
    family="forecasting",
    pred=("values",),
    label=("values",),
    single=False,
    reductions=("mean",),
    formula="mean |pred - label| / mean |baseline - label|; squared: of squares",
    unit="",
    source=Paper(
        "Hyndman and Koehler 2006, Another look at measures of forecast accuracy, section 2.4",
        "doi:10.1016/j.ijforecast.2006.03.001",
    ),
    like={
        "utilsforecast": call("utilsforecast.losses.rmae(df, models, baseline)", accepts=lambda given: not given),
    },
    elsewhere={
        "neuralforecast": "relMSE (--measure squared)",
        "sktime": "GeometricMeanRelativeAbsoluteError (--measure geometric)",
    },
    errata="Below 1 predictions are better than the baseline. The mean of the quotients of single rows is another "
    "number, which has no limit where the baseline is right.",
    example="forecasts/forecasts.csv --pred mean --label y --baseline ::q0.5",
)
def relative_error(
    pred: Array,
    label: Array,
    *,
    baseline: Annotated[Array, Role("the predictions to compare with, such as those of a naive forecast", "pred's")],
    measure: Annotated[
        str,
        Param(
            "absolute: the quotient of mean absolute errors; squared: of mean squared errors; geometric: the geometric "
            "mean of the quotients of absolute errors",
            Choice("absolute", "squared", "geometric"),
        ),
    ] = "absolute",
) -> tuple[Array, ...]:
    """Errors of predictions relative to those of a baseline on the same rows.

    Use it to say how much better a model is than a simple one, whatever the unit; of forecasts mase compares with the
    naive forecast of the training part. Several series: --by, and the mean of their values.
    Shapes: pred, label and baseline (n,) or (n, d...), one value over all elements.
    Notes: a baseline that is right everywhere is an error; so is, of geometric, one that is right in any row. There is
    no loss a row.
    """
    other = np.asarray(baseline, dtype=np.float64)
    if other.shape != pred.shape:
        raise DataProblem(
            f"baseline has shape {other.shape}, and the predictions {pred.shape}.",
            "Both are one number for each label.",
        )
    with np.errstate(over="ignore", under="ignore", invalid="ignore", divide="ignore"):
        ours, theirs = np.abs(pred - label), np.abs(other - label)
        if measure == "squared":
            ours, theirs = ours * ours, theirs * theirs
        if measure == "geometric":
            _refuse_right(theirs)
            ours, theirs = np.log(ours) - np.log(theirs), np.ones_like(theirs)
    return tuple(np.asarray(part.reshape(len(part), -1).mean(axis=1)) for part in (ours, theirs))


def _refuse_right(theirs: Array) -> None:
    if (theirs == 0).any():
        at = int(np.argwhere(theirs == 0)[0][0])
        raise DataProblem(f"The baseline is exactly right in row {at} (from 0), by which this measure divides.", _HINT)


@relative_error.finish(of="means")
def _(means: Sequence[float], *, measure: str) -> float:
    if measure == "geometric":
        return math.exp(means[0]) if means[0] < 709.0 else math.inf
    if means[1] == 0:
        raise DataProblem("The baseline is right everywhere, so there is nothing to compare with.", _HINT)
    return means[0] / means[1]


@relative_error.formula
def _(m: Any, pred: Any, label: Any, *, baseline: Any, measure: str) -> Any:
    if isinstance(pred, list):  # the elements of a row
        return NotImplemented
    ours, theirs = abs(pred - label), abs(baseline - label)
    if theirs == 0:
        return NotImplemented
    return (ours / theirs) ** 2 if measure == "squared" else ours / theirs


relative_error.case(pred=[1.5, 2, 5, 3], label=[1, 2, 3, 4], baseline=[0, 0, 0, 0], expect="3.5 / 10")
relative_error.case(pred=[1.0, 3], label=[0, 0], baseline=[2, 2], measure="squared", expect="10 / 8")
relative_error.case(pred=[1.0, 4], label=[0, 0], baseline=[2, 2], measure="geometric", expect="1")
