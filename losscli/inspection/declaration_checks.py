"""Doubts about what predictions and labels were declared to be, from a look at the first rows. Nothing is changed.

`inspect` looks at more, and for longer; this costs microseconds and is part of every run.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ..core.binding.bound_loss import BoundLoss
from ..core.errors import UsageProblem
from ..core.notes import Note, about
from ..core.record import record
from ..core.scratch import Array

FEW = 8  # fewer say nothing
ENOUGH = 64  # rows that a mean needs to say something
CLASSES = ("index", "distribution")
ENTROPIES = ("sigmoid_cross_entropy", "softmax_cross_entropy")
LOGARITHMS = ("log_loss", "sigmoid_cross_entropy", "focal")  # of probabilities, where a 0 or 1 may cost inf
ABOVE = 1.25  # how far a cross entropy must be above that of a constant
SURE = 4.0  # standard errors that it must be above it
RELATED = 3.0  # standard errors of a relation between predictions and labels
LOOSE = 1e-3  # how far a row of probabilities may be from one: they may be rounded for print


@record
class MeanOfAll:
    """The mean of all rows, its standard error, and how many rows there were."""

    value: float
    error: float
    rows: int


def doubts(bound: BoundLoss, head: Mapping[str, Any], mean: MeanOfAll | None = None) -> list[str]:
    """A sentence for each thing that looks wrong in the first rows, and in the mean of all."""
    pred, label = head["pred"], head.get("label")
    form = bound.form.name if bound.form is not None else ""
    if len(pred) and pred.dtype.kind in "fiu" and _exchanged(pred, label, form):
        if bound.usual_kind and bound.loss.name in LOGARITHMS:
            raise _labels_first(bound)
        text = "the predictions are all 0 and 1 and the labels are not: are the files the other way round?"
        return [Note(f"{bound.loss.name}: {text}", kind="exchanged", loss=bound.loss.name)]
    if len(pred) < FEW or pred.dtype.kind not in "fiu":
        return []
    sentences: list[Note] = [*_kinds(bound, pred, form), *_labels(bound, label)]
    if form == "index" and isinstance(label, np.ndarray):
        sentences += _from_one(pred, label)
    if not sentences and mean is not None and mean.rows >= ENOUGH and isinstance(label, np.ndarray):
        sentences += _above_constant(bound, head, mean, form)
    return [about(f"{bound.loss.name}: {text}", **{**text.about, "loss": bound.loss.name}) for text in sentences]


def _kinds(bound: BoundLoss, pred: Array, form: str) -> Iterator[Note]:
    for kind, text in _contradictions(bound, pred, form):
        yield Note(text, kind=kind, role="pred")


def _contradictions(bound: BoundLoss, pred: Array, form: str) -> Iterator[tuple[str, str]]:
    """What contradicts the kind of the predictions: a word for it, and a sentence."""
    kind, several = bound.kind.name, pred.ndim == 2 and form in CLASSES
    low, high = float(pred.min()), float(pred.max())
    if kind == "logits" and low >= 0 and high <= 1 and low < high:
        if several and sums_to_one(pred).all():
            yield (
                "probs_as_logits",
                "these logits look like probabilities: each row sums to one, so this is a softmax of a softmax. "
                "Probabilities are --input probs.",
            )
        elif not several and _between(pred):
            text = "these logits look like probabilities: all are within [0, 1]. Probabilities are --input probs."
            yield "probs_as_logits", text
    if kind == "probs" and several and not bound.params.get("normalize", False):
        off = ~sums_to_one(pred)
        if off.mean() > 0.01:
            row = int(np.argmax(off))
            total = float(pred[row].astype(np.float64).sum())
            text = f"the probabilities of row {row} (from 0) sum to {total:.6g}, and nothing here normalises them."
            yield "not_normalised", text
    if kind == "logprobs" and several:
        with np.errstate(over="ignore"):
            off = ~sums_to_one(np.exp(pred.astype(np.float64)))
        if off.mean() > 0.01:
            row = int(np.argmax(off))
            text = (
                f"the exponentials of row {row} (from 0) do not sum to one. Scores before softmax are --input logits."
            )
            yield "not_normalised", text


def sums_to_one(rows: Array) -> Array:
    """Which rows do, but for what printing rounds away."""
    return np.asarray(np.abs(rows.sum(axis=-1, dtype=np.float64) - 1.0) <= LOOSE)


def _between(pred: Array) -> bool:
    """Whether values lie inside (0, 1), as sigmoid's do; zeros and ones alone are decisions, not probabilities."""
    return bool(((pred > 0) & (pred < 1)).any())


_OF_ZERO = {  # what a label of 0 costs in losses of -1 and 1
    "cosine_embedding": "a 0 costs nothing",
    "margin_ranking": "a 0 costs the margin",
    "hinge_embedding": "a 0 costs what 1 and -1 cost together",
    "soft_margin": "a 0 always costs log 2",
}


