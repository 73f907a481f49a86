"""The softmax cross entropy as frameworks compute it, in their own floats.

Their formulas lose digits where large parts cancel, and meet inf - inf and 0 x inf, which are NaN. Elementary
functions are rounded once, which is at most one rounding away from those of a framework.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.declarations.domain import Choice
from ..core.declarations.param import Param
from ..core.errors import UsageProblem
from ..core.scratch import Array
from ._guards import guarded_classes

FORMULA = Param(
    "how logits become the loss: exactly, limits included; plain: the label times the log-softmax in a framework's "
    "floats, where 0 x inf is NaN; logsumexp: that less the label's logit",
    Choice("exact", "plain", "logsumexp"),
    knob=True,
)
NORMALIZE = Param(
    "whether the probabilities of a row are divided by their sum, before or after the guard",
    Choice("none", "before", "after"),
    knob=True,
)


def check_knobs(input: str, guard: str, normalize: str, formula: str) -> None:
    """Guards and sums are for probabilities and a formula for the other kinds; none is ignored."""
    if guard != "none" and input != "probs":
        raise UsageProblem(
            f"--guard {guard} is for --input probs: {input} need no guard.",
            "Leave out --guard.",
            options=("guard", "input"),
        )
    if normalize != "none" and input != "probs":
        raise UsageProblem(
            f"--normalize {normalize} is for --input probs.", "Leave out --normalize.", options=("normalize", "input")
        )
    if formula != "exact" and input != "logits" and (formula, input) != ("plain", "logprobs"):
        raise UsageProblem(
            f"--formula {formula} is not for --input {input}.", "Leave out --formula.", options=("formula", "input")
        )


def in_floats(function: Callable[..., Any], values: Array, *more: Any) -> Array:
    """A function of the values, computed in float64 and rounded to their dtype."""
    doubles: Array = function(values.astype(np.float64), *more)
    return doubles.astype(values.dtype)


def guarded_logs(prob: Array, guard: str, normalize: str, dtype: np.dtype[Any]) -> Array:
    """log p of every class under a guard, with p divided by its sum before or after; in float64."""
    p = prob.astype(dtype)
    with np.errstate(all="ignore"):
        if normalize == "before":
            p = p / p.sum(axis=1, keepdims=True)
        logs = guarded_classes(p, guard, dtype)
        return class_logs(logs.astype(dtype)) if normalize == "after" else logs


def class_logs(logits: Array, formula: str = "plain") -> Array:
    """log p of every class from logits by a framework's formula, in their floats, as float64."""
    with np.errstate(all="ignore"):
        peak = logits.max(axis=1, keepdims=True, initial=-np.inf)
        if formula == "logsumexp":
            peak = np.where(np.isfinite(peak), peak, logits.dtype.type(0.0))
        shifted = logits - peak
        total = in_floats(np.log, in_floats(np.exp, shifted).sum(axis=1, keepdims=True))
        logs: Array = logits - (total + peak) if formula == "logsumexp" else shifted - total
    return np.asarray(logs, np.float64)


def plain_products(logs: Array, label: Array, weights: Any, smoothing: float) -> Array:
    """-sum_c w_c y_c log p_c of rows of labels, or of class numbers, each product as it comes: 0 x inf is NaN."""
    even = smoothing / logs.shape[1]
    with np.errstate(all="ignore"):
        weighed = logs if weights is None else logs * weights
        if label.ndim > 1:
            target = label * (1.0 - smoothing) + even if smoothing else label
            return np.asarray(-(weighed * target).sum(axis=1))
        own = weighed[np.arange(len(label)), label]
        if smoothing:
            own = own * (1.0 - smoothing) + weighed.sum(axis=1) * even
        return np.asarray(-own)
