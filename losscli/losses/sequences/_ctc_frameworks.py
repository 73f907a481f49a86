"""CTC as frameworks write it where that differs from its formula, in their own floats: labels that no alignment gives.

TensorFlow 1 takes logarithms of probabilities, and raises for a label longer than its steps. TensorFlow 2 and Optax
have a small number for log 0: such labels cost a number, and so does what is less likely still. All three turn infinite
logits into NaN, Optax and TensorFlow 2 even where they are minus infinite or in later steps.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core.declarations.domain import Choice
from ...core.declarations.param import Param
from ...core.errors import BadValue, UsageProblem
from ...core.scratch import Array

Float = np.dtype[Any]

FORMULA = Param(
    "how labels without an alignment are met: exactly, or as a framework writes it (tf1: longer than the steps is an "
    "error, or 0 with --infeasible zero; tf2 and optax: a small number for log 0)",
    Choice("exact", "tf1", "tf2", "optax"),
    knob=True,
)
PER_LABEL = Param(
    "under reduction mean, divide each row by the length of its label, at least 1", knob=True, usual=(False, True)
)
PADDING = Param("the label that fills up short rows, at their end", knob=True, usual=(-1, 0))

SURE = {"tf2": 600.0, "optax": 9e4}  # what costs less is not moved by the small number for log 0
OPTAX_ZERO = -1e5


def check_formula(formula: str, input: str, infeasible: str) -> None:
    """A framework's formula is for logits, and has its own value of an infeasible label."""
    if formula != "exact" and input != "logits":
        raise UsageProblem(
            f"--formula {formula} is for --input logits.", "Leave out --formula.", options=("formula", "input")
        )
    if formula in SURE and infeasible == "zero":
        raise UsageProblem(
            f"--infeasible zero is not for --formula {formula}, which has its own value of such labels.",
            "Leave out --infeasible.",
            options=("infeasible", "formula"),
        )


def ended(wide: Array, most: Array, padding: int) -> Array:
    """How many labels each row has before what fills it up, of at most `most`."""
    place = np.arange(1, wide.shape[1] + 1)
    lengths: Array = (place * ((wide != padding) & (place <= most[:, None]))).max(axis=1, initial=0)
    return lengths


def as_probs(pred: Array, dtype: Float) -> Array:
    """Logits without those whose probability TensorFlow 1 flushes to 0; NaN for all of a frame whose softmax is NaN."""
    x = pred.astype(dtype)
    with np.errstate(all="ignore"):
        y = np.exp(x - x.max(axis=2, keepdims=True, initial=-np.inf))
        y /= y.sum(axis=2, keepdims=True)
    return np.where(np.isnan(y), np.nan, np.where(y < np.finfo(dtype).tiny, -np.inf, pred))


def with_errors(losses: Array, steps: Array, size: Array, infeasible: str) -> Array:
    """The losses as TensorFlow 1 gives them: an error, or 0, where a label is longer than its steps."""
    if not size.all():
        at = int(np.argmin(size))
        raise BadValue("label", at, "tf.compat.v1.nn.ctc_loss takes no empty label")
    longer = size > steps
    if longer.any() and infeasible != "zero":
        at = int(np.argmax(longer))
        has = f"{size[at]} labels have {steps[at]} steps"
        hint = "--infeasible zero, its ignore_longer_outputs_than_inputs, counts them as 0."
        raise BadValue("label", at, f"{has}, which is an error in tf.compat.v1.nn.ctc_loss", hint)
    return np.where(longer, 0.0, losses)


def with_floor(
    losses: Array,
    pred: Array,
    labels: Array,
    width: int,
    size: Array,
    steps: Array,
    blank: int,
    formula: str,
    dtype: Float,
) -> Array:
    """The losses as TensorFlow 2 or Optax give them. `labels` are columns of at most `width` labels a row."""
    infinite = ~np.isfinite(pred.astype(dtype)).all(axis=(1, 2))
    again = ~(losses < SURE[formula]) & ~infinite
    losses = np.where(infinite, np.nan, losses)
    if again.any():
        label = np.full((int(again.sum()), width), blank)
        own = labels.T[again]
        np.copyto(label[:, : own.shape[1]], own, where=np.arange(own.shape[1]) < size[again, None])
        logs = _log_softmax(pred[again].astype(dtype))
        recursion = _tf2 if formula == "tf2" else _optax
        losses[again] = recursion(logs, label, size[again], steps[again], blank)
    return losses


