"""The cross entropy of the pixels of images, which stands beside an overlap."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core.scratch import Array
from ...core.sums.exact import row_sums
from .._stable import binary_cross_entropy
from ..multiclass._cross_entropy import cross_entropy
from ._class_masks import ClassMasks


def pixel_entropy(
    masks: ClassMasks, dtype: np.dtype[Any], class_weights: Any, label_smoothing: float, formula: str
) -> tuple[Array, Array]:
    """The sum of the cross entropies of the pixels of each image, and their number, or the sum of their weights."""
    n, count, pixels = masks.pred.shape
    keep = np.ones((n, pixels), dtype=bool) if masks.counted is None else masks.counted.all(axis=1)
    if count == 1:
        label = np.ascontiguousarray(masks.label[:, 0], dtype=masks.pred.dtype)
        losses = binary_cross_entropy(np.ascontiguousarray(masks.pred[:, 0]), label, masks.input)
        entropy = np.array(row_sums(np.asarray(np.where(keep, losses, 0.0))))
        return entropy, np.count_nonzero(keep, axis=1).astype(np.float64)
    pred = np.ascontiguousarray(np.moveaxis(masks.pred, 1, 2)).reshape(-1, count)
    if masks.index:
        label, form = np.where(keep, masks.label[:, 0], 0).reshape(-1), "index"
    else:
        label, form = np.ascontiguousarray(np.moveaxis(masks.label, 1, 2)).reshape(-1, count), "distribution"
    rows = cross_entropy(
        pred,
        label,
        masks.input,
        form,
        dtype,
        class_weights=class_weights,
        label_smoothing=label_smoothing,
        formula=formula if masks.input == "logits" else "exact",
    )
    losses, mass = (rows, None) if isinstance(rows, np.ndarray) else (rows.terms[0], rows.mass)
    if mass is None or (form == "distribution" and formula == "plain"):
        mass = np.ones(len(losses))
    kept = keep.reshape(-1)
    summed = [np.array(row_sums(np.where(kept, each, 0.0).reshape(n, pixels))) for each in (losses, mass)]
    return summed[0], summed[1]


def formula_entropy(
    m: Any,
    pred: Any,
    label: Any,
    input: str,
    form: str,
    weights: Any,
    label_smoothing: Any,
    *,
    one_mask: bool,
    weighted: bool,
) -> Any:
    """The same over scalars: of one pixel of several classes, or the mean over the pixels of one mask."""
    if one_mask and form not in ("index", "distribution"):
        logs = [m.binary_logs(x, input) for x in pred]
        parts = zip(label, logs, strict=True)
        return -m.sum(m.times(y, hit) + m.times(1 - y, miss) for y, (hit, miss) in parts) / len(pred)
    logs, count = m.class_logs(pred, input), len(pred)
    y = m.onehot(label, count) if form == "index" else label
    shares = [each * (1 - label_smoothing) + m.number(label_smoothing) / count for each in y]
    entropy = -m.sum(m.times(w * share, log) for w, share, log in zip(weights, shares, logs, strict=True))
    mass = m.sum(w * each for w, each in zip(weights, y, strict=True)) if weighted else 1
    return entropy / mass if mass else m.number(0)
