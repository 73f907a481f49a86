import math
from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Choice
from ...core.declarations.param import Param
from ...core.loss import NONNEGATIVE, SYMMETRIC, ZERO_AT_PERFECT, Paper, call, loss
from ...core.scratch import Array
from ._errors import error

_OF = ("root", "squares", "half")


@loss(
    "l2",
    aliases=("l2_norm", "euclidean"),
    family="regression",
    pred=("values",),
    label=("values",),
    errors_alone=True,
    item="sum",
    reductions=("sum", "mean"),  # a mean of squares; the root has none
    formula="sqrt(sum (pred - label)^2)",
    unit="label units",
    facts={NONNEGATIVE, SYMMETRIC, ZERO_AT_PERFECT},
    source=Paper("Euclid; Minkowski 1910, Geometrie der Zahlen"),
    like={
        "tf1": call("tf.nn.l2_loss(labels - preds)", of="half", weights=False, inputs="input", items="input"),
        "optax": call("optax.l2_loss(preds, labels)", of="half", reduction="mean", denominator="elements"),
        "document": call("sqrt(sum (label - pred)^2)"),
        "lightgbm": call("lightgbm metric='l2'", of="squares", reduction="mean", note="the mean of squares"),
    },
    errata="Not the root of the mean: it grows with the number of rows. tf.nn.l2_loss, optax.l2_loss: half a square.",
    example="diabetes/pred.npy diabetes/label.npy",
)
def l2(
    pred: Array,
    label: Array,
    *,
    of: Annotated[
        str,
        Param("the root of the sum of squares, the squares themselves, or half of them", Choice(*_OF), knob=True),
    ] = "root",
) -> Array:
    """L2 norm of the error: the Euclidean distance between predictions and labels.

    Use it as a distance between two whole arrays; to compare data sets of different size take mse.
    Shapes: (n,) or (n, d...), one distance over all elements. Weights multiply the squares.
    Notes: infinite predictions give inf.
    """
    squares = error(pred, label)
    np.multiply(squares, squares, out=squares)
    return np.multiply(squares, 0.5, out=squares) if of == "half" else squares


@l2.finish(when=lambda params: params["of"] == "root")
def _(sums: Sequence[float], *, of: str) -> float:
    return math.sqrt(sums[0])


@l2.formula
def _(m: Any, pred: Any, label: Any) -> Any:
    return (pred - label) ** 2


l2.case(pred=[3.0, 0.0], label=[0.0, 4.0], expect="5")
l2.case(pred=[1.5, 2, 5, 3], label=[1, 2, 3, 4], expect="sqrt(5.25)")
l2.case(pred=[1.5, 2, 5, 3], label=[1, 2, 3, 4], of="half", expect=2.625)
l2.case(pred=[1.5, 2, 5, 3], label=[1, 2, 3, 4], of="squares", reduction="mean", expect=1.3125)
