"""Doubts about what predictions and labels were declared to be, from a look at the first rows. Nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ..core.bound import BoundLoss
from ..core.scratch import Array

FEW = 8  # fewer say nothing
LOOSE = 1e-3  # how far a row of probabilities may be from one: they may be rounded for print
CLASSES = ("index", "distribution")


def doubts(bound: BoundLoss, head: Mapping[str, Any]) -> list[str]:
    """A sentence for each thing that looks wrong in the first rows."""
    pred = head["pred"]
    if len(pred) < FEW or pred.dtype.kind not in "fiu":
        return []
    form = bound.form.name if bound.form is not None else ""
    found = [*_kinds(bound, pred, form), *_labels(bound, head.get("label"))]
    return [f"{bound.loss.name}: {text}" for text in found]


def _kinds(bound: BoundLoss, pred: Array, form: str) -> Iterator[str]:
    kind, several = bound.kind.name, pred.ndim == 2 and form in CLASSES
    low, high = float(pred.min()), float(pred.max())
    if kind == "logits" and low >= 0 and high <= 1 and low < high:
        if several and _sums_to_one(pred.astype(np.float64)).all():
            yield (
                "these logits look like probabilities: each row sums to one, so this is a softmax of a softmax. "
                "Probabilities are --input probs."
            )
        elif not several and _between(pred):
            yield "these logits look like probabilities: all are within [0, 1]. Probabilities are --input probs."
    if kind == "probs" and several and not bound.params.get("normalize", False):
        off = ~_sums_to_one(pred.astype(np.float64))
        if off.mean() > 0.01:
            row = int(np.argmax(off))
            total = float(pred[row].astype(np.float64).sum())
            yield f"the probabilities of row {row} (from 0) sum to {total:.6g}, and nothing here normalises them."
    if kind == "logprobs" and several:
        with np.errstate(over="ignore"):
            off = ~_sums_to_one(np.exp(pred.astype(np.float64)))
        if off.mean() > 0.01:
            row = int(np.argmax(off))
            yield f"the exponentials of row {row} (from 0) do not sum to one. Scores before softmax are --input logits."


def _between(pred: Array) -> bool:
    """Whether values lie inside (0, 1), as sigmoid's do; zeros and ones alone are decisions, not probabilities."""
    return bool(((pred > 0) & (pred < 1)).any())


def _sums_to_one(rows: Array) -> Array:
    return np.asarray(np.abs(rows.sum(axis=1) - 1.0) <= LOOSE)


def _labels(bound: BoundLoss, label: Any) -> Iterator[str]:
    rule = bound.params.get("label_map")
    if rule not in ("as_is", "affine") or not isinstance(label, np.ndarray):
        return
    values = set(np.unique(label).tolist()[:3])
    name = bound.preset.like if bound.preset is not None else f"--label-map {rule}"
    if rule == "as_is" and values == {0, 1}:
        yield f"{name} takes labels as they are, and these are 0 and 1 where it wants -1 and 1: a 0 always costs 1."
    if rule == "affine" and -1 in values:
        yield f"{name} makes 2y - 1 of a label, so that -1 becomes -3; it wants 0 and 1."
