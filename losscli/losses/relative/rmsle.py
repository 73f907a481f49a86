import math
from collections.abc import Sequence
from typing import Annotated, Any

from ...core.loss import NONNEGATIVE, SYMMETRIC, ZERO_AT_PERFECT, Paper, call, loss
from ...core.scratch import Array
from .._columns import COLUMNS, apart, mean_of_columns
from ._log_errors import plain_terms, squared_log_error


@loss(
    "rmsle",
    aliases=("root_mean_squared_log_error", "root_mean_squared_logarithmic_error"),
    family="relative errors",
    pred=("values",),
    label=("values",),
    reductions=("mean",),
    formula="sqrt(mean (log(1 + pred) - log(1 + label))^2)",
    unit="nats",
    facts={NONNEGATIVE, SYMMETRIC, ZERO_AT_PERFECT},
    source=Paper("scikit-learn, sklearn.metrics.root_mean_squared_log_error"),
    like={
        "sklearn": call(
            "sklearn.metrics.root_mean_squared_log_error(labels, preds, sample_weight=)",
            columns="each",
            kernel=plain_terms,
        ),
        "xgboost": call("xgboost eval_metric='rmsle'", kernel=plain_terms),
    },
    errata="One root over all rows, not a mean of roots. Natural logarithms of 1 + value, not of the value.",
    example="diabetes/pred.npy diabetes/label.npy",
)
def rmsle(pred: Array, label: Array, *, columns: Annotated[str, COLUMNS] = "all") -> Array | tuple[Array, ...]:
    """Root mean squared logarithmic error: about the typical relative error, where errors are small.

    Use it as msle in the units of a logarithm; it ranks models as msle does.
    Shapes: (n,) or (n, d...); one root over all elements, or the mean of a root a column with columns "each".
    Notes: predictions and labels must be above -1; an infinite prediction gives inf. There is no loss a row.
    """
    squares = squared_log_error(pred, label)
    return apart(squares) if columns == "each" else squares


@rmsle.finish(of="means")
def _(means: Sequence[float], *, columns: str) -> float:
    return mean_of_columns(math.sqrt, means)


@rmsle.formula
def _(m: Any, pred: Any, label: Any, *, columns: str) -> Any:
    return m.log((1 + pred) / (1 + label)) ** 2


rmsle.case(pred=[1.0, 0.0], label=[0.0, 3.0], expect="sqrt(2.5) * ln 2")
rmsle.case(pred=[1.0], label=[0.0], expect="ln 2")
rmsle.case(pred=[[1.0, 0.0]], label=[[0.0, 3.0]], columns="each", expect="1.5 * ln 2")
