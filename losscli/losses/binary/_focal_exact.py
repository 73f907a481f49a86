"""The focal loss exactly, limits included: of sigmoid columns, and of the classes of a softmax."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core.scratch import Array, like
from .._hard import is_hard, softplus_and_sigmoid, wrong_side
from .._stable import binary_logs, class_logs, complement, power, softmax_label, times


def of_columns(loss: Array, weights: Any, background: bool) -> Array:
    """The loss of each column times its weight, without the first where the background does not count."""
    if weights is not None:
        loss = np.asarray(times(np.broadcast_to(weights, loss.shape), loss, "focal weighted"))
    return loss if background or loss.ndim == 1 or loss.shape[-1] == 1 else loss[..., 1:]


def sigmoid(pred: Array, label: Array, kind: str, alpha: Any, gamma: float) -> Array:
    """The loss of each element."""
    if kind == "logits" and is_hard(label):
        loss, miss = softplus_and_sigmoid(wrong_side(pred, label, "focal line"), "focal")
        loss *= power(miss, gamma)  # an infinite loss has a miss of 1, so there is no 0 x inf
    else:
        hit, absent = binary_logs(pred, kind)
        other = np.subtract(1.0, label, out=like("focal other", pred), dtype=pred.dtype)
        loss = times(label, hit, "focal loss")
        loss += times(other, absent, "focal part")
        np.negative(loss, out=loss)
        p, q = complement(pred, kind)
        miss = np.multiply(label, q, out=q)
        miss += np.multiply(other, p, out=p)
        loss = times(power(miss, gamma), loss, "focal")
    if alpha is not None:
        balance = np.multiply(label, alpha, out=like("focal balance", pred), dtype=pred.dtype)
        part = np.subtract(1.0, label, out=like("focal part", pred), dtype=pred.dtype)
        part *= 1.0 - alpha  # not label (2 alpha - 1) + 1 - alpha, which cancels where alpha is small
        balance += part
        loss = times(balance, loss, "focal balanced")
    return loss


def one_class(pred: Array, label: Array, kind: str, gamma: float) -> Array:
    """The loss of each row whose label is a class number."""
    if kind == "logits":
        loss, miss = softmax_label(pred, label)
        return times(power(miss, gamma), loss, "focal")
    chosen = pred[np.arange(len(label)), label]
    with np.errstate(divide="ignore"):
        loss = -(chosen if kind == "logprobs" else np.log(chosen))
    miss = -np.expm1(chosen) if kind == "logprobs" else 1.0 - chosen
    return times(power(miss, gamma), loss, "focal")


def soft_classes(pred: Array, label: Array, kind: str, alpha: Any, gamma: float) -> Array:
    """sum over classes of -alpha_c y_c (1 - p_c)^gamma log p_c."""
    logs = class_logs(pred, kind)
    miss = np.negative(np.expm1(logs, out=like("focal miss", pred)), out=like("focal miss", pred))
    part = times(power(miss, gamma), logs, "focal part")
    part = times(label if alpha is None else np.multiply(label, alpha, dtype=pred.dtype), part, "focal")
    return np.asarray(-np.add.reduce(part, axis=1))
