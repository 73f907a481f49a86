"""Triplets mined from class labels: every row is an anchor, and is compared with every other."""

from __future__ import annotations

import numpy as np

from ...core.errors import BadValue, DataProblem
from ...core.loss import Blocks, Rows
from ...core.scratch import Array
from ._distances import directions, distances

_TILE = 1 << 15  # numbers of the gallery compared at a time


def gallery_of(blocks: Blocks, normalize: bool) -> dict[str, Array]:
    """All embeddings and labels, in the order of rows."""
    vectors, labels, start = [], [], 0
    for block in blocks:
        pred = np.array(block["pred"])
        finite = np.isfinite(pred).all(axis=1)
        if not finite.all():
            at = int(np.argmin(finite))
            raise BadValue("pred", at, f"mining needs finite embeddings, unlike row {start + at} (from 0)")
        try:
            vectors.append(directions(pred, "pred") if normalize else pred)
        except BadValue as bad:
            raise BadValue("pred", bad.index, f"{bad.message}, in row {start + bad.index} (from 0)") from None
        labels.append(np.array(block["label"]))
        start += len(pred)
    every = np.concatenate(labels) if labels else np.zeros(0, dtype=np.int64)
    counts = np.unique(every, return_counts=True)[1]
    if len(counts) < 2 or counts.max() < 2:
        raise DataProblem("There is no triplet: it takes two rows of one class and one of another.")
    return {"gallery": np.concatenate(vectors), "gallery_label": every}


def shortfall(near: Array, far: Array, margin: float) -> Array:
    """max(0, near - far + margin)."""
    with np.errstate(over="ignore"):
        excess: Array = np.maximum(near - far + margin, 0.0)
    return excess


def too_far(row: int) -> BadValue:
    """The sentence for two infinite distances, whose difference is none."""
    return BadValue(
        "pred",
        row,
        "distances leave the range of floats",
        "Try --distance euclidean or --normalize.",
        options=("distance", "normalize"),
    )


def check_place(pred: Array, label: Array, gallery: Array, gallery_label: Array, start: int) -> None:
    """An anchor is told from its own entry in the gallery by its row, so the rows must be the same ones."""
    place = slice(start, start + len(pred))
    if not (np.array_equal(gallery_label[place], label) and np.array_equal(gallery[place], pred)):
        raise DataProblem(
            "Mined triplets need every row, and some were left out.",
            "Take rows with NaN or no value out of the files.",
        )


def mined(
    label: Array, gallery: Array, gallery_label: Array, start: int, margin: float, distance: str, mining: str
) -> tuple[Array, Array] | Rows:
    """For each anchor the sum of its triplets' losses, and how many they are."""
    total, count = np.zeros(len(label)), np.zeros(len(label))
    step = max(1, _TILE // max(1, gallery.shape[1]))
    reach = np.empty(len(gallery))
    for i in range(len(label)):
        for at in range(0, len(gallery), step):
            reach[at : at + step] = distances(gallery[at : at + step], gallery[start + i], distance)
        same = gallery_label == label[i]
        far = reach[~same]
        same[start + i] = False
        near = reach[same]
        if len(near) and len(far):
            if np.isinf(reach.max()):
                raise too_far(i)
            total[i], count[i] = _RULES[mining](near, far, margin)
    if mining == "hard":
        return Rows((total,), count, int((count == 0).sum()))
    return total, count


def _every(near: Array, far: Array, margin: float) -> tuple[float, int]:
    """sum of max(0, p + margin - n) over all pairs, in N log N and without a difference of sums.

    As a function of t, sum_n max(0, t - n) rises by (step in t) x (negatives passed) between neighbours of
    the sorted negatives and limits t = p + margin: a running sum of parts that are not negative.
    """
    limit = near + margin
    close = far[far < limit.max()]
    mixed = np.concatenate([close, limit])
    order = np.argsort(mixed, kind="stable")
    passed = np.cumsum(order < len(close))
    rise = np.diff(mixed[order]) * passed[:-1]
    height = np.concatenate([[0.0], np.cumsum(rise)])
    return float(height[order >= len(close)].sum()), len(near) * len(far)


def _hardest(near: Array, far: Array, margin: float) -> tuple[float, int]:
    return max(float(near.max() - far.min()) + margin, 0.0), 1


def _semihard(near: Array, far: Array, margin: float) -> tuple[float, int]:
    far = np.sort(far)
    place = np.minimum(np.searchsorted(far, near, side="right"), len(far) - 1)
    return float(shortfall(near, far[place], margin).sum()), len(near)


_RULES = {"all": _every, "hard": _hardest, "semihard": _semihard}
