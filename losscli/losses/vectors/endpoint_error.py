from typing import Any

import numpy as np

from ...core.loss import NONNEGATIVE, SYMMETRIC, ZERO_AT_PERFECT, Paper, loss
from ...core.scratch import Array
from ..regression._errors import absolute_error


@loss(
    "endpoint_error",
    aliases=("epe", "average_endpoint_error", "mean_euclidean_distance", "mpjpe"),
    family="vectors",
    pred=("values",),
    label=("values",),
    whole_rows=True,
    along_axis="vectors",
    formula="mean sqrt(sum_d (pred_d - label_d)^2)",
    unit="label units",
    facts={NONNEGATIVE, SYMMETRIC, ZERO_AT_PERFECT},
    source=Paper(
        "Otte and Nagel 1994, Optical flow estimation: advances and comparisons", "doi:10.1007/3-540-57956-7_5"
    ),
    errata="A mean of distances, not the distance of two whole arrays, which is the loss l2; and not rmse, which takes "
    "its root after the mean.",
    example="faces/pair_a.npy faces/pair_b.npy",
)
def endpoint_error(pred: Array, label: Array) -> Array:
    """Mean Euclidean distance between predicted and true points or vectors.

    Use it for optical flow, key points and positions; the mean of squares (mse) minds outliers more.
    Shapes: pred and label (n, d) or (n, ..., d), the coordinates on the last axis, or along
    --class-axis; (n,) is one coordinate, so mae.
    Notes: infinite predictions give inf.
    """
    size = absolute_error(pred, label)
    if size.ndim == 1:
        return size
    largest = size.max(axis=-1, keepdims=True)
    with np.errstate(under="ignore", over="ignore", invalid="ignore", divide="ignore"):
        scaled = np.where(largest > 0, size / largest, 0.0)
        losses = np.sqrt(np.square(scaled).sum(axis=-1)) * largest[..., 0]
    losses[largest[..., 0] == np.inf] = np.inf
    return np.asarray(losses)


@endpoint_error.formula
def _(m: Any, pred: Any, label: Any) -> Any:
    if not isinstance(pred, list):
        return abs(pred - label)
    return m.sqrt(m.sum((x - y) ** 2 for x, y in zip(pred, label, strict=True)))


endpoint_error.case(pred=[[3.0, 4.0], [0.0, 0.0]], label=[[0.0, 0.0], [0.0, 2.0]], expect="3.5")
endpoint_error.case(pred=[[[3.0, 4.0], [0.0, 0.0]]], label=[[[0.0, 0.0], [0.0, 2.0]]], expect="3.5")
endpoint_error.case(pred=[1.5, 2.0], label=[1.0, 4.0], expect="1.25")
