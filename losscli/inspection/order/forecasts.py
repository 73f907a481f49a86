"""Predictions that look like the labels of another row, and are right as they stand: forecasts of a series.

The best forecast of tomorrow is a function of today's value. It goes with the label of the row before far better than
with its own, and is still the best there is. Such predictions keep what they claim: their covariance with their own
labels is their variance. Predictions beside wrong rows claim a covariance that is not there.
"""

from __future__ import annotations

import numpy as np

from ...core.scratch import Array
from ..task import Task

RELATED = 3.0  # deviations of a relation that is there as rows stand
BROKEN = 3.0  # standard errors by which less is kept than is claimed
COPY = 1e-9  # of the variance: what rounding leaves of an exact copy


def may_be_honest(task: Task, pi: Array, yi: Array, moved: Array) -> bool:
    """Whether predictions beside these labels may be right, though they go better with the labels `moved`."""
    pi, yi, moved = _usable(task, pi, yi, moved)
    if len(pi) < 2 or task.signless or task.fitted:
        return False
    left, right, other = (rows - rows.mean(axis=0) for rows in (task.left[pi], task.right[yi], task.right[moved]))
    pairs = _pairs(yi, moved)
    if any(_related(one, right, pairs) for one in (left, other)):  # from one label the other could be forecast
        return True
    return not claims_are_broken(task, pi, yi) or _copies(task, pi, moved)


def _related(left: Array, right: Array, pairs: Array) -> bool:
    """Whether rows go together beyond chance, given the number of the pair that each row is of."""
    shares = (left * right).sum(axis=1)
    spread = float(np.sqrt(max(0.0, float(((left.T @ left) * (right.T @ right)).sum()) / len(left))))
    both, square = np.bincount(pairs, weights=shares), float((shares * shares).sum())
    if len(both) < len(shares) and square:
        spread *= float(np.sqrt((both * both).sum() / square))
    return float(shares.sum()) >= RELATED * spread


def _pairs(one: Array, other: Array) -> Array:
    """The number of the two rows that each row pairs: halves exchanged and blocks turned round pair them both ways."""
    key = np.minimum(one, other) * (np.int64(max(one.max(), other.max())) + 1) + np.maximum(one, other)
    return np.unique(key, return_inverse=True)[1]


def _usable(task: Task, pi: Array, yi: Array, moved: Array) -> tuple[Array, Array, Array]:
    good = task.pred.usable[pi] & task.label.usable[yi] & task.label.usable[moved]
    return pi[good], yi[good], moved[good]


def _values(task: Task, pi: Array, yi: Array) -> tuple[Array, Array]:
    """Predictions and labels in one unit, without the outermost hundredth of real numbers."""
    if task.name != "regression":
        return task.left[pi], task.right[yi]
    pairs = ((task.pred, pi), (task.label, yi))
    guess, truth = (np.asarray(held.values[at], dtype=np.float64).reshape(len(at), -1) for held, at in pairs)
    low, high = np.quantile(truth, (0.01, 0.99), axis=0)
    return np.clip(guess, np.minimum(low, guess.mean(axis=0)), np.maximum(high, guess.mean(axis=0))), np.clip(
        truth, low, high
    )


def claims_are_broken(task: Task, pi: Array, yi: Array, beyond: float = BROKEN) -> bool:
    """Whether the covariance with the labels is beyond doubt below the predictions' own variance."""
    guess, truth = _values(task, pi, yi)
    guess, truth = guess - guess.mean(axis=0), truth - truth.mean(axis=0)
    lacking = (guess * guess).sum(axis=1) - (guess * truth).sum(axis=1)
    error = float(lacking.std()) / float(np.sqrt(len(lacking)))
    return bool(lacking.mean() > beyond * max(error, 1e-300))


def _copies(task: Task, pi: Array, moved: Array) -> bool:
    """Whether predictions are the real numbers of another row, to the last digit: a naive forecast, and no model."""
    if task.name != "regression":
        return False
    pairs = ((task.pred, pi), (task.label, moved))
    guess, truth = (np.asarray(held.values[at], dtype=np.float64).reshape(len(at), -1) for held, at in pairs)
    guess, truth = guess - guess.mean(axis=0), truth - truth.mean(axis=0)
    square = np.maximum((guess * guess).sum(axis=0), 1e-300)
    rest = truth - guess * ((guess * truth).sum(axis=0) / square)
    return bool((rest * rest).sum() <= COPY * (truth * truth).sum())
