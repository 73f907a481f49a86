from typing import Any

from ...core.loss import NONNEGATIVE, SYMMETRIC, ZERO_AT_PERFECT, Paper, call, loss
from ...core.scratch import Array
from ._log_errors import keras_terms, plain_terms, squared_log_error


@loss(
    "msle",
    aliases=("mean_squared_logarithmic_error", "mean_squared_log_error", "squared_log_error"),
    family="relative errors",
    pred=("values",),
    label=("values",),
    formula="mean (log(1 + pred) - log(1 + label))^2",
    unit="squared nats",
    facts={NONNEGATIVE, SYMMETRIC, ZERO_AT_PERFECT},
    source=Paper("scikit-learn, sklearn.metrics.mean_squared_log_error"),
    like={
        "keras": call(
            "keras.losses.MeanSquaredLogarithmicError()(labels, preds, sample_weight)",
            kernel=keras_terms,
            note="values below 1e-7 count as 1e-7",
        ),
        "sklearn": call("sklearn.metrics.mean_squared_log_error(labels, preds, sample_weight=)", kernel=plain_terms),
        "torchmetrics": call("torchmetrics.functional.mean_squared_log_error(preds, labels)", kernel=plain_terms),
        "catboost": call("catboost.utils.eval_metric(labels, preds, 'MSLE', weight)"),
    },
    errata="Natural logarithms of 1 + value, not of the value. Keras takes values below 0 for 1e-7; here they are real "
    "down to -1, and an error below.",
    example="diabetes/pred.npy diabetes/label.npy",
)
def msle(pred: Array, label: Array) -> Array:
    """Mean squared logarithmic error.

    Use it for amounts over several orders of magnitude, where the ratio matters; too low costs more than too high.
    Shapes: (n,) or (n, d...); with several columns a row's loss is the mean over its elements.
    Notes: predictions and labels must be above -1; an infinite prediction gives inf.
    """
    return squared_log_error(pred, label)


@msle.formula
def _(m: Any, pred: Any, label: Any) -> Any:
    return m.log((1 + pred) / (1 + label)) ** 2


msle.case(pred=[1.5, 2, 5, 3], label=[1, 2, 3, 4], expect=0.0659971)
msle.case(pred=[1.0, 0.0], label=[0.0, 3.0], expect="(ln(2) ^ 2 + ln(4) ^ 2) / 2")
msle.case(pred=[-0.5], label=[1.0], expect="ln(4) ^ 2 * 1.0")
