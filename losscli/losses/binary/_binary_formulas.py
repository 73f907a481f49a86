"""The sigmoid cross entropy as frameworks write it, in their own floats.

Their formulas lose digits where large parts cancel, and meet inf - inf and 0 x inf, which are NaN.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core.declarations.domain import Choice
from ...core.declarations.param import Param
from ...core.errors import UsageProblem
from ...core.scratch import Array

FORMULA = Param(
    "how logits become the loss: exactly, limits included, or as a framework writes it, in its floats",
    Choice("exact", "tf", "torch", "optax"),
    knob=True,
)


def check_knobs(input: str, guard: str, formula: str) -> None:
    """A guard is for probabilities and a formula for logits; neither is ignored beside the other."""
    if guard != "none" and input != "probs":
        raise UsageProblem(
            f"--guard {guard} is for --input probs: {input} need no guard.",
            "Leave out --guard.",
            options=("guard", "input"),
        )
    if formula != "exact" and input != "logits":
        raise UsageProblem(
            f"--formula {formula} is for --input logits.", "Leave out --formula.", options=("formula", "input")
        )


def from_logits(pred: Array, label: Array, weight: Any, formula: str, dtype: np.dtype[Any]) -> Array:
    """The loss of each element by a framework's formula; `weight` is that of positives."""
    x, y, w = pred.astype(dtype), label.astype(dtype), np.asarray(weight).astype(dtype)
    one = dtype.type(1.0)
    with np.errstate(all="ignore"):
        tail, below = np.log1p(np.exp(-np.abs(x))), np.maximum(-x, 0)
        if formula == "optax":
            loss = -(w * y * -(tail + below) + (one - y) * -(tail + np.maximum(x, 0)))
        elif formula == "torch" or (w != 1).any():
            loss = (one - y) * x + (one + (w - one) * y) * (tail + below)
        else:
            loss = np.maximum(x, 0) - x * y + tail
    return np.asarray(loss, dtype=np.float64)
