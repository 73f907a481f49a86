from typing import Any

import numpy as np

from ...core.errors import DataProblem
from ...core.loss import NONNEGATIVE, SYMMETRIC, ZERO_AT_PERFECT, Paper, call, loss
from ...core.scratch import Array
from ..regression._errors import error


@loss(
    "mean_pairwise_squared_error",
    aliases=("pairwise_squared_error", "mpse"),
    family="vectors",
    pred=("values",),
    label=("values",),
    whole_rows=True,
    pred_dims=(2, 3, 4),
    item="sum",
    formula="mean over pairs i < j of ((pred_i - pred_j) - (label_i - label_j))^2, within a row",
    unit="squared label units",
    facts={NONNEGATIVE, SYMMETRIC, ZERO_AT_PERFECT},
    source=Paper("Eigen et al. 2014, Depth map prediction from a single image, eq. 1", "arXiv:1406.2283"),
    like={
        "tf1": call(
            "tf.compat.v1.losses.mean_pairwise_squared_error(labels, preds, weights)",
            reduction="sum",
            note="the sum over rows; without weights TensorFlow in eager mode counts the elements of all rows in each",
        ),
    },
    errata="Twice the variance of a row's errors: adding a number to a row of predictions changes nothing. TensorFlow "
    "adds the rows up; here it is their mean.",
    example="faces/pair_a.npy faces/pair_b.npy",
)
def mean_pairwise_squared_error(pred: Array, label: Array) -> Array:
    """Mean squared difference of all pairs of errors within a row.

    Use it where only differences between the elements of a row matter, as the depths of an image; it does not see an
    error that all elements of a row share.
    Shapes: pred and label (n, d) or (n, h, w), one value a row; a row has at least two elements.
    Notes: infinite errors give inf, or NaN where all errors of a row are the same infinity.
    """
    apart = error(pred, label).reshape(len(pred), -1)
    size = apart.shape[1]
    if size < 2:
        raise DataProblem("mean_pairwise_squared_error needs at least two elements a row.", "Take mse for one column.")
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        endless = np.isinf(apart).any(axis=1) & (apart != apart[:, :1]).any(axis=1) & ~np.isnan(apart).any(axis=1)
        apart -= apart.mean(axis=1, keepdims=True)
        np.square(apart, out=apart)
        losses = apart.sum(axis=1)
    losses *= 2.0 / (size - 1)
    losses[endless] = np.inf
    return np.asarray(losses)


@mean_pairwise_squared_error.formula
def _(m: Any, pred: Any, label: Any) -> Any:
    apart = [x - y for x, y in zip(pred, label, strict=True)]
    mean = m.sum(apart) / len(apart)
    return 2 * m.sum((e - mean) ** 2 for e in apart) / (len(apart) - 1)


mean_pairwise_squared_error.case(pred=[[1.5, 2, 5, 3]], label=[[1, 2, 3, 4]], expect="3.125")
mean_pairwise_squared_error.case(pred=[[1.5, 2], [5, 3]], label=[[1, 2], [3, 4]], reduction="sum", expect="9.25")
mean_pairwise_squared_error.case(pred=[[11.0, 12, 13]], label=[[1, 2, 3]], expect="0")