def _labels(bound: BoundLoss, label: Any) -> Iterator[Note]:
    rule = bound.params.get("label_map")
    if rule not in ("as_is", "affine") or not isinstance(label, np.ndarray):
        return
    values = set(np.unique(label).tolist()[:3])
    name = bound.preset.like if bound.preset is not None else f"--label-map {rule}"
    if rule == "as_is" and values == {0, 1}:
        cost = _OF_ZERO.get(bound.loss.name, "a 0 always costs 1")
        text = f"{name} takes labels as they are, and these are 0 and 1 where it wants -1 and 1: {cost}."
        yield Note(text, kind="labels_zero_one", role="label")
    if rule == "affine" and -1 in values:
        text = f"{name} makes 2y - 1 of a label, so that -1 becomes -3; it wants 0 and 1."
        yield Note(text, kind="labels_signs", role="label")


def _exchanged(pred: Array, label: Any, form: str) -> bool:
    """Whether predictions are all 0 and 1, both of them, and none of the labels is."""
    if form != "binary" or not isinstance(label, np.ndarray) or label.dtype.kind != "f" or not label.size:
        return False
    if pred.flat[0] not in (0, 1) or label.flat[0] in (0, 1):
        return False  # as nearly always
    decided = bool(((pred == 0) | (pred == 1)).all()) and pred.min() != pred.max()
    return decided and not ((label == 0) | (label == 1)).any()


def _labels_first(bound: BoundLoss) -> UsageProblem:
    """Labels in the place of predictions, as scikit-learn's functions take them, where a logarithm is taken of them."""
    kind = bound.kind.name
    return UsageProblem(
        f"{bound.loss.name}: the predictions are all 0 and 1 and the labels are not, as if they stood the other way "
        "round. Predictions come first here, and labels second.",
        f"Exchange the two; or say --input {kind}, if these are {kind} beside labels between 0 and 1.",
        kind="exchanged",
        options=("input",),
    )


def _from_one(pred: Array, label: Array) -> Iterator[Note]:
    """Labels that are one above the predicted class."""
    if len(label) < ENOUGH or label[0] < 1 or label.min() < 1:
        return
    best = pred.argmax(axis=1)
    right, below = np.count_nonzero(best == label), np.count_nonzero(best == label - 1)
    if below > 0.5 * len(label) and right < 0.25 * below:
        share = below / len(label)
        text = (
            f"{share:.0%} of the labels are one above the predicted class: do they count from 1? Labels count from 0."
        )
        yield Note(text, kind="labels_from_one", role="label")


def _above_constant(bound: BoundLoss, head: Mapping[str, Any], mean: MeanOfAll, form: str) -> Iterator[Note]:
    """A cross entropy that a constant would beat, where predictions say nothing of the labels beside them."""
    label = head["label"]
    if not math.isfinite(mean.value):  # a single row may do that, and has its own note
        return
    if bool(np.all(label == label[0])):  # labels of one kind go with every row alike: there is no relation to look for
        return
    # labels may be sorted: the first rows tell their frequencies only where they are all rows
    constant = _constant(label, form) if len(label) == mean.rows else np.log(max(2, bound.classes * (form in CLASSES)))
    if mean.value > ABOVE * constant + SURE * mean.error and not _related(head["pred"], label, form):
        yield Note(
            f"{mean.value:.4g} is above {constant:.4g}, that of the best constant, and the first rows have no relation "
            "to their labels. Do rows belong together? losscli inspect tells.",
            kind="worse_than_constant",
            role="pred",
        )


def _constant(label: Array, form: str) -> float:
    """The cross entropy of the labels' own frequencies."""
    if form == "index":
        share = np.bincount(label.astype(np.int64)) / len(label)
    else:
        share = label.mean(axis=0, dtype=np.float64)
    share = share if form in CLASSES else np.stack([share, 1.0 - share])
    known = np.where(share > 0, share, 1.0)
    return float(-(share * np.log(known)).sum() / (share.size / 2 if form == "binary" else 1))


def _related(pred: Array, label: Array, form: str) -> bool:
    """Whether predictions go with labels better than chance: a model may be too sure and yet not mis-paired."""
    if form in CLASSES:
        truth = label if form == "index" else label.argmax(axis=1)
        best = pred.argmax(axis=1)
        wide = pred.shape[1]
        shares = [np.bincount(each.astype(np.int64), minlength=wide) / len(best) for each in (best, truth)]
        chance = float((shares[0] * shares[1]).sum())
        right = np.count_nonzero(best == truth) / len(best)
        return bool(right - chance > RELATED * np.sqrt(max(chance * (1 - chance), 1e-12) / len(best)))
    squashed = np.tanh(0.5 * pred.astype(np.float64)).ravel()
    truth = label.astype(np.float64).ravel()
    product = (squashed - squashed.mean()) * (truth - truth.mean())
    return bool(product.mean() * np.sqrt(product.size) > RELATED * product.std())


def entropy(bound: BoundLoss) -> bool:
    """Whether the mean of this loss is a plain cross entropy, to be held against that of a constant."""
    plain = all(bound.params[p.name] == p.default for p in bound.loss.params)
    return bound.loss.name in ENTROPIES and plain and bound.reduction.name == "mean" and bound.preset is None
