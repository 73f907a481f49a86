from typing import Any

import numpy as np

from ...core.loss import SYMMETRIC, Paper, call, loss
from ...core.scratch import Array
from ._cosines import unit_rows


def _keras(pred: Array, label: Array) -> Array:
    """Minus the similarity; the inverse of a row's length is at most 1e7."""

    def unit(values: Array) -> Array:
        most = values.dtype.type(1e7)
        return np.asarray(values * np.minimum(1 / np.sqrt(np.square(values).sum(axis=1, keepdims=True)), most))

    with np.errstate(all="ignore"):
        return np.asarray(-(unit(pred) * unit(label.astype(pred.dtype))).sum(axis=1))


def _torch(pred: Array, label: Array) -> Array:
    """The similarity; a row's length is at least 1e-8."""

    def unit(values: Array) -> Array:
        least = values.dtype.type(1e-8)
        return np.asarray(values / np.maximum(np.sqrt(np.square(values).sum(axis=1, keepdims=True)), least))

    with np.errstate(all="ignore"):
        return np.asarray((unit(pred) * unit(label.astype(pred.dtype))).sum(axis=1))


def _optax(pred: Array, label: Array) -> Array:
    """The similarity, NaN for a row of zeros."""

    def unit(values: Array) -> Array:
        return np.asarray(values / np.sqrt(np.square(values).sum(axis=1, keepdims=True)))

    with np.errstate(all="ignore"):
        return np.asarray((unit(pred) * unit(label.astype(pred.dtype))).sum(axis=1))


@loss(
    "cosine_similarity",
    family="vectors",
    pred=("embeddings",),
    label=("values",),
    whole_rows=True,
    along_axis="vectors",
    pred_dims=(2,),
    item="sum",
    best=1.0,
    formula="sum_d pred_d label_d / (|pred| |label|)",
    unit="",
    facts={SYMMETRIC},
    source=Paper("Salton and McGill 1983, Introduction to Modern Information Retrieval"),
    like={
        "keras": call(
            "keras.losses.CosineSimilarity()(labels, preds, sample_weight)",
            kernel=_keras,
            note="minus the similarity, so that less is better; a row of zeros counts 0",
        ),
        "torch": call(
            "torch.nn.functional.cosine_similarity(preds, labels, dim=1)",
            weights=False,
            kernel=_torch,
            note="one value a row; lengths below 1e-8 count as 1e-8",
        ),
        "optax": call("optax.cosine_similarity(preds, labels)", kernel=_optax, note="a row of zeros gives NaN"),
        "torchmetrics": (
            call("torchmetrics.functional.cosine_similarity(preds, labels)", reduction="sum", kernel=_optax),
            call("torchmetrics.functional.cosine_similarity(preds, labels, reduction='mean')", kernel=_optax),
        ),
    },
    errata="A score, largest at 1. Keras's loss of this name is minus it; torchmetrics sums it over rows by default; "
    "cosine_distance is 1 minus it.",
    example="faces/pair_a.npy faces/pair_b.npy",
)
def cosine_similarity(pred: Array, label: Array) -> Array:
    """Cosine of the angle between the predicted and the true vector of a row.

    Use it for embeddings, whose length does not matter; as a loss take cosine_distance.
    Shapes: pred and label (n, d), one vector a row; or with more axes, of which one holds the vectors.
    Notes: a row of zeros has no direction and is an error.
    """
    p, y = unit_rows(pred, "pred"), unit_rows(label.astype(pred.dtype), "label")
    with np.errstate(under="ignore"):
        return np.asarray(np.clip((p * y).sum(axis=1), -1.0, 1.0))


@cosine_similarity.formula
def _(m: Any, pred: Any, label: Any) -> Any:
    product = m.sum(x * y for x, y in zip(pred, label, strict=True))
    return product / m.sqrt(m.sum(x * x for x in pred)) / m.sqrt(m.sum(y * y for y in label))


cosine_similarity.case(
    pred=[[1.0, 0], [1, 0], [3, 4]], label=[[2.0, 0], [0, 5], [4, 3]], expect="(1 + 0 + 24 / 25) / 3"
)
cosine_similarity.case(pred=[[1.0, 0]], label=[[-2.0, 0]], expect="-1")
