"""The loss along the file: its mean in parts of the rows, as they stand and as a better pairing has them."""

from __future__ import annotations

import numpy as np

from ..core.diagnostics import LossProfile, ProfilePart
from ..core.scratch import Array
from .checks.pairing_checks import PairingTrial
from .task import Task

PARTS = 40  # of the rows that are looked at; a divisor of it are the runs that these come in
LEAST = 24  # rows of a part


def profile_of(task: Task, rows: Array, repair: PairingTrial | None) -> LossProfile | None:
    """The profile of the rows that are looked at; None where there are too few, or the loss has no finite values."""
    if len(rows) < 2 * LEAST:
        return None
    edges = np.unique(np.linspace(0, len(rows), min(PARTS, len(rows) // LEAST) + 1).astype(np.int64))
    own = _losses(task, rows, rows, rows)
    usable = np.isfinite(own)
    if not usable.any():
        return None
    constant = np.full(len(rows), np.nan)
    constant[usable] = task.constant(task.label.at(rows[usable]))
    repaired = None if repair is None else _losses(task, rows, repair.pred, repair.label)
    parts = [
        _part(rows[start:stop], *(None if each is None else each[start:stop] for each in (own, constant, repaired)))
        for start, stop in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)
    ]
    return LossProfile(task.measure, parts, "" if repair is None else repair.words)


def _losses(task: Task, rows: Array, pred: Array, label: Array) -> Array:
    """The loss of each of the rows of the predictions under a pairing; NaN where it has none."""
    losses = np.full(len(rows), np.nan)
    here = np.isin(pred, rows) & np.isin(pred, task.pred.rows) & np.isin(label, task.label.rows)
    pred, label = pred[here], label[here]
    pi, yi = task.pred.at(pred), task.label.at(label)
    good = task.pred.usable[pi] & task.label.usable[yi]
    losses[np.searchsorted(rows, pred[good])] = task.losses(pi[good], yi[good])
    return losses


def _part(rows: Array, own: Array | None, constant: Array | None, repaired: Array | None) -> ProfilePart:
    assert own is not None
    assert constant is not None
    known = own[np.isfinite(own)]
    error = float(known.std(ddof=1) / np.sqrt(len(known))) if len(known) > 1 else None
    return ProfilePart(int(rows[0]), int(rows[-1]), len(known), _mean(own), error, _mean(constant), _mean(repaired))


def _mean(values: Array | None) -> float | None:
    known = np.zeros(0) if values is None else values[np.isfinite(values)]
    return float(known.mean()) if len(known) else None
