"""The rows with the highest or the lowest loss, in memory for so many rows alone, whatever the number of all."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..core.binding.bound_loss import BoundLoss
from ..core.errors import LossCliError
from ..core.record import record
from ..core.scratch import Array


def row_loss(finish: Callable[[Sequence[float]], float] | None, terms: Sequence[float]) -> float:
    """The loss that one row has by itself, given its terms; NaN where it has none."""
    try:
        return float(finish(terms) if finish else terms[0])
    except (LossCliError, ValueError, ZeroDivisionError, OverflowError):  # the labels of one row do not vary
        return math.nan


def extreme_places(values: Array, most: int) -> list[Array]:
    """Where the `most` smallest and the `most` largest of more than so many values are, in no order."""
    n = len(values)
    order = np.argpartition(values, (most - 1, n - most))
    return [order[:most], order[n - most :]]


def own_losses(bound: BoundLoss, terms: Sequence[Array], mass: Array | None) -> Array:
    """The loss that each row has by itself, whatever it weighs; NaN of rows that do not count or have none.

    Args:
        bound: the loss.
        terms: the weighted terms, each (n,).
        mass: what each row counts for, (n,); None: 1.
    """
    counting: Array | None = None
    if mass is not None:
        counting = mass != 0.0
        divisor = np.where(counting, mass, 1.0)
        terms = [term / divisor for term in terms]
    finish = None if bound.reduces else bound.finish()
    if finish is None:
        losses: Array = np.array(terms[0], dtype=np.float64)
    else:
        rows = zip(*(term.tolist() for term in terms), strict=True)
        losses = np.array([row_loss(finish, row) for row in rows], dtype=np.float64)
    if counting is not None:
        losses[~counting] = np.nan
    return losses


@record
class ExtremeRow:
    """A row: where it stands in what was read, its loss, its weight, and the values that are kept of it."""

    row: int
    loss: float
    weight: float
    kept: dict[str, Any]


class ExtremeRows:
    """Sees the rows of every block, from any thread, and keeps the `most` worst of them, or the best.

    The worst are those whose loss is the highest or, of a loss whose best value is a number such as 1, farthest from
    it. Of equal ones the first rows count, so that what is kept is the same in any order of blocks.
    """

    def __init__(self, most: int, *, worst: bool) -> None:
        self._most, self._worst = most, worst
        self._lock = threading.Lock()
        self._rows: list[tuple[float, ExtremeRow]] = []
        self._limit = math.inf  # the rank of the last row that is kept, once there are enough

    def add(
        self, bound: BoundLoss, rows: Array, losses: Array, weight: Array | None, kept: Callable[[Array], list[Any]]
    ) -> None:
        """Add the rows of a block: where they stand, their own losses and weights, and what gives the kept values."""
        if not self._most:
            return
        best = bound.loss.best
        badness = losses if best is None else np.abs(losses - best)
        rank = -badness if self._worst else badness
        places = np.flatnonzero(~np.isnan(rank) & (rank <= self._limit))
        if len(places) > self._most:
            last = np.partition(rank[places], self._most - 1)[self._most - 1]
            places = places[rank[places] <= last]
            places = places[np.lexsort((rows[places], rank[places]))][: self._most]
        if not len(places):
            return
        weights = np.ones(len(places)) if weight is None else weight[places]
        columns = (rank[places].tolist(), rows[places].tolist(), losses[places].tolist(), weights.tolist())
        added = [
            (each, ExtremeRow(row, loss, own, values))
            for each, row, loss, own, values in zip(*columns, kept(places), strict=True)
        ]
        with self._lock:
            self._rows = sorted([*self._rows, *added], key=lambda pair: (pair[0], pair[1].row))[: self._most]
            if len(self._rows) == self._most:
                self._limit = self._rows[-1][0]

    def rows(self) -> list[ExtremeRow]:
        """What was kept, the most extreme first."""
        return [row for _, row in self._rows]
