"""The Kullback-Leibler divergence as frameworks have it: floors, normalised rows, other bases, 0 log 0 as NaN."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...core.declarations.domain import Choice, Interval
from ...core.declarations.param import Param
from ...core.errors import UsageProblem
from ...core.record import record
from ...core.scratch import Array
from .._stable import class_logs

DIRECTION = Param("forward: KL(label || pred); reverse: KL(pred || label)", Choice("forward", "reverse"), knob=True)
BASE = Param("base of the logarithms", Choice("e", "2", "10"), knob=True)
FLOOR = Param(
    "probabilities below it, of predictions and labels, count as it, those above 1 as 1",
    Interval(0, 1, "left"),
    knob=True,
    usual=(0.0, 1e-7),
)
NORMALIZE = Param("whether rows of both are divided by their sums", Choice("neither", "both"), knob=True)
FORMULA = Param(
    "exact, limits included, or as a framework writes it, in its floats; tf: of softmax(log(row)), so of rows that sum "
    "to 1; cross: c times the cross entropy of c classes, less the label's entropy",
    Choice("exact", "tf", "torch", "optax", "cross"),
    knob=True,
)

BASES = {"e": 1.0, "2": math.log(2.0), "10": math.log(10.0)}


@record
class KlConvention:
    """Everything about the divergence that a framework may have otherwise."""

    direction: str = "forward"
    base: str = "e"
    floor: float = 0.0
    normalize: str = "neither"
    formula: str = "exact"

    def terms(self, pred: Array, label: Array, input: str) -> Array:
        """The summands of each row's divergence."""
        self._check(pred, input)
        p, q = label.astype(pred.dtype), pred
        with np.errstate(divide="ignore", invalid="ignore"):
            if input == "probs":
                p, q = self._floored_and_normalized(p), self._floored_and_normalized(q)
                logs = _log(p), _log(q)
            else:
                logs = _log(p), class_logs(pred, input)
                q = np.exp(logs[1])
            if self.direction == "reverse":
                p, q, logs = q, p, logs[::-1]
            if self.formula == "exact" and input == "probs":  # nearly equal p and q keep more digits
                ratio = np.log(p / q)
                ratio = np.where(np.isfinite(ratio), ratio, logs[0] - logs[1])
                terms = np.where(p == 0, p, p * ratio)
            else:
                terms = self._by_formula(p, *logs)
        if self.base != "e":
            terms = terms / BASES[self.base]
        return np.asarray(terms.sum(axis=1)) if self.formula in ("tf", "optax") and terms.ndim > 1 else terms

    def terms_of_logs(self, pred: Array, label: Array, input: str) -> Array:
        """The summands of each row's divergence of labels that are log-probabilities: PyTorch's log_target."""
        if self != KlConvention(formula="torch"):
            raise UsageProblem("--label-input logprobs under --like torch goes with no other knob.")
        self._check(pred, input)
        own = label.astype(pred.dtype)
        with np.errstate(invalid="ignore"):
            return np.asarray(_exp(own) * (own - class_logs(pred, input)))

    def _check(self, pred: Array, input: str) -> None:
        if (self.floor or self.normalize != "neither") and input != "probs":
            raise UsageProblem(
                f"--floor and --normalize are for --input probs, not {input}.",
                f"Leave out --{'floor' if self.floor else 'normalize'}.",
                options=("floor", "normalize", "input"),
            )
        if pred.ndim == 1 and (self.normalize != "neither" or self.formula in ("tf", "torch", "cross")):
            raise UsageProblem("With these options one distribution is a row of shape (1, c), not (c,).")

    def _floored_and_normalized(self, values: Array) -> Array:
        if self.floor:
            values = np.clip(values, values.dtype.type(self.floor), 1)
        if self.normalize == "both":
            values = values / values.sum(axis=-1, keepdims=True)
        return values

    def _by_formula(self, p: Array, log_p: Array, log_q: Array) -> Array:
        """The summands p (log p - log q) by the formula; 0 x inf is NaN for all frameworks."""
        if self.formula == "tf":
            log_p, log_q = _log_softmax(log_p), _log_softmax(log_q)
            return np.asarray(_exp(log_p) * (log_p - log_q))
        if self.formula == "optax":
            return np.asarray(p * (np.where(p == 0, 0, log_p) - log_q))
        own = np.where(p == 0, 0, p * log_p)
        if self.formula == "torch":
            return np.asarray(own - p * log_q)
        factor: Any = p.shape[-1] if self.formula == "cross" else 1.0
        return np.asarray(own - np.where(p == 0, 0, factor * p * log_q))


def _log(values: Array) -> Array:
    """The logarithms, rounded once: those of float32 differ among libraries and processors."""
    return np.asarray(np.log(values.astype(np.float64)), dtype=values.dtype)


def _exp(values: Array) -> Array:
    return np.asarray(np.exp(values.astype(np.float64)), dtype=values.dtype)


def _log_softmax(logits: Array) -> Array:
    shifted = logits - logits.max(axis=1, keepdims=True)
    return np.asarray(shifted - _log(_exp(shifted).sum(axis=1, keepdims=True)))


def softened_terms(pred: Array, label: Array, input: str, label_input: str, temperature: float) -> Array:
    """The divergence of each row, or the summands of one distribution, of labels of any kind and at a temperature."""
    if temperature != 1.0 and "logits" not in (input, label_input):
        raise UsageProblem(
            "--temperature divides logits, and neither predictions nor labels are logits.",
            "Declare them with --input logits or --label-input logits, or leave it out.",
            options=("temperature", "input", "label-input"),
        )
    if input == "logits":
        pred = pred / temperature
    if label_input == "logits":
        label = label / temperature
    with np.errstate(divide="ignore", invalid="ignore"):
        own = np.log(label) if label_input == "probs" else np.array(class_logs(label, label_input))
        truth = np.asarray(label, dtype=pred.dtype) if label_input == "probs" else np.exp(own)
        apart = own - class_logs(pred, input)
    products = np.asarray(truth * np.where(truth == 0, 0.0, apart))
    return products if products.ndim == 1 else products.sum(axis=1)
