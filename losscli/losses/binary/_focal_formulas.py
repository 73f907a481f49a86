"""The focal loss as frameworks compute it, in their own floats; soft labels fade in three ways among them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core.declarations.domain import Choice
from ...core.declarations.param import Param
from ...core.errors import UsageProblem
from ...core.loss import Rows
from ...core.scratch import Array
from .._class_formulas import class_logs, in_floats
from .._guards import clipped, guarded_binary
from ._binary_formulas import from_logits

FORMULA = Param(
    "exactly, limits included, or as a framework writes it, in its floats; soft labels fade by 1 - p_t (tf, torch, "
    "optax as exact), by the sigmoid of x (1 - 2 y) (monai) or by 1 - exp(-cross entropy) (smp)",
    Choice("exact", "tf", "torch", "optax", "monai", "smp"),
    knob=True,
)
ALPHA_FORM = Param(
    "monai: of softmax classes number 0 weighs 1 - alpha and each other alpha; of sigmoid columns, several alphas "
    "weigh positives alone",
    Choice("plain", "monai"),
    knob=True,
)
COUNT = Param(
    "what a mean's denominator counts: rows, or positive labels (sigmoid), a row's loss being the sum of its columns",
    Choice("rows", "positives"),
    knob=True,
)
OF_CLASSES = ("exact", "monai")  # formulas for softmax


def check_knobs(form: str, input: str, guard: str, normalize: str, formula: str, count: str) -> None:
    """Refuses what does not apply to these predictions and labels; nothing is ignored."""
    if guard != "none" and input != "probs":
        raise UsageProblem(
            f"--guard {guard} is for --input probs: {input} need no guard.",
            "Leave out --guard.",
            options=("guard", "input"),
        )
    if normalize != "none" and (input != "probs" or form == "binary"):
        raise UsageProblem(
            f"--normalize {normalize} is for --activation softmax with --input probs.",
            "Leave out --normalize.",
            options=("normalize", "activation", "input"),
        )
    if formula != "exact" and input != "logits" and (formula, input, form) != ("smp", "probs", "binary"):
        raise UsageProblem(
            f"--formula {formula} is not for --input {input}.", "Leave out --formula.", options=("formula", "input")
        )
    if form != "binary" and formula not in OF_CLASSES:
        raise UsageProblem(
            f"--formula {formula} is for --activation sigmoid.",
            "Leave out --formula.",
            options=("formula", "activation"),
        )
    if form != "binary" and count != "rows":
        raise UsageProblem(
            f"--count {count} is for --activation sigmoid.", "Leave out --count.", options=("count", "activation")
        )


def sigmoid_loss(pred: Array, label: Array, gamma: float, guard: str, formula: str, dtype: np.dtype[Any]) -> Array:
    """The loss of each element without alpha, as the framework's floats."""
    x, y = pred.astype(dtype), label.astype(dtype)
    one = dtype.type(1.0)
    with np.errstate(all="ignore"):
        if formula == "exact":  # probabilities under a guard, which fade without it
            hit, absent = (each.astype(dtype) for each in guarded_binary(x, guard, dtype))
            loss, miss = -(y * hit + (one - y) * absent), _mixed(x, y)
        elif formula == "smp":
            logit = x if guard == "none" else _logit(clipped(x, guard))
            loss = _cross_entropy(logit, y, "torch")
            miss = one - in_floats(np.exp, -loss)
        elif formula == "monai":
            loss = x - x * y - _log_sigmoid(x)
            miss = _log_sigmoid(-x * (y * 2 - one))
        elif formula == "optax":
            loss, miss = _cross_entropy(x, y, formula), _log_mixed(x, y)
        else:
            loss, miss = _cross_entropy(x, y, formula), _mixed(_sigmoid(x, formula), y)
        if formula in ("monai", "optax"):
            return np.asarray(in_floats(np.exp, miss * dtype.type(gamma)) * loss)
        if formula in ("torch", "smp") and gamma == 3.0:
            return np.asarray(miss * miss * miss * loss)
        return np.asarray(in_floats(np.power, miss, gamma) * loss)


def class_loss(
    logits: Array, label: Array, alpha: Any, gamma: float, dtype: np.dtype[Any], *, by_row: bool = False
) -> Array:
    """The loss of every class of every row, as MONAI writes it: its mean is over both, or over rows where it ignores
    some.
    """
    x = logits.astype(dtype)
    target = label.astype(dtype) if label.ndim > 1 else np.eye(x.shape[1], dtype=dtype)[label]
    with np.errstate(all="ignore"):
        logs = class_logs(x).astype(dtype)
        fade = in_floats(np.power, dtype.type(1.0) - in_floats(np.exp, logs), gamma)
        loss: Array = -fade * logs * target
        loss = loss if alpha is None else np.asarray(alpha, dtype) * loss
        return loss.sum(axis=1) if by_row else loss


def alpha_of(label: Array, alpha: Any, alpha_form: str, dtype: np.dtype[Any]) -> Array:
    """What each element of sigmoid columns weighs."""
    y, a, one = label.astype(dtype), np.asarray(alpha, dtype), dtype.type(1.0)
    if alpha_form == "monai" and a.ndim:
        return np.where(y == 1, a, one)
    return np.asarray(a * y + (one - a) * (one - y))


def class_factor(alpha: Any, alpha_form: str, classes: int) -> Any:
    """What each class of a softmax weighs."""
    if alpha_form == "plain" or alpha is None or isinstance(alpha, np.ndarray):
        return alpha
    return np.array([1.0 - alpha] + [alpha] * (classes - 1))


def per_positive(loss: Array, label: Array) -> Rows:
    """A row's elements added up, and counted as its positives."""
    flat, positive = loss.reshape(len(loss), -1), label.reshape(len(label), -1)
    return Rows((flat.sum(axis=1, dtype=np.float64),), positive.sum(axis=1, dtype=np.float64))


def _cross_entropy(logit: Array, label: Array, formula: str) -> Array:
    return from_logits(logit, label, 1.0, formula, logit.dtype).astype(logit.dtype)


def _mixed(prob: Array, label: Array) -> Array:
    """1 - p_t, by way of p_t."""
    one = prob.dtype.type(1.0)
    return np.asarray(one - (label * prob + (one - label) * (one - prob)))


def _log_mixed(logit: Array, label: Array) -> Array:
    """log(1 - p_t) of the log-sigmoids, as JAX adds logarithms; a part of weight 0 is left out."""
    parts = np.stack([_log_sigmoid(logit), _log_sigmoid(-logit)])
    shares = np.stack([logit.dtype.type(1.0) - label, label])
    parts = np.where(shares == 0, -np.inf, parts).astype(logit.dtype)
    peak = parts.max(axis=0)
    peak = np.where(np.isfinite(peak), peak, logit.dtype.type(0.0))
    return np.asarray(in_floats(np.log, (shares * in_floats(np.exp, parts - peak)).sum(axis=0)) + peak)


def _sigmoid(logit: Array, formula: str) -> Array:
    one = logit.dtype.type(1.0)
    if formula == "torch":
        return np.asarray(one / (one + in_floats(np.exp, -logit)))
    power = in_floats(np.exp, logit)
    return np.asarray(np.where(np.isposinf(power), one, power / (one + power)))


def _log_sigmoid(logit: Array) -> Array:
    tail = in_floats(np.log1p, in_floats(np.exp, -np.abs(logit)))
    return np.asarray(np.minimum(logit, logit.dtype.type(0.0)) - tail)


def _logit(prob: Array) -> Array:
    return in_floats(np.log, prob / (prob.dtype.type(1.0) - prob))
