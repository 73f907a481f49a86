from typing import Any

import numpy as np

from ...core.loss import NONNEGATIVE, SYMMETRIC, ZERO_AT_PERFECT, Paper, call, loss
from ...core.scratch import Array
from ._errors import error


@loss(
    "half_squared_error",
    aliases=("half_mse", "half_squared_loss"),
    family="regression",
    pred=("values",),
    label=("values",),
    errors_alone=True,
    formula="mean (pred - label)^2 / 2",
    unit="squared label units",
    facts={NONNEGATIVE, SYMMETRIC, ZERO_AT_PERFECT},
    source=Paper("Bishop 2006, Pattern Recognition and Machine Learning, eq. 3.12"),
    like={"optax": call("optax.l2_loss(preds, labels)")},
    errata="Half of mse. Optax calls it l2_loss; LightGBM's l2 is mse; the L2 norm, a root of a sum, is the loss l2.",
    example="diabetes/pred.npy diabetes/label.npy",
)
def half_squared_error(pred: Array, label: Array) -> Array:
    """Half the squared error, whose derivative is the error.

    Use it to compare with training code that has the factor 1/2; in a report mse is what readers expect.
    Shapes: (n,) or (n, d...); with several columns a row's loss is the mean over its elements.
    Notes: infinite predictions give inf.
    """
    apart = error(pred, label)
    np.multiply(apart, apart, out=apart)
    return np.multiply(apart, 0.5, out=apart)


@half_squared_error.formula
def _(m: Any, pred: Any, label: Any) -> Any:
    return (pred - label) ** 2 / 2


half_squared_error.case(pred=[1.5, 2, 5, 3], label=[1, 2, 3, 4], expect=0.65625)
half_squared_error.case(pred=[1.5, 2, 5, 3], label=[1, 2, 3, 4], reduction="none", expect=[0.125, 0.0, 2.0, 0.5])
