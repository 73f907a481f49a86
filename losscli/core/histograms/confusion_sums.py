"""Which class is taken for which, and what that costs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..scratch import Array
from ..sums.exact import UNIT, fixed, ratio

MOST = 100  # classes: more have no room in a picture, and none is gathered of them


class ConfusionSums:
    """Rows by their class and the class predicted: how many, and the sum of their losses."""

    def __init__(self, classes: int) -> None:
        self._classes = classes
        self._rows = np.zeros(classes * classes, dtype=np.int64)
        self._sums: dict[int, int] = {}
        self._infinite = np.zeros(classes * classes, dtype=np.int64)

    def prepared(self, actual: Array, predicted: Array, terms: Array) -> Callable[[], None]:
        """What adds a block: class numbers (n,) of both, and the weighted losses (n,)."""
        size = self._classes * self._classes
        cells = actual.astype(np.int64) * self._classes + predicted
        counts = np.bincount(cells, minlength=size)
        finite = np.isfinite(terms)
        sums = np.bincount(cells, weights=np.where(finite, terms, 0.0), minlength=size)
        infinite = np.bincount(cells[~finite], minlength=size)
        present = [(int(i), fixed(float(sums[i]))) for i in np.flatnonzero(counts)]

        def add() -> None:
            self._rows += counts
            self._infinite += infinite
            for i, amount in present:
                self._sums[i] = self._sums.get(i, 0) + amount

        return add

    def absorb(self, other: ConfusionSums) -> None:
        """Add the sums of other rows."""
        self._rows += other._rows
        self._infinite += other._infinite
        for i, amount in other._sums.items():
            self._sums[i] = self._sums.get(i, 0) + amount

    def __bool__(self) -> bool:
        return bool(self._rows.any())

    def to_dict(self) -> dict[str, Any]:
        """The pairs of classes that occur, by number; `loss` is the sum of the finite losses times their weights."""
        present = [int(i) for i in np.flatnonzero(self._rows)]
        return {
            "classes": self._classes,
            "actual": [i // self._classes for i in present],
            "predicted": [i % self._classes for i in present],
            "rows": [int(self._rows[i]) for i in present],
            "loss": [ratio(self._sums[i], 1 << UNIT) for i in present],
            "infinite": [int(self._infinite[i]) for i in present],
        }
