import math
from typing import Any

import numpy as np

from ...core.loss import NONNEGATIVE, SYMMETRIC, ZERO_AT_PERFECT, Paper, call, loss
from ...core.scratch import Array
from ._errors import absolute_error


def _keras(pred: Array, label: Array) -> Array:
    """e + softplus(-2 e) - log 2 in its floats, of which little is left near 0; NaN where e is -inf."""
    with np.errstate(all="ignore"):
        apart = pred - label.astype(pred.dtype)
        slope = apart * -2
        soft = np.maximum(slope, 0) + np.log1p(np.exp(-np.abs(slope)))
        losses: Array = apart + soft - pred.dtype.type(math.log(2.0))
    return losses


def _optax(pred: Array, label: Array) -> Array:
    """log(exp(e) + exp(-e)) - log 2 in its floats."""
    with np.errstate(all="ignore"):
        size = np.abs(pred - label.astype(pred.dtype))
        losses: Array = size + np.log1p(np.exp(-2 * size)) - pred.dtype.type(math.log(2.0))
    return losses


def _torchmetrics(pred: Array, label: Array) -> Array:
    """As it is written, in the floats of the file: inf from errors of 89 on in float32, of 710 on in float64."""
    with np.errstate(over="ignore", under="ignore"):
        apart = pred - label.astype(pred.dtype)
        losses: Array = np.log((np.exp(apart) + np.exp(-apart)) / 2)
    return losses


@loss(
    "log_cosh",
    aliases=("logcosh", "log_cosh_loss"),
    family="regression",
    pred=("values",),
    label=("values",),
    errors_alone=True,  # it sees its inputs through `error` alone, which takes float32 as it is
    formula="log cosh(pred - label)",
    unit="label units",
    facts={NONNEGATIVE, SYMMETRIC, ZERO_AT_PERFECT},
    source=Paper("Green 1990, Bayesian reconstructions from emission tomography data", "doi:10.1109/42.52985"),
    like={
        "keras": call("keras.losses.LogCosh()(labels, preds, sample_weight)", kernel=_keras),
        "optax": call("optax.log_cosh(preds, labels)", kernel=_optax),
        "torchmetrics": call(
            "torchmetrics.functional.regression.log_cosh_error(preds, labels)", kernel=_torchmetrics, note="overflows"
        ),
    },
    elsewhere={
        "catboost": "LogCosh (its fast logarithms are off by up to 1e-4 a row)",
    },
    errata="Written as log((exp(e) + exp(-e)) / 2) it overflows from errors of 710 on; it is |e| - log 2 there.",
    example="diabetes/pred.npy diabetes/label.npy",
)
def log_cosh(pred: Array, label: Array) -> Array:
    """Half the squared error where errors are small, the absolute error less log 2 where they are large.

    Use it like huber when a smooth second derivative matters. Its corner is at errors of about 1: scale labels whose
    errors are all far from that, or take huber with a delta.
    Shapes: (n,) or (n, d...); with several columns a row's loss is the mean over its elements.
    Notes: infinite predictions give inf.
    """
    size = absolute_error(pred, label)
    near = size < 1.0
    half = np.sinh(np.where(near, size, 0.0) * 0.5)
    small = np.log1p(2.0 * half * half)  # cosh e = 1 + 2 sinh(e / 2)^2
    with np.errstate(under="ignore"):
        large = np.log1p(np.exp(-2.0 * size))
    large += size
    large -= math.log(2.0)
    return np.where(near, small, large)


@log_cosh.formula
def _(m: Any, pred: Any, label: Any) -> Any:
    e = abs(pred - label)
    return m.log1p(2 * m.sinh(e / 2) ** 2) if e < 1 else e + m.log1p(m.exp(-2 * e)) - m.log(m.number(2))


log_cosh.case(pred=[1.5, 2, 5, 3], label=[1, 2, 3, 4], reduction="none", expect=[0.1201145, 0, 1.3250027, 0.4337808])
log_cosh.case(pred=[1000.0], label=[0.0], expect="1000 - ln 2")
log_cosh.case(pred=[1e-8], label=[0.0], expect="1e-8 * 1e-8 / 2")
