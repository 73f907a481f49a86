"""What predictions and labels are to each other: a loss a row under any pairing, and features whose products tell
whether a pairing means anything."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..core.record import record
from ..core.scratch import Array
from .declaration_checks import LOOSE
from .held_rows import HeldRows

COLUMNS = 64  # features of a row
FLOOR = 1e-15  # the least probability: a cross entropy of 34.5, so that one row cannot hide all others
CLASSES = 256  # of embeddings
ENTROPY, SQUARES, LINE = "cross entropy", "mean squared error", "squared error about the best straight line"

Rows = Callable[[Array, Array], Array]  # positions among the held predictions and labels -> a loss a row


@record
class Task:
    """Predictions beside labels. `left` and `right` are their features; a pairing is good where products are large.

    `declared` is whether somebody said what the predictions are; `signless` tasks know no direction.
    """

    name: str  # binary, multiclass, multilabel, regression, embeddings
    kind: str  # what the values look like: probs, logits, logprobs, values
    measure: str
    pred: HeldRows
    label: HeldRows
    left: Array
    right: Array
    losses: Rows
    constant: Callable[[Array], Array]  # of the best constant predictor
    declared: bool = False
    signless: bool = False
    fitted: bool = False  # features of predictions follow from a pairing: how near a row is to the centre of each class

    def features(self, pi: Array, yi: Array) -> tuple[Array, Array]:
        """Features side by side."""
        left, right = self.left[pi], self.right[yi]
        return (_nearness(left, right), right) if self.fitted else (left, right)

    def usable(self, pi: Array, yi: Array) -> tuple[Array, Array]:
        """The pairs that have both a prediction and a label."""
        good = self.pred.usable[pi] & self.label.usable[yi]
        return (pi, yi) if good.all() else (pi[good], yi[good])


def task_of(pred: HeldRows, label: HeldRows, kind: str | None, values_only: bool) -> Task | None:
    """The task that shapes and values suggest; None where there is none that repairs could be tried on.

    `kind` is the declared one, if any; `values_only` says that the labels are declared to be real numbers.
    """
    p, y = pred.values, label.values
    if p.dtype.kind not in "biuf" or y.dtype.kind not in "biuf":
        return None
    good = y[label.usable].astype(np.float64)
    if not good.size or not pred.usable.any():
        return None
    if p.ndim == 2 and y.ndim == 1:
        if values_only or (good != np.floor(good)).any():
            return None
        return _embeddings(pred, label) if kind == "embeddings" else _classes(pred, label, kind)
    if p.shape[1:] != y.shape[1:]:
        return None
    if values_only:
        return _regression(pred, label)
    if p.ndim == 2 and good.min() >= 0 and (np.abs(good.sum(axis=1) - 1) <= LOOSE).all():
        return _classes(pred, label, kind)
    low, high = float(good.min()), float(good.max())
    bits = low in (0.0, 1.0) and high in (0.0, 1.0)
    two = bits or (low, high) == (-1.0, 1.0) or ((low, high) == (1.0, 2.0) and _decides(p[pred.usable]))
    if two and ((good == low) | (good == high)).all():
        return _binary(pred, label, kind, 0.0 if bits else low)
    if kind in ("logits", "probs") and good.min() >= 0 and good.max() <= 1:
        return _binary(pred, label, kind, 0.0)
    return _regression(pred, label)


def _decides(values: Array) -> bool:
    """Whether values are probabilities or have both signs: what a regression of 1 and 2 has not."""
    return bool(values.min() < 0 < values.max() or _unit(values))


def _unit(values: Array) -> bool:
    return bool(values.min() >= 0 and values.max() <= 1)


def _doubles(held: HeldRows) -> Array:
    """The values, 0 where there is none."""
    values = np.array(held.values, dtype=np.float64)
    values[~held.usable] = 0.0
    return values


def _thin(rows: Array) -> Array:
    """Some columns, evenly spread."""
    flat = rows.reshape(len(rows), -1)
    if flat.shape[1] <= COLUMNS:
        return flat
    return flat[:, np.linspace(0, flat.shape[1] - 1, COLUMNS).astype(np.int64)]


def kind_of_rows(rows: Array) -> str:
    """What rows of several columns look like."""
    if _unit(rows):
        return "probs"
    with np.errstate(over="ignore"):
        if rows.max() <= LOOSE and (np.abs(np.exp(rows).sum(axis=-1) - 1) <= LOOSE).mean() > 0.99:
            return "logprobs"
    return "logits"


def log_probs(rows: Array, kind: str) -> Array:
    """Logarithms of the probabilities of each row's classes."""
    if kind == "probs":
        total = rows.sum(axis=1, keepdims=True)
        return np.asarray(np.log(np.maximum(rows / np.where(total > 0, total, 1.0), FLOOR)))
    if kind == "logprobs":
        return np.maximum(rows, np.log(FLOOR))
    high = rows - rows.max(axis=1, keepdims=True)
    return np.asarray(np.maximum(high - np.log(np.exp(high).sum(axis=1, keepdims=True)), np.log(FLOOR)))


