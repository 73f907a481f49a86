from typing import Any

from ...core.loss import NONNEGATIVE, SYMMETRIC, ZERO_AT_PERFECT, Dependence, Paper, call, loss
from ...core.scratch import Array
from ...core.sums.reducers import Reducer
from ._errors import absolute_error

_ONE_ROW = Dependence(
    "it is the error of one row, and grows with the number of rows",
    "Take mae or rmse for an interval, or compute several sets of rows and see how they vary",
)


@loss(
    "max_error",
    aliases=("maximum_error", "max_absolute_error", "largest_error", "linf", "chebyshev"),
    family="regression",
    pred=("values",),
    label=("values",),
    errors_alone=True,
    whole_rows=True,
    reductions=("pooled", "none"),
    formula="max |pred - label|",
    unit="label units",
    facts={NONNEGATIVE, SYMMETRIC, ZERO_AT_PERFECT},
    source=Paper("Chebyshev 1854, Théorie des mécanismes connus sous le nom de parallélogrammes"),
    like={
        "sklearn": call("sklearn.metrics.max_error(labels, preds)", weights=False),
    },
    errata="Not a mean: it does not shrink with more rows, but grows. Weights say only which rows count.",
    example="diabetes/pred.npy diabetes/label.npy",
)
def max_error(pred: Array, label: Array) -> Array:
    """The largest absolute error of all rows.

    Use it where one bad prediction does the harm, as for the error of an approximation that must hold everywhere. A
    single outlier decides it: for a typical error take mae or median_absolute_error.
    Shapes: (n,) or (n, d...); a row's loss is the largest error of its elements.
    Notes: an infinite error gives inf; a row of weight 0 does not count. There is no standard error.
    """
    errors = absolute_error(pred, label)
    return errors if errors.ndim == 1 else errors.reshape(len(errors), -1).max(axis=1)


@max_error.reduce(_ONE_ROW)
def _(terms: int) -> dict[int, Reducer]:
    return {0: Reducer("largest")}


@max_error.formula
def _(m: Any, pred: Any, label: Any) -> Any:
    """Of one row, and of all."""
    if isinstance(pred, tuple | list):
        return m.maximum(*(abs(x - y) for x, y in zip(pred, label, strict=True))) if len(pred) > 1 else NotImplemented
    return abs(pred - label)


max_error.case(pred=[1.5, 2, 5, 3], label=[1, 2, 3, 4], expect=2)
max_error.case(pred=[1.5, 2, 5, 3], label=[1, 2, 3, 4], weight=[1, 1, 0, 3], expect=1)
max_error.case(pred=[[1.5, 2], [5, 3]], label=[[1, 2], [3, 4]], reduction="none", expect=[0.5, 2])
