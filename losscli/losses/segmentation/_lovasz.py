"""The Lovasz extension of the Jaccard loss: errors, the largest first, each times what its pixel adds to the loss."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...core.errors import BadValue, UsageProblem
from ...core.loss import Dependence
from ...core.scratch import Array
from .._hard import is_hard

SORTED = Dependence(
    "the pixels of all images are sorted together, so every image's part depends on the others",
    "Take --pool image, or compute several sets of images and see how they vary",
)


def of_images(errors: Array, label: Array) -> Array:
    """The loss of each row of errors (n, pixels) beside labels of 0 and 1."""
    order = np.argsort(-errors, axis=1, kind="stable")
    errors, label = np.take_along_axis(errors, order, axis=1), np.take_along_axis(label, order, axis=1) > 0
    before: Array = np.cumsum(label, axis=1) - label  # objects' pixels before each
    objects = label.sum(axis=1, keepdims=True)
    rest: Array = np.cumsum(~label, axis=1) - ~label  # and others
    union = objects + rest
    with np.errstate(divide="ignore", invalid="ignore"):
        # a pixel of the object adds 1 / U, another I / (U (U + 1)): differences that do not cancel
        joining = np.where(union == 0, 1.0, (objects - before) / (union * (union + 1.0)))
        steps = np.where(label, 1.0 / union, joining)
    positive = np.maximum(errors, 0.0)
    losses = np.multiply(positive, steps, out=np.zeros(errors.shape), where=(steps != 0) & (positive != 0))
    return np.asarray(np.add.reduce(losses, axis=1))


def refuse_flat(pred: Array, pool: str) -> None:
    """Refuse a table of single pixels as so many images."""
    if pred.ndim == 1 and pool == "image":
        raise UsageProblem(
            "Each row of predictions of one axis would be an image of one pixel.",
            "Say --pool batch where the rows are pixels of one image.",
            options=("pool",),
        )


def hard(label: Array) -> Array:
    """Labels of 0 and 1; another is a BadValue of its row."""
    if not is_hard(label) and (soft := (label != 0) & (label != 1)).any():
        at = np.argwhere(soft)[0]
        value = float(label[tuple(at)])
        raise BadValue("label", int(at[0]), f"label {value:g} is between 0 and 1", "This loss sorts pixels by 0 and 1.")
    return label


class SortedPixels:
    """The pixels of several images: their errors above 0, what each adds to the loss, and how many objects' pixels."""

    def __init__(self) -> None:
        self.errors: list[Array] = []
        self.label: list[Array] = []
        self.weight: list[Array] = []
        self.objects = 0.0

    def add(self, errors: Array, label: Array, weight: Array | None) -> None:
        """Take the pixels of images, (n, pixels), each of which counts as its image's weight."""
        weights = np.ones(len(errors)) if weight is None else np.asarray(weight, dtype=np.float64)
        each = np.broadcast_to(weights[:, None], errors.shape)
        above = (errors > 0) & (each != 0)
        self.errors.append(errors[above])
        self.label.append(label[above] > 0)
        self.weight.append(each[above])
        self.objects += float((weights[:, None] * (label > 0)).sum())

    def shares(self) -> tuple[Array, Array]:
        """The errors that occur, from the least, and what a pixel with each adds to the loss for each unit of error."""
        errors, label, weight = (np.concatenate(each) for each in (self.errors, self.label, self.weight))
        levels, place = np.unique(errors, return_inverse=True)
        own = np.bincount(place, weights=weight * label, minlength=len(levels))[::-1]
        other = np.bincount(place, weights=weight * ~label, minlength=len(levels))[::-1]
        left = self.objects - (np.cumsum(own) - own)  # in the intersection, before each level
        union = self.objects + np.cumsum(other) - other
        with np.errstate(divide="ignore", invalid="ignore"):
            step = np.where(union == 0, 1.0, (left * other + own * union) / (union * (union + other)))
        return levels, (step / (own + other))[::-1]


def of_shares(errors: Array, levels: Array, shares: Array) -> Array:
    """What each row of errors (n, pixels) adds to the loss of all."""
    if not len(levels):
        return np.zeros(len(errors))
    place = np.minimum(np.searchsorted(levels, errors), len(levels) - 1)
    return np.asarray(np.add.reduce(np.where(errors > 0, np.maximum(errors, 0.0) * shares[place], 0.0), axis=1))


def formula(m: Any, errors: Sequence[Any], label: Sequence[Any]) -> Any:
    """The loss of one mask over scalars, as Algorithm 1 has it."""
    order = sorted(range(len(errors)), key=lambda i: -errors[i])
    objects = sum(1 for y in label if y)
    shared, union, before, total = m.number(objects), m.number(objects), m.number(0), m.number(0)
    for i in order:
        shared, union = (shared - 1, union) if label[i] else (shared, union + 1)
        jaccard = 1 - shared / union
        total, before = total + m.times(m.maximum(errors[i], 0), jaccard - before), jaccard
    return total