def _classes(pred: HeldRows, label: HeldRows, declared: str | None) -> Task | None:
    values = _doubles(pred)
    kind = kind_of_rows(values[pred.usable])
    width = values.shape[1]
    soft = label.values.ndim == 2
    right = _doubles(label) if soft else one_hot(label, width, 0)
    if not soft and declared is None and kind == "logits" and label.values[label.usable].max() + 1 < 0.75 * width:
        return _embeddings(pred, label)  # it seems: a column of them is no class
    logs = log_probs(values, kind)

    def losses(pi: Array, yi: Array) -> Array:
        return np.asarray(-(right[yi] * logs[pi]).sum(axis=1))

    def constant(yi: Array) -> Array:
        share = np.log(np.maximum(right[yi].mean(axis=0), FLOOR))
        return np.asarray(-(right[yi] * share).sum(axis=1))

    usable = label.usable & (right.sum(axis=1) > 0)
    held = HeldRows(label.rows, label.values, usable)
    return Task("multiclass", kind, ENTROPY, pred, held, np.exp(logs), right, losses, constant, declared is not None)


def _embeddings(pred: HeldRows, label: HeldRows) -> Task | None:
    known = label.values[label.usable]
    width = int(known.max()) + 1 if known.size else 0
    if not 1 < width <= CLASSES or known.min() < 0:
        return None
    values = _doubles(pred)
    centred = values - values[pred.usable].mean(axis=0)
    right = one_hot(label, width, 0)

    def losses(pi: Array, yi: Array) -> Array:
        rows, truth = centred[pi], right[yi]
        centres = (truth.T @ rows) / np.maximum(truth.sum(axis=0), 1.0)[:, None]
        return np.asarray(np.square(rows - truth @ centres).sum(axis=1))

    def constant(yi: Array) -> Array:
        return np.full(len(yi), float(np.square(centred[pred.usable]).sum(axis=1).mean()))

    measure = "squared distance from the mean of the class"
    return Task("embeddings", "values", measure, pred, label, centred, right, losses, constant, fitted=True)


def _nearness(rows: Array, truth: Array) -> Array:
    """How near each row is to the centre of each class, the centres being those of the other half of the rows."""
    nearness = np.zeros((len(rows), truth.shape[1]))
    for mine, other in ((slice(0, None, 2), slice(1, None, 2)), (slice(1, None, 2), slice(0, None, 2))):
        count = np.maximum(truth[other].sum(axis=0), 1.0)
        centres = (truth[other].T @ rows[other]) / count[:, None]
        nearness[mine] = rows[mine] @ centres.T - 0.5 * np.square(centres).sum(axis=1)
    return nearness


def one_hot(label: HeldRows, width: int, first: int) -> Array:
    """Rows with a 1 in the column of their class, where classes count from `first`; labels outside have none."""
    encoded = np.zeros((len(label.values), width))
    number = np.where(label.usable, label.values, -1).astype(np.int64) - first
    inside = (number >= 0) & (number < width)
    encoded[np.flatnonzero(inside), number[inside]] = 1.0
    return encoded


