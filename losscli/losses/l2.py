import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core.loss import NONNEGATIVE, SYMMETRIC, ZERO_AT_PERFECT, Paper, loss
from ..core.scratch import Array
from ._errors import error


@loss(
    "l2",
    aliases=("l2_norm", "euclidean"),
    family="regression",
    pred=("values",),
    label=("values",),
    item="sum",
    reductions=("sum",),
    block_elements=1 << 19,  # few passes over one buffer: what a block costs beside them weighs more
    formula="sqrt(sum (pred - label)^2)",
    unit="label units",
    facts={NONNEGATIVE, SYMMETRIC, ZERO_AT_PERFECT},
    source=Paper("Euclid; Minkowski 1910, Geometrie der Zahlen"),
    calls={"tf1": "not tf.nn.l2_loss, which is half the sum of squares without the root"},
    errata="Not the root of the mean: it grows with the number of rows. tf.nn.l2_loss, optax.l2_loss: half a square.",
    example="diabetes/pred.npy diabetes/label.npy",
)
def l2(pred: Array, label: Array) -> Array:
    """L2 norm of the error: the Euclidean distance between predictions and labels.

    Use it as a distance between two whole arrays; to compare data sets of different size take mse.
    Shapes: (n,) or (n, d...), one distance over all elements. Weights multiply the squares.
    Edges: infinite predictions give inf.
    """
    found = error(pred, label)
    return np.multiply(found, found, out=found)


@l2.finish()
def _(sums: Sequence[float]) -> float:
    return math.sqrt(sums[0])


@l2.formula
def _(m: Any, pred: Any, label: Any) -> Any:
    return (pred - label) ** 2


l2.case(pred=[3.0, 0.0], label=[0.0, 4.0], expect="5")
l2.case(pred=[1.5, 2, 5, 3], label=[1, 2, 3, 4], expect="sqrt(5.25)")
