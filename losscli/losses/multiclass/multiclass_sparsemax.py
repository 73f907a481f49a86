from typing import Any

import numpy as np

from ...core.loss import NONNEGATIVE, SHIFT_INVARIANT, Paper, call, loss
from ...core.scratch import Array


def _optax(pred: Array, label: Array) -> Array:
    """The same in its floats: the nearest point from plain sums, and 1 - |p|^2 as a difference."""
    with np.errstate(all="ignore"):
        ordered = -np.sort(-pred, axis=1)
        sums, places = np.cumsum(ordered, axis=1), np.arange(1, pred.shape[1] + 1, dtype=pred.dtype)
        count = np.count_nonzero(1 / places + (ordered - sums / places) > 0, axis=1)
        rows = np.arange(len(pred))
        reached = count.astype(pred.dtype)
        shift = (1 / reached)[:, None] + (pred - (sums[rows, count - 1] / reached)[:, None])
        p = np.maximum(shift, 0)
        scores = pred - pred[rows, label][:, None]
        scores[rows, label] = 0
        half = pred.dtype.type(0.5) * (1 - np.einsum("ij,ij->i", p, p))
        return np.asarray(np.einsum("ij,ij->i", p, np.where(p != 0, scores, 0)) + half)


@loss(
    "multiclass_sparsemax",
    aliases=("multiclass_sparsemax_loss",),
    family="multiclass",
    pred=("logits",),
    label=("index",),
    pred_dims=(2,),
    formula="1/2 |y - pred|^2 - 1/2 |p - pred|^2,  p the point of the simplex nearest to pred, y the label's corner",
    unit="score units",
    facts={NONNEGATIVE, SHIFT_INVARIANT},
    source=Paper("Martins and Astudillo 2016, From softmax to sparsemax, section 3", "arXiv:1602.02068"),
    like={"optax": call("optax.multiclass_sparsemax_loss(scores, labels)", input="logits", kernel=_optax)},
    errata="It is 0 as soon as the label's score is 1 above all others, where softmax_cross_entropy never is.",
    example="digits/logits.npy digits/labels.npy",
)
def multiclass_sparsemax(pred: Array, label: Array) -> Array:
    """Sparsemax loss: a softmax cross entropy whose probabilities may be exactly 0.

    Use it for models trained with sparsemax; of two classes it is sparsemax of the difference of their scores.
    Shapes: pred (n, c) with class numbers (n,).
    Notes: an infinite score is NaN, but -inf at another class than the label's, which has no part.
    """
    rows = np.arange(len(pred))
    scores = np.asarray(pred, dtype=np.float64)
    with np.errstate(invalid="ignore", over="ignore", under="ignore"):
        apart = scores - scores.max(axis=1, keepdims=True)
        p = _nearest(apart)
        own = apart[rows, label][:, None]
        parts = np.where(p > 0, p * (np.where(p > 0, apart, 0.0) - own), 0.0)
        losses = parts.sum(axis=1) + 0.5 * _spread(p)
    losses[~np.isfinite(scores.max(axis=1)) | np.isnan(scores).any(axis=1)] = np.nan
    return np.asarray(np.where(losses > 0, losses, np.where(np.isnan(losses), np.nan, 0.0)))


def _nearest(apart: Array) -> Array:
    """The point of the simplex nearest to scores of which the largest is 0."""
    ordered = -np.sort(-apart, axis=1)
    places = np.arange(1, apart.shape[1] + 1)
    sums = np.cumsum(np.where(ordered > -1.0, ordered, 0.0), axis=1)
    support = (ordered > -1.0) & (1.0 + places * ordered > sums)
    count = np.maximum(support.sum(axis=1), 1)
    threshold = (sums[np.arange(len(apart)), count - 1] - 1.0) / count
    return np.asarray(np.maximum(apart - threshold[:, None], 0.0))


def _spread(p: Array) -> Array:
    """1 - |p|^2 as sum p (1 - p)."""
    return np.asarray((p * (1.0 - p)).sum(axis=1))


@multiclass_sparsemax.formula
def _(m: Any, pred: Any, label: Any) -> Any:
    peak = max(pred)
    if not m.isfinite(peak):
        return NotImplemented
    scores = [x - peak for x in pred]
    ordered = sorted(scores, reverse=True)
    count = max(k for k in range(1, len(pred) + 1) if 1 + k * ordered[k - 1] > m.sum(ordered[:k]))
    tau = (m.sum(ordered[:count]) - 1) / count
    p = [m.maximum(x - tau, 0) for x in scores]
    dots = m.sum(a * (x - scores[label]) for a, x in zip(p, scores, strict=True) if a > 0)
    return dots + (1 - m.sum(a * a for a in p)) / 2


multiclass_sparsemax.case(pred=[[0.0, 0.0]], label=[0], expect="0.25")
multiclass_sparsemax.case(pred=[[2.0, 0.0, 1.0]], label=[0], expect="0")
multiclass_sparsemax.case(
    pred=[[2.0, 0.0, 1.0], [0.5, 0.0, 0.0]], label=[1, 0], reduction="none", expect=[2.0, 0.0833333333]
)
