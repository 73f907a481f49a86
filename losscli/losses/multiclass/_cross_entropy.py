"""The cross entropy over classes, which several losses share."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core.loss import Rows
from ...core.scratch import Array, like
from .._class_formulas import check_knobs, guarded_logs, plain_products
from .._class_formulas import class_logs as framework_logs
from .._classes import CountedRows, only_index, per_class
from .._hard import is_hard
from .._stable import class_logs, softmax_label, times


def cross_entropy(
    pred: Array,
    label: Array,
    input: str,
    form: str,
    dtype: np.dtype[Any],
    *,
    class_weights: float | tuple[float, ...] | None = None,
    label_smoothing: float = 0.0,
    ignore_index: int | None = None,
    guard: str = "none",
    normalize: str = "none",
    formula: str = "exact",
) -> Array | Rows:
    """-sum_c w_c label_c log p_c of each row, of class numbers or of label rows, exactly or as frameworks have it."""
    only_index(ignore_index, form)
    weights: Any = None if class_weights is None else per_class(class_weights, pred, "class_weights")
    check_knobs(input, guard, normalize, formula)
    if formula != "exact":
        logs = pred if input == "logprobs" else framework_logs(pred.astype(dtype), formula)
        return _plain(logs, label, weights, label_smoothing, ignore_index)
    if guard != "none" or normalize != "none":
        pred, input = guarded_logs(pred, guard, normalize, dtype), "logprobs"
    if form == "distribution":
        whole = is_hard(label) and not label_smoothing
        one = np.equal(label, 1, out=like("ce one", label, np.bool_)) if whole else None
        if one is None or (one.sum(axis=1) != 1).any():
            return _soft(pred, label, input, weights, label_smoothing)
        label = one.argmax(axis=1)  # the same labels, and the index road is shorter
    kept = CountedRows(label, ignore_index)
    loss = _hard(pred, kept.label, input)
    if weights is None and not label_smoothing:
        return kept.rows(loss)
    own = np.ones(1) if weights is None else _of_label(weights, pred, kept)
    loss = times(own * (1.0 - label_smoothing), loss, "ce own")
    if label_smoothing:
        even = _all_classes(pred, input, 1.0 if weights is None else weights)
        loss += even * (label_smoothing / pred.shape[1])
    return kept.rows(loss, None if weights is None else own)


def _of_label(weights: Any, pred: Array, kept: CountedRows) -> Array:
    """The weight of each row's class."""
    return np.asarray(np.broadcast_to(weights, pred.shape[1])[kept.label])  # a copy: the index is an array


def _plain(logs: Array, label: Array, weights: Any, smoothing: float, ignore_index: int | None) -> Rows:
    """The loss by a framework's formula, from its log-probabilities."""
    if label.ndim > 1:
        mass = None if weights is None else np.add.reduce(np.multiply(label, weights), axis=1, dtype=np.float64)
        return Rows((plain_products(logs, label, weights, smoothing),), mass)
    kept = CountedRows(label, ignore_index)
    loss = plain_products(logs, kept.label, weights, smoothing)
    return kept.rows(loss, None if weights is None else _of_label(weights, logs, kept))


def _hard(pred: Array, label: Array, kind: str) -> Array:
    """-log p of the label's class."""
    if kind == "logits":
        return softmax_label(pred, label)[0]
    chosen = pred[np.arange(len(label)), label]
    with np.errstate(divide="ignore"):
        return np.negative(chosen if kind == "logprobs" else np.log(chosen))


def _all_classes(pred: Array, kind: str, weights: Any) -> Array:
    """-sum_c w_c log p_c; a class of weight 0 does not count, whatever its probability."""
    part = times(np.broadcast_to(weights, pred.shape), class_logs(pred, kind), "ce all")
    return np.asarray(-np.add.reduce(part, axis=1))


def _soft(pred: Array, label: Array, kind: str, weights: Any, smoothing: float) -> Array | Rows:
    target = label
    if smoothing:
        target = np.multiply(label, 1.0 - smoothing, out=like("ce target", pred), dtype=pred.dtype)
        target += smoothing / pred.shape[1]
    if weights is not None:
        target = np.multiply(target, weights, out=like("ce target", pred), dtype=pred.dtype)
    loss = np.asarray(-np.add.reduce(times(target, class_logs(pred, kind), "ce"), axis=1))
    if weights is None:
        return loss
    return Rows((loss,), np.add.reduce(np.multiply(label, weights, dtype=pred.dtype), axis=1))