def _binary(pred: HeldRows, label: HeldRows, declared: str | None, low: float) -> Task:
    values, truth = _doubles(pred), _doubles(label)
    if low:
        truth = (truth - low) / (2.0 if low < 0 else 1.0)  # -1 and 1, or 1 and 2
    name = "binary" if values.ndim == 1 else "multilabel"
    known = values[pred.usable]
    if declared != "distances" and (_unit(known) or known.min() < 0 or declared in ("logits", "scores")):
        kind = "probs" if _unit(known) else "logits"
        with np.errstate(over="ignore"):
            probs = values if kind == "probs" else 1.0 / (1.0 + np.exp(-values))
        hard = ((known == 0) | (known == 1)).all()
        rows, measure = (_squares, SQUARES) if hard else (_entropy, ENTROPY)
        one, all_ = probs.reshape((len(probs), -1)), truth.reshape((len(truth), -1))
        return Task(
            name, kind, measure, pred, label, _thin(probs), _thin(truth),
            lambda pi, yi: rows(one[pi], all_[yi]),
            lambda yi: rows(np.broadcast_to(all_[yi].mean(axis=0), all_[yi].shape), all_[yi]),
            declared is not None,
        )  # fmt: skip
    # none below zero, some above one: distances or scores of some sort, whose direction nobody knows
    return _regression(pred, HeldRows(label.rows, truth, label.usable), signless=True)


def _entropy(probs: Array, truth: Array) -> Array:
    logs = np.log(np.maximum(probs, FLOOR)), np.log(np.maximum(1.0 - probs, FLOOR))
    return np.asarray(-(truth * logs[0] + (1.0 - truth) * logs[1]).mean(axis=1))


def _squares(guess: Array, truth: Array) -> Array:
    return np.asarray(np.square(guess - truth).mean(axis=1))


def _regression(pred: HeldRows, label: HeldRows, signless: bool = False) -> Task:
    guess, truth = _doubles(pred), _doubles(label)
    one, all_ = guess.reshape((len(guess), -1)), truth.reshape((len(truth), -1))

    def about_line(pi: Array, yi: Array) -> Array:
        p, y = one[pi], all_[yi]
        p = p - p.mean(axis=0)
        slope = (p * (y - y.mean(axis=0))).sum(axis=0) / np.maximum((p * p).sum(axis=0), 1e-300)
        return _squares(y.mean(axis=0) + slope * p, y)

    return Task(
        "regression", "values", LINE if signless else SQUARES, pred, label,
        _ranks(_thin(guess), pred.usable), _ranks(_thin(truth), label.usable),
        about_line if signless else lambda pi, yi: _squares(one[pi], all_[yi]),
        lambda yi: _squares(np.broadcast_to(all_[yi].mean(axis=0), all_[yi].shape), all_[yi]),
        signless=signless,
    )  # fmt: skip


def _ranks(columns: Array, usable: Array) -> Array:
    """Mean ranks in (0, 1), so that no single value decides; 0.5 where there is no value."""
    ranks = np.full(columns.shape, 0.5)
    for at in range(columns.shape[1]):
        _, back, count = np.unique(columns[usable, at], return_inverse=True, return_counts=True)
        ranks[usable, at] = ((np.cumsum(count) - 0.5 * count) / count.sum())[back]
    return ranks


def swapped(held: tuple[HeldRows, HeldRows], kind: str | None, forms: tuple[str, ...]) -> str:
    """Why predictions look like labels and labels like predictions; empty where they do not."""
    p, y = (each.values[each.usable] for each in held)
    if not p.size or not y.size or not _takes_classes(kind, forms):
        return ""
    if p.ndim == 1 and y.ndim == 2 and (p == np.floor(p)).all() and y.shape[1] > 1 and (y != np.floor(y)).any():
        return f"the predictions are whole numbers, one a row, and the labels have {y.shape[1]} columns of fractions"
    if p.shape[1:] != y.shape[1:]:
        return ""
    few = set(np.unique(p.ravel()[:65536])[:4].tolist())
    hard = bool({"pair", "sign", "binary"} & set(forms))
    if len(few) == 2 and (few in ({0.0, 1.0}, {-1.0, 1.0})) and len(np.unique(y.ravel()[:65536])) > 8:
        between = hard or _unit(y) or (few == {-1.0, 1.0} or p.ndim > 1 or float(y.min()) < 0)
        if between and (y != np.floor(y)).mean() > 0.5:
            which = " and ".join(f"{value:g}" for value in sorted(few))
            return f"the predictions are all {which}, and the labels lie between {y.min():.4g} and {y.max():.4g}"
    return ""


def _takes_classes(kind: str | None, forms: tuple[str, ...]) -> bool:
    """Whether decisions beside fractions are an exchange: not where both are real numbers by declaration."""
    return kind not in ("embeddings", "values") and forms != ("values",)
