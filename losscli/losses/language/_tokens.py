"""Sums of log-probabilities of tokens, and of what they are counted by: all that perplexities are made of."""

from __future__ import annotations

import math
from typing import Annotated, Any

import numpy as np

from ...core.declarations.param import Role
from ...core.errors import BadValue
from ...core.loss import Rows
from ...core.scratch import Array
from .._classes import CountedRows
from .._stable import class_logs, softmax_label

LOGPROBS: dict[str, Any] = {
    "family": "language models",
    "pred": ("logprobs",),
    "label": ("none",),
    "pred_dims": (1, 2),
    "adds_lists": True,
    "reductions": ("pooled",),
}
Count = Annotated[Array, Role("what a row has of them: tokens, words or bytes", "(n,)", whole_number=True)]


def counted(surprise: Array, count: Array | None) -> Rows:
    """A row's two terms: minus its log-probability, and what it counts for."""
    if count is None:
        return Rows((surprise, np.ones(len(surprise))))
    number = np.array(count, dtype=np.float64)
    wrong = ~((number >= 0) & np.isfinite(number))
    if wrong.any():
        at = int(np.argmax(wrong))
        raise BadValue("count", at, f"count {number[at]:.6g} is not a number from 0 up")
    return Rows((surprise, number))


def of_classes(pred: Array, label: Array, kind: str, ignore_index: int | None) -> Rows:
    """The same from predictions of all classes and the class of each token."""
    kept = CountedRows(label, ignore_index)
    if kind == "logits":
        surprise = softmax_label(pred, kept.label)[0]
    else:
        surprise = -class_logs(pred, kind)[np.arange(len(pred)), kept.label]
    rows = kept.rows(np.array(surprise, dtype=np.float64))
    number = np.ones(len(surprise)) if rows.mass is None else np.array(rows.mass)
    return Rows((rows.terms[0], number), rows.mass, rows.ignored)


def exact_sum(m: Any, pred: Any) -> Any:
    """For formulas: the log-probability of a row, which may be a list of those of its tokens."""
    return m.sum(pred) if isinstance(pred, list) else pred


def exponential(value: float) -> float:
    """exp, inf where a float cannot hold it."""
    try:
        return math.exp(value)
    except OverflowError:
        return math.inf
