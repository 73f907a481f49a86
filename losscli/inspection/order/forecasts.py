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
BROKEN = 3.5  # standard errors by which less is kept than is claimed
CARRY = 6.0  # rows that must share the work
MOST_LAGS = 40  # rows over which neighbours are taken to depend on each other
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


def claims_are_broken(task: Task, pi: Array, yi: Array, beyond: float = BROKEN) -> bool:
    """Whether the covariance with the labels is beyond doubt below the predictions' own variance.

    That is, whether the slope of labels over predictions is below 1. Its error is that of rows of any spread (White
    1980, Econometrica 48, 817-838) which follow each other in time (Newey and West 1987, Econometrica 55, 703-708).
    Real numbers are looked at with and without their outermost hundredth, since few of them may make the slope, and
    without them it is another one.
    """
    guess, truth = _values(task, pi, yi)
    if not _falls_short(guess, truth, beyond):
        return False
    if task.name != "regression":
        return True
    low, high = np.quantile(truth, (0.01, 0.99), axis=0)
    centre = guess.mean(axis=0)
    return _falls_short(
        np.clip(guess, np.minimum(low, centre), np.maximum(high, centre)), np.clip(truth, low, high), beyond
    )


def _values(task: Task, pi: Array, yi: Array) -> tuple[Array, Array]:
    """Predictions and labels in one unit."""
    if task.name != "regression":
        return task.left[pi], task.right[yi]
    guess, truth = (
        np.asarray(held.values[at], dtype=np.float64).reshape(len(at), -1)
        for held, at in ((task.pred, pi), (task.label, yi))
    )
    return guess, truth


def _falls_short(guess: Array, truth: Array, beyond: float) -> bool:
    return lacking(guess - guess.mean(axis=0), truth - truth.mean(axis=0)) > beyond


def lacking(guess: Array, truth: Array, slope: float = 1.0) -> float:
    """How far the slope of centred labels over predictions is below this one, in standard errors; rows in order.

    0 where few rows make the slope.
    """
    claimed, kept = (guess * guess).sum(axis=1), (guess * truth).sum(axis=1)
    total = float(claimed.sum())
    if total * total <= CARRY * float((claimed * claimed).sum()):
        return 0.0
    leverage = np.minimum(claimed / total, 0.5)
    rest = (kept - claimed * (float(kept.sum()) / total)) / (1.0 - leverage)
    square = float((rest * rest).sum())
    further, lags = square * alike(guess, truth), min(MOST_LAGS, int(np.sqrt(len(rest))))
    weights = 2.0 - 2.0 * np.arange(1, lags + 1) / (lags + 1.0)
    following = sum(w * float((rest[lag:] * rest[:-lag]).sum()) for lag, w in enumerate(weights.tolist(), 1))
    error = float(np.sqrt(max(further, square + following)))
    return (slope * total - float(kept.sum())) / max(error, 1e-300)


def alike(left: Array, right: Array) -> float:
    """How many times larger the variance of a sum of products of centred rows is, since neighbours are alike.

    That of two series that have nothing to do with each other (Bartlett 1935, J. R. Statist. Soc. 98, 536-543).
    """
    both = _of_neighbours(left) * _of_neighbours(right)
    both = max(0.0, min(0.99, both))
    return (1.0 + both) / (1.0 - both)


def _of_neighbours(rows: Array) -> float:
    """The correlation of each row with the next."""
    return float((rows[:-1] * rows[1:]).sum() / max(float((rows * rows).sum()), 1e-300))


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
