"""Classes that stand in another order in the predictions than in the labels, or count from another number."""

from __future__ import annotations

import numpy as np

from ...core.record import record
from ...core.scratch import Array
from ..checks.pairing_checks import BY_CHANCE, BY_ROWS, FEWEST, HALF, Association, of_features
from ..task import Task, one_hot

RIGHT = 0.5  # of the rows of moved classes are right after the repair
MARGIN = 0.2  # by which their cross entropy falls, at least
MOST = 256  # classes
PIECES = (2, 3, 4, 6, 8, 12)  # parts of the file in each of which the order is looked at
PART_BY_ROWS = 5.5  # standard errors, of that many looks


@record
class ClassPermutation:
    """Labels `classes` belong to the columns `columns`; the cross entropy before and after, over all rows."""

    classes: tuple[int, ...]
    columns: tuple[int, ...]
    order: tuple[int, ...]  # for every class the column of the predictions that is its own
    before: float
    after: float
    rows: int


def permuted(task: Task, rows: Array, by_rows: float = BY_ROWS) -> ClassPermutation | None:
    """The cycles of classes that are overwhelmingly better exchanged; found on even rows, judged on odd ones."""
    pi, yi = task.usable(task.pred.at(rows), task.label.at(rows))
    left, right = task.left[pi], task.right[yi]
    width = right.shape[1]
    if len(pi) < 2 * FEWEST or width > MOST or width < 2:
        return None
    known, truth = left - left.mean(axis=0), right
    table = known[0::2].T @ truth[0::2]  # (column, class)
    seen = truth[0::2].sum(axis=0) >= 3
    if (table.argmax(axis=0) == np.arange(width))[seen].all():
        return None
    best = assignment(np.where(seen[None, :], table, 0.0))
    moved: list[int] = []
    for cycle in cycles(best):
        if len(cycle) > 1 and _cycle_is_better(known[1::2], truth[1::2], cycle, best, by_rows):
            moved += cycle
    if not moved:
        return None
    order = np.arange(width)
    order[moved] = best[moved]
    before = task.losses(pi, yi)
    after = -(right * np.log(np.maximum(task.left[pi], 1e-15))[:, order]).sum(axis=1)
    if not after.mean() < before.mean() or not after.mean() < task.constant(yi).mean():
        return None
    moved.sort()
    columns = tuple(int(order[each]) for each in moved)
    return ClassPermutation(
        tuple(moved), columns, tuple(order.tolist()), float(before.mean()), float(after.mean()), len(pi)
    )  # fmt: skip


def part_permuted(task: Task, rows: Array) -> tuple[int, int, ClassPermutation] | None:
    """The rows in which classes stand in another order than in the file, from start to stop, and how they do."""
    best: tuple[float, int, int, ClassPermutation] | None = None
    for pieces in PIECES:
        ends = np.linspace(0, len(rows), pieces + 1).astype(np.int64)
        for start, stop in zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True):
            moved = permuted(task, rows[start:stop], PART_BY_ROWS) if stop - start >= 2 * FEWEST else None
            gain = 0.0 if moved is None else (moved.before - moved.after) * moved.rows
            if moved is not None and (best is None or gain > best[0]):
                best = gain, start, stop, moved
    if best is None:
        return None
    moved = best[3]
    pi, yi = task.usable(task.pred.at(rows), task.label.at(rows))
    left, right = task.left[pi], task.right[yi]
    gained = np.concatenate([[0.0], np.cumsum((left[:, list(moved.order)] * right - left * right).sum(axis=1))])
    stop = int(np.argmax(gained - np.minimum.accumulate(gained)))
    start = int(np.argmin(gained[: stop + 1]))
    held = task.pred.rows[pi]
    return int(held[start]), int(held[stop - 1]) + 1, moved


