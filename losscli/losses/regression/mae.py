from typing import Any

from ...core.loss import NONNEGATIVE, SYMMETRIC, ZERO_AT_PERFECT, Paper, call, loss
from ...core.scratch import Array
from ._errors import absolute_error


@loss(
    "mae",
    aliases=("mean_absolute_error", "absolute_difference", "l1_loss"),
    family="regression",
    pred=("values",),
    label=("values",),
    errors_alone=True,
    formula="mean |pred - label|",
    unit="label units",
    facts={NONNEGATIVE, SYMMETRIC, ZERO_AT_PERFECT},
    source=Paper("Laplace 1774, Mémoire sur la probabilité des causes par les évènemens"),
    like={
        "tf1": call("tf.compat.v1.losses.absolute_difference(labels, preds, weights)"),
        "keras": call("keras.losses.MeanAbsoluteError()(labels, preds, sample_weight)"),
        "torch": call("torch.nn.functional.l1_loss(preds, labels, weight=)", denominator="weights"),
        "sklearn": call("sklearn.metrics.mean_absolute_error(labels, preds, sample_weight=)"),
        "torchmetrics": call("torchmetrics.functional.mean_absolute_error(preds, labels)"),
        "xgboost": call("xgboost eval_metric='mae'"),
        "lightgbm": call("lightgbm metric='l1'"),
        "utilsforecast": call("utilsforecast.losses.mae(df, models)"),
    },
    elsewhere={"catboost": "MAE (of |e| - 1e-6)"},
    errata="torch's l1_loss is this mean; the L1 norm, a sum, is the loss l1.",
    example="diabetes/pred.npy diabetes/label.npy",
)
def mae(pred: Array, label: Array) -> Array:
    """Mean absolute error.

    Use it when outliers should not dominate; the best constant prediction is the median.
    Shapes: (n,) or (n, d...); with several columns a row's loss is the mean over its elements.
    Notes: infinite predictions give inf.
    """
    return absolute_error(pred, label)


@mae.formula
def _(m: Any, pred: Any, label: Any) -> Any:
    return abs(pred - label)


mae.case(pred=[1.5, 2, 5, 3], label=[1, 2, 3, 4], expect=0.875)
mae.case(pred=[1.5, 2, 5, 3], label=[1, 2, 3, 4], weight=[1, 2, 0, 2], expect="0.5")
