"""From predictions to decisions, and whether a decision is the label: what the losses of errors share."""

from __future__ import annotations

import numpy as np

from ...core.declarations.domain import Interval, inf
from ...core.declarations.param import Param
from ...core.errors import BadValue, UsageProblem
from ...core.scratch import Array

KINDS = ("probs", "logits", "scores", "classes")
THRESHOLD = Param(
    "a prediction above it says 1; by default 0.5 for probs and 0 for logits and scores",
    Interval(-inf, inf, "neither"),
    usual=(None, 0.1, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.9),
)


def wrong_classes(pred: Array, label: Array, threshold: float | None) -> Array:
    """1.0 where the largest prediction of a row, the first of equal ones, is not the label's class, else 0.0."""
    if threshold is not None:
        raise UsageProblem("--threshold is for one prediction a label; of several classes the largest is taken.")
    return _as_terms(np.not_equal(pred.argmax(axis=1), label), np.asarray(np.isnan(pred).any(axis=1)))


def wrong_elements(pred: Array, label: Array, input: str, threshold: float | None) -> Array:
    """1.0 where the decision of a prediction is not its label; labels are 0 and 1, of classes any whole number."""
    if input == "classes":
        if threshold is not None:
            raise UsageProblem("--threshold is for scores and probabilities; classes are compared as they are.")
        rough = (np.floor(pred) != pred) & ~np.isnan(pred)
        _refuse("pred", pred, rough, "is not a class number", "Probabilities are --input probs.")
        return _as_terms(np.not_equal(pred, label), np.isnan(pred))
    beyond = (label != 0) & (label != 1)
    hint = "Class numbers need one column of predictions a class, or predicted classes with --input classes."
    _refuse("label", label, beyond, "is not 0 or 1", hint)
    limit = threshold if threshold is not None else 0.5 if input == "probs" else 0.0
    return _as_terms(np.not_equal(pred > limit, label == 1), np.isnan(pred))


def _as_terms(wrong: Array, unknown: Array) -> Array:
    """Errors as numbers, NaN where there is no prediction."""
    terms = wrong.astype(np.float64)
    terms[unknown] = np.nan
    return terms


def _refuse(role: str, values: Array, wrong: Array, what: str, hint: str) -> None:
    if wrong.any():
        at = np.argwhere(wrong)[0]
        column = int(at[1]) if values.ndim == 2 and role == "pred" else None
        raise BadValue(role, int(at[0]), f"{values[tuple(at)]:.6g} {what}", hint, column)
