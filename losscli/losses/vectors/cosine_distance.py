from typing import Any

import numpy as np

from ...core.loss import NONNEGATIVE, SYMMETRIC, ZERO_AT_PERFECT, Paper, call, loss
from ...core.scratch import Array
from ._cosines import unit_rows


def _product(pred: Array, label: Array) -> Array:
    """1 - the sum of products: TensorFlow's, which is for unit vectors and does not make them."""
    with np.errstate(all="ignore"):
        losses: Array = pred.dtype.type(1.0) - (pred * label.astype(pred.dtype)).sum(axis=1)
    return losses


def _optax(pred: Array, label: Array) -> Array:
    """1 - the cosine, NaN for a row of zeros."""

    def unit(values: Array) -> Array:
        return np.asarray(values / np.sqrt(np.square(values).sum(axis=1, keepdims=True)))

    with np.errstate(all="ignore"):
        return _product(unit(pred), unit(label.astype(pred.dtype)))


@loss(
    "cosine_distance",
    aliases=("cosine", "cosine_loss", "paired_cosine_distances"),
    family="vectors",
    pred=("embeddings",),
    label=("values",),
    whole_rows=True,
    along_axis="vectors",
    pred_dims=(2,),
    item="sum",
    formula="1 - sum_d pred_d label_d / (|pred| |label|)",
    unit="",
    facts={NONNEGATIVE, SYMMETRIC, ZERO_AT_PERFECT},
    source=Paper("Salton and McGill 1983, Introduction to Modern Information Retrieval"),
    like={
        "tf1": call(
            "tf.compat.v1.losses.cosine_distance(labels, preds, axis=1, weights)",
            kernel=_product,
            note="rows are not normalised",
        ),
        "optax": call("optax.cosine_distance(preds, labels)", kernel=_optax, note="a row of zeros gives NaN"),
    },
    errata="tf.losses.cosine_distance does not normalise: it is 1 - the product of the rows as they are.",
    example="faces/pair_a.npy faces/pair_b.npy",
)
def cosine_distance(pred: Array, label: Array) -> Array:
    """One minus the cosine of the angle between the predicted and the true vector of a row.

    Use it for embeddings, whose length does not matter; mse where it does.
    Shapes: pred and label (n, d), one vector a row; or with more axes, of which one holds the vectors.
    Notes: a row of zeros has no direction and is an error.
    """
    apart = unit_rows(pred, "pred")
    apart -= unit_rows(label.astype(pred.dtype), "label")
    with np.errstate(under="ignore"):  # half of |u - v|^2: digits of small angles stay
        np.square(apart, out=apart)
        losses: Array = apart.sum(axis=1)
    losses *= 0.5
    return losses


@cosine_distance.formula
def _(m: Any, pred: Any, label: Any) -> Any:
    product = m.sum(x * y for x, y in zip(pred, label, strict=True))
    return 1 - product / m.sqrt(m.sum(x * x for x in pred)) / m.sqrt(m.sum(y * y for y in label))


cosine_distance.case(
    pred=[[1.0, 0], [1, 0], [-1, 0]], label=[[2.0, 0], [0, 5], [4, 0]], reduction="none", expect=[0, 1, 2]
)
cosine_distance.case(pred=[[3.0, 4.0]], label=[[4.0, 3.0]], expect="0.04")