def _log_softmax(x: Array) -> Array:
    x = x - x.max(axis=2, keepdims=True, initial=-np.inf)
    with np.errstate(all="ignore"):
        return np.asarray(x - np.log(np.exp(x).sum(axis=2, keepdims=True)))


def _emissions(logs: Array, label: Array) -> Array:
    """The log-probabilities of each row's labels, (n, t, l)."""
    return np.take_along_axis(logs, label[:, None, :], axis=2)


def _optax(logs: Array, label: Array, size: Array, steps: Array, blank: int) -> Array:
    """optax.ctc_loss: `phi` after j labels and a blank, `emit` just after the j-th; forwards."""
    zero = logs.dtype.type(OPTAX_ZERO)
    n, width = label.shape
    emission = _emissions(logs, label)
    repeat = np.zeros((n, width), logs.dtype)
    repeat[:, :-1] = label[:, :-1] == label[:, 1:]
    phi, emit = np.full((n, width + 1), zero), np.full((n, width), zero)
    phi[:, 0] = 0
    for t in range(logs.shape[1]):
        before = phi.copy()
        before[:, 1:] = np.logaddexp(phi[:, 1:], emit + zero * repeat)
        blank_log = logs[:, t, blank, None]
        next_emit = np.logaddexp(before[:, :-1] + emission[:, t], emit + emission[:, t])
        next_phi = before + blank_log
        next_phi[:, 1:] = np.logaddexp(next_phi[:, 1:], emit + blank_log + zero * (1 - repeat))
        inside = (t < steps)[:, None]
        phi, emit = np.where(inside, next_phi, phi), np.where(inside, next_emit, emit)
    phi[:, 1:] = np.logaddexp(phi[:, 1:], emit)
    return np.asarray(-phi[np.arange(n), size].astype(np.float64) + 0.0)


def _tf2(logs: Array, label: Array, size: Array, steps: Array, blank: int) -> Array:
    """tf.nn.ctc_loss, backwards: `in_label` is the j-th label (0: the start), `in_blank` the blank after it."""
    n, width = label.shape
    emit = np.full((n, logs.shape[1], width + 1), -np.inf, logs.dtype)
    emit[:, :, 1:] = _emissions(logs, label)
    into = np.zeros((n, width), logs.dtype)  # from a label to the next one: not where that is the same
    into[:, 1:][label[:, 1:] == label[:, :-1]] = -np.inf
    last = np.full((n, width + 1), np.log(1e-307), logs.dtype)
    last[np.arange(n), size] = 0
    last = np.concatenate([last, last], axis=1)
    state, total = last, np.zeros(n, logs.dtype)
    never = np.full((n, 1), -np.inf, logs.dtype)
    with np.errstate(all="ignore"):
        for t in reversed(range(logs.shape[1])):
            in_label, in_blank = state[:, : width + 1] + emit[:, t], state[:, width + 1 :] + logs[:, t, blank, None]
            on = np.concatenate([in_label[:, 1:], never], axis=1)
            skip = np.concatenate([in_label[:, 1:] + into, never], axis=1)
            new = np.concatenate([_log_sum(in_label, in_blank, skip), _log_sum(in_blank, on)], axis=1)
            sums = _log_sum(*new.T)
            inside = t < steps
            state = np.where(inside[:, None], new - sums[:, None], last)
            total = np.where(inside, total + sums, total)
    return np.asarray(-(state[:, 0] + total).astype(np.float64) + 0.0)


def _log_sum(*parts: Array) -> Array:
    """log of the sum of exp, as tf.reduce_logsumexp."""
    stacked = np.stack(parts)
    most = stacked.max(axis=0)
    most = np.where(np.isfinite(most), most, 0)
    return np.asarray(np.log(np.exp(stacked - most).sum(axis=0)) + most)
