import math
from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np

from ...core.loss import NONNEGATIVE, SYMMETRIC, ZERO_AT_PERFECT, Paper, call, loss
from ...core.scratch import Array
from .._columns import COLUMNS, apart, mean_of_columns
from ._errors import error


@loss(
    "rmse",
    aliases=("root_mean_squared_error", "rmsd"),
    family="regression",
    pred=("values",),
    label=("values",),
    errors_alone=True,
    reductions=("mean",),
    formula="sqrt(mean (pred - label)^2)",
    unit="label units",
    facts={NONNEGATIVE, SYMMETRIC, ZERO_AT_PERFECT},
    source=Paper("Gauss 1823, Theoria combinationis observationum erroribus minimis obnoxiae"),
    like={
        "keras": call("keras.metrics.RootMeanSquaredError()(labels, preds, sample_weight)", denominator="weights"),
        "sklearn": call("sklearn.metrics.root_mean_squared_error(labels, preds, sample_weight=)", columns="each"),
        "torchmetrics": call("torchmetrics.functional.mean_squared_error(preds, labels, squared=False)"),
        "xgboost": call("xgboost eval_metric='rmse'"),
        "lightgbm": call("lightgbm metric='rmse'"),
        "catboost": call("catboost.utils.eval_metric(labels, preds, 'RMSE', weight)"),
        "utilsforecast": call("utilsforecast.losses.rmse(df, models)"),
    },
    errata="One root over all rows, not a mean of roots. With several columns scikit-learn takes the root of each "
    "column's mean and averages those; Keras takes one root over all elements.",
    example="diabetes/pred.npy diabetes/label.npy",
)
def rmse(pred: Array, label: Array, *, columns: Annotated[str, COLUMNS] = "all") -> Array | tuple[Array, ...]:
    """Root mean squared error.

    Use it as mse in the units of the label. It ranks models as mse does, and like it one outlier can dominate it.
    Shapes: (n,) or (n, d...); one root over all elements, or the mean of a root a column with columns "each".
    Notes: infinite predictions give inf. Weights weigh the squares. There is no loss a row: take mse for those.
    """
    apart_by = error(pred, label)
    np.multiply(apart_by, apart_by, out=apart_by)
    return apart(apart_by) if columns == "each" else apart_by


@rmse.finish(of="means")
def _(means: Sequence[float], *, columns: str) -> float:
    return mean_of_columns(math.sqrt, means)


@rmse.formula
def _(m: Any, pred: Any, label: Any, *, columns: str) -> Any:
    return (pred - label) ** 2


rmse.case(pred=[3.0, 0.0], label=[0.0, 4.0], expect="sqrt(12.5)")
rmse.case(pred=[1.5, 2, 5, 3], label=[1, 2, 3, 4], expect="sqrt(1.3125)")
rmse.case(pred=[1.5, 2, 5, 3], label=[1, 2, 3, 4], weight=[1, 2, 0, 2], expect="sqrt(0.45)")
rmse.case(pred=[[1, 3], [1, 4]], label=[[0, 0], [0, 0]], expect="sqrt(6.75)")
rmse.case(pred=[[1, 3], [1, 4]], label=[[0, 0], [0, 0]], columns="each", expect="(1 + sqrt(12.5)) / 2")
