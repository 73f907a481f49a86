"""Whether rows belong together: how much a pairing says, beside all pairings that mean nothing.

A pairing's association is the mean over rows of the products of centred features of predictions and labels. Under
pairings at random its mean is 0 and its spread is known exactly; pairings by a wide shift keep what neighbours have
in common (time series, sorted files), and their spread is taken where it is wider. So a repair is told only where
chance, order and a weak model cannot explain it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...core.record import record
from ...core.scratch import Array
from ..held_rows import LAGS, as_text, by_turns
from ..order.forecasts import alike, may_be_honest
from ..task import Task

BY_CHANCE = 6.0  # deviations of the association under meaningless trials
BY_ROWS = 4.5  # standard errors of the rows' own contributions: no single row decides
IN_PART = 8.0  # the same where the rows were chosen for it
HALF = 0.5  # the repair explains at least twice as much as the data as they are
GAIN = 0.02  # and lowers the loss itself
FEWEST = 24  # rows
NEAR = 4 * LAGS  # shifts up to here may be the truth
WORKERS = 8  # that share a file, at most
MANY = 1 << 12  # rows, from which a part of them tells as much


@record
class PairingTrial:
    """Which row of the predictions goes with which of the labels; `shift` is by how many rows labels move up."""

    id: str
    words: str  # "with labels moved up by 1 row"
    pred: Array
    label: Array
    shift: int = 0
    workers: int = 0


@record
class Association:
    """How much a pairing says: `size` in the units of the features, `chance` and `rows` in deviations."""

    size: float
    chance: float
    rows: float
    spread: float  # one deviation

    @property
    def strong(self) -> bool:
        """Whether neither chance nor a few rows explain it."""
        return self.chance >= BY_CHANCE and self.rows >= BY_ROWS


NOTHING = Association(0.0, 0.0, 0.0, 0.0)


def strength(task: Task, pi: Array, yi: Array, *, in_order: bool) -> Association:
    """The association of a pairing, by positions. `in_order` minds what neighbouring rows have in common."""
    pi, yi = task.usable(pi, yi)
    if len(pi) < FEWEST:
        return NOTHING
    return of_features(*task.features(pi, yi), in_order=in_order, signless=task.signless)


def of_features(left: Array, right: Array, *, in_order: bool, signless: bool = False) -> Association:
    """The association of rows of features side by side."""
    count = len(left)
    left, right = left - left.mean(axis=0), right - right.mean(axis=0)
    shares = (left * right).sum(axis=1)
    size = float(shares.mean())
    spread = float(np.sqrt(max(0.0, float(((left.T @ left) * (right.T @ right)).sum())) / (count - 1.0))) / count
    if in_order and count >= 4 * NEAR and (signless or size >= BY_CHANCE * spread):  # else it is nothing anyhow
        spread = max(spread, _of_shifts(left, right))
    if signless:
        shares, size = shares * np.sign(size), abs(size)
    error = float(shares.std()) / np.sqrt(count)
    scale = float(np.sqrt((left * left).sum() * (right * right).sum())) / count
    if scale <= 1e-12:
        return NOTHING
    return Association(size, size / max(spread, 1e-12 * scale), size / max(error, 1e-12 * scale), spread)


def spread_in_order(task: Task, pi: Array, yi: Array) -> float:
    """One deviation of the association under pairings that mean nothing, minding what neighbouring rows share."""
    pi, yi = task.usable(pi, yi)
    if len(pi) < FEWEST:
        return 0.0
    left, right = (rows - rows.mean(axis=0) for rows in task.features(pi, yi))
    spread = of_features(left, right, in_order=False).spread
    spread *= float(np.sqrt(alike(left, right)))
    return max(spread, _of_shifts(left, right)) if len(pi) >= 4 * NEAR else spread


def _of_shifts(left: Array, right: Array) -> float:
    """The spread of the association over wide circular shifts, all at once by Fourier's transform."""
    count = len(left)
    product = np.zeros(count // 2 + 1, dtype=np.complex128)
    for one, other in zip(left.T, right.T, strict=True):
        product += np.fft.rfft(one).conj() * np.fft.rfft(other)
    return float(np.fft.irfft(product, count)[NEAR:-NEAR].std()) / count


def trials(rows: Array, preds: int, labels: int) -> Iterator[PairingTrial]:
    """The rows as they may belong together: the number of a row among `rows` is that of the predictions."""
    for shift in [each for lag in range(1, LAGS + 1) for each in (lag, -lag)]:
        inside = rows[(rows + shift >= 0) & (rows + shift < labels)]
        many = "1 row" if abs(shift) == 1 else f"{abs(shift)} rows"
        way = "up" if shift > 0 else "down"
        yield PairingTrial("labels-shifted", f"with labels moved {way} by {many}", inside, inside + shift, shift)
    if preds != labels:
        return
    yield PairingTrial("rows-reversed", "with the rows of one file from last to first", rows, preds - 1 - rows)
    yield from _of_workers(rows, preds)
    for first in (0, 1):
        order = as_text(preds, first, rows)
        if (order != rows).any():
            yield PairingTrial("labels-in-text-order", _text(first, "labels"), order, rows)
            yield PairingTrial("predictions-in-text-order", _text(first, "predictions"), rows, order)


def _of_workers(rows: Array, count: int) -> Iterator[PairingTrial]:
    """Rows that several workers had by turns, written one worker after the other; and the other way round."""
    rows = rows[:: 1 + len(rows) // MANY]
    for workers in range(2, WORKERS + 1):
        order = by_turns(count, workers, rows)
        if (order == rows).all():
            continue
        for which, pred, label in (("predictions", rows, order), ("labels", order, rows)):
            words = f"with {which} taken as those of {workers} workers, one after the other, and rows dealt by turns"
            yield PairingTrial(f"{which}-by-worker", words, pred, label, workers=workers)


def _text(first: int, which: str) -> str:
    order = "0, 1, 10, 11, ... 2" if first == 0 else "1, 10, 11, ... 2"
    return f"with {which} taken from text order ({order}) back to the order of numbers"


def rows_of_trials(rows: Array, preds: int, labels: int) -> tuple[Array, Array]:
    """All rows of the predictions and of the labels that some pairing needs."""
    every = list(trials(rows, preds, labels))
    mine = np.unique(np.concatenate([rows, *(each.pred for each in every)]))
    theirs = np.unique(np.concatenate([rows, *(each.label for each in every)]))
    return mine[mine < preds], theirs[theirs < labels]


@record
class BetterPairing:
    """A pairing that is overwhelmingly better than the one at hand, with the loss before and after."""

    trial: PairingTrial
    before: float
    after: float
    rows: int
    since: int = 0  # the first row of the file that it holds for


def better_pairing(task: Task, rows: Array, preds: int, labels: int) -> BetterPairing | None:
    """The best repair of the pairing that the data cannot owe to chance; None where there is none."""
    now = _strength_at(task, rows, rows, in_order=False) if preds == labels else NOTHING
    best: tuple[float, BetterPairing] | None = None
    for trial in trials(rows, preds, labels):
        repaired = _strength_at(task, trial.pred, trial.label, in_order=True)
        if not repaired.strong or now.size > HALF * repaired.size:
            continue
        if preds == labels and trial.shift and _honest(task, trial):
            continue
        agreed = _if_the_loss_agrees(task, trial, rows if preds == labels else None)
        if agreed is not None and (best is None or repaired.size > best[0]):
            best = repaired.size, agreed
    if best is None and preds == labels:
        return _from_some_row(task, rows, preds)
    return best[1] if best else None


def _strength_at(task: Task, pred: Array, label: Array, *, in_order: bool) -> Association:
    return strength(task, task.pred.at(pred), task.label.at(label), in_order=in_order)


def _honest(task: Task, trial: PairingTrial) -> bool:
    """Whether predictions may be right beside the rows they stand beside."""
    inside = np.isin(trial.pred, task.label.rows)
    pi, yi, moved = (
        task.pred.at(trial.pred[inside]),
        task.label.at(trial.pred[inside]),
        task.label.at(trial.label[inside]),
    )
    return may_be_honest(task, pi, yi, moved)


def _loss(task: Task, pred: Array, label: Array) -> Array:
    return task.losses(*task.usable(task.pred.at(pred), task.label.at(label)))


def _if_the_loss_agrees(task: Task, trial: PairingTrial, rows: Array | None, since: int = 0) -> BetterPairing | None:
    """The verdict on a pairing, if the loss itself agrees. Without `rows`, it is compared with the constant's."""
    after = _loss(task, trial.pred, trial.label)
    if rows is None:
        _, yi = task.usable(task.pred.at(trial.pred), task.label.at(trial.label))
        before = task.constant(yi)
    else:
        before = _loss(task, rows, rows)
    if not after.mean() < (1.0 - GAIN) * before.mean():
        return None
    return BetterPairing(trial, float(before.mean()), float(after.mean()), len(after), since)


def _from_some_row(task: Task, rows: Array, count: int) -> BetterPairing | None:
    """A row lost or doubled in the middle: labels are shifted from there on."""
    best: BetterPairing | None = None
    for shift in (1, -1, 2, -2):
        inside = rows[(rows + shift >= 0) & (rows + shift < count)]
        pi, yi, yk = task.pred.at(inside), task.label.at(inside), task.label.at(inside + shift)
        good = task.pred.usable[pi] & task.label.usable[yi] & task.label.usable[yk]
        inside, pi, yi, yk = inside[good], pi[good], yi[good], yk[good]
        if len(inside) < 4 * FEWEST or task.signless or task.fitted:
            continue
        left, right = task.left - task.left[pi].mean(axis=0), task.right - task.right[yi].mean(axis=0)
        gain = (left[pi] * (right[yk] - right[yi])).sum(axis=1)
        tail = np.cumsum(gain[::-1])[::-1]
        at = int(np.argmax(tail))
        since = inside[at:]
        if at < FEWEST or len(since) < 2 * FEWEST:
            continue
        repaired = of_features(task.left[pi[at:]], task.right[yk[at:]], in_order=True)
        now = of_features(task.left[pi[at:]], task.right[yi[at:]], in_order=False)
        if repaired.chance < IN_PART or not repaired.strong or now.size > HALF * repaired.size or not _by(gain[at:]):
            continue
        many = "1 row" if abs(shift) == 1 else f"{abs(shift)} rows"
        way = "up" if shift > 0 else "down"
        words = f"with labels moved {way} by {many} from about row {since[0]} (from 0) on"
        trial = PairingTrial("labels-shifted", words, since, since + shift, shift)
        if may_be_honest(task, pi[at:], yi[at:], yk[at:]):
            continue
        agreed = _if_the_loss_agrees(task, trial, since, int(since[0]))
        if agreed is not None and (best is None or agreed.rows > best.rows):
            best = agreed
    return best


def _by(gain: Array) -> bool:
    return bool(gain.mean() * np.sqrt(len(gain)) >= BY_ROWS * max(float(gain.std()), 1e-300))
