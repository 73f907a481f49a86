from typing import Any

import numpy as np

from ...core.loss import NONNEGATIVE, SYMMETRIC, ZERO_AT_PERFECT, Paper, call, loss
from ...core.scratch import Array
from ._errors import error


@loss(
    "mse",
    aliases=("mean_squared_error",),
    family="regression",
    pred=("values",),
    label=("values",),
    errors_alone=True,
    formula="mean (pred - label)^2",
    unit="squared label units",
    facts={NONNEGATIVE, SYMMETRIC, ZERO_AT_PERFECT},
    source=Paper("Gauss 1809, Theoria motus corporum coelestium"),
    like={
        "tf1": call("tf.compat.v1.losses.mean_squared_error(labels, preds, weights)"),
        "keras": call("keras.losses.MeanSquaredError()(labels, preds, sample_weight)"),
        "torch": call("torch.nn.functional.mse_loss(preds, labels, weight=)", denominator="weights"),
        "sklearn": call("sklearn.metrics.mean_squared_error(labels, preds, sample_weight=)"),
        "optax": call("optax.squared_error(preds, labels)"),
        "document": call("the mean error, its square left out", kernel=lambda pred, label: pred - label),
        "torchmetrics": call("torchmetrics.functional.mean_squared_error(preds, labels)"),
        "lightgbm": call("lightgbm metric='l2'"),
        "gluonts": call("gluonts.evaluation.metrics.mse(labels, preds)"),
        "utilsforecast": call("utilsforecast.losses.mse(df, models)"),
    },
    errata="Some summaries leave the square out: that is the mean error, in which errors of opposite sign cancel.",
    example="diabetes/pred.npy diabetes/label.npy",
)
def mse(pred: Array, label: Array) -> Array:
    """Mean squared error.

    Use it when large errors matter more than small ones; one outlier can dominate it (huber and mae do not mind).
    Shapes: (n,) or (n, d...); with several columns a row's loss is the mean over its elements.
    Notes: infinite predictions give inf.
    """
    errors = error(pred, label)
    return np.multiply(errors, errors, out=errors)


@mse.formula
def _(m: Any, pred: Any, label: Any) -> Any:
    return (pred - label) ** 2


mse.case(pred=[1.5, 2, 5, 3], label=[1, 2, 3, 4], expect=1.3125)
mse.case(pred=[1.5, 2, 5, 3], label=[1, 2, 3, 4], weight=[1, 2, 0, 2], expect=0.45)
mse.case(pred=[1.5, 2, 5, 3], label=[1, 2, 3, 4], weight=[1, 2, 0, 2], denominator="count", expect=0.5625)
mse.case(pred=[1.5, 2, 5, 3], label=[1, 2, 3, 4], weight=[1, 2, 0, 2], denominator="nonzero", expect=0.75)