def _cycle_is_better(known: Array, truth: Array, cycle: list[int], best: Array, by_rows: float) -> bool:
    """Whether the rows of these classes, unseen so far, are for their own columns as the repair has them."""
    columns = best[cycle]
    inside = truth[:, cycle].sum(axis=1) > 0.5
    if inside.sum() < FEWEST // 2 or (truth[inside][:, cycle].sum(axis=0) >= 3).sum() < 2:
        return False  # one class alone may be what a poor model takes for another
    label, mine, repaired = truth[inside][:, cycle], known[inside][:, cycle], known[inside][:, columns]
    gain = ((repaired - mine) * label).sum(axis=1)
    if gain.mean() * np.sqrt(len(gain)) < by_rows * max(float(gain.std()), 1e-12):
        return False
    classes = label.argmax(axis=1)
    right, wrong = (repaired.argmax(axis=1) == classes).mean(), (mine.argmax(axis=1) == classes).mean()
    each = [_share(repaired, mine, classes, at) for at in range(len(cycle))]
    return bool(right > RIGHT and wrong < HALF * right and np.mean([good for good in each if good is not None]) > 0.7)


def _share(repaired: Array, mine: Array, classes: Array, at: int) -> bool | None:
    """Whether the rows of one class gain; None where there are none."""
    rows = classes == at
    return None if not rows.any() else bool((repaired[rows, at] > mine[rows, at]).mean() > 0.5)


def counted_from(task: Task, rows: Array, first: int) -> tuple[float, float, int] | None:
    """The cross entropy before and after taking labels for numbers from `first`; None unless that is far better."""
    pi, yi = task.usable(task.pred.at(rows), task.label.at(rows))
    if len(pi) < FEWEST or task.label.values.ndim != 1:
        return None
    moved = one_hot(task.label, task.left.shape[1], first)[yi]
    inside = moved.sum(axis=1) > 0
    if inside.mean() < 0.99:
        return None
    left, right = task.left[pi], task.right[yi]
    repaired = of_features(left[inside], moved[inside], in_order=False)
    now = of_features(left, right, in_order=False)
    if not _clear(repaired, now):
        return None
    after = -(moved * np.log(np.maximum(left, 1e-15))).sum(axis=1)[inside]
    before = task.losses(pi, yi)
    if not after.mean() < (1 - MARGIN) * before.mean():
        return None
    return float(before.mean()), float(after.mean()), len(after)


def _clear(repaired: Association, now: Association) -> bool:
    return repaired.chance >= BY_CHANCE and repaired.rows >= BY_ROWS and now.size < HALF * repaired.size


def cycles(order: Array) -> list[list[int]]:
    """The cycles of a permutation."""
    left, every_cycle = set(range(len(order))), []
    while left:
        at = min(left)
        cycle = []
        while at in left:
            left.discard(at)
            cycle.append(at)
            at = int(order[at])
        every_cycle.append(cycle)
    return every_cycle


def assignment(table: Array) -> Array:
    """For each column of a square table the row that is its own, so that their sum is greatest (Hungarian method).

    Jonker and Volgenant's shortest augmenting paths, in O(n^3).
    """
    cost = -table.T  # a class (row) chooses a column of the predictions
    size = len(cost)
    potential, price = np.zeros(size + 1), np.zeros(size + 1)
    owner, way = np.zeros(size + 1, dtype=np.int64), np.zeros(size + 1, dtype=np.int64)
    for row in range(1, size + 1):
        owner[0], at = row, 0
        least = np.full(size + 1, np.inf)
        done = np.zeros(size + 1, dtype=bool)
        while True:
            done[at] = True
            here = cost[owner[at] - 1] - potential[owner[at]] - price[1:]
            closer = ~done[1:] & (here < least[1:])
            least[1:][closer] = here[closer]
            way[1:][closer] = at
            following = int(np.argmin(np.where(done[1:], np.inf, least[1:]))) + 1
            delta = least[following]
            np.add.at(potential, owner[done], delta)
            price[done] -= delta
            least[~done] -= delta
            at = following
            if owner[at] == 0:
                break
        while at:
            owner[at] = owner[way[at]]
            at = int(way[at])
    chosen = np.zeros(size, dtype=np.int64)
    chosen[owner[1:] - 1] = np.arange(size)
    return chosen
