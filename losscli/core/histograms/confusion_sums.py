"""Which class is taken for which, and what that costs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..scratch import Array
from ..sums.exact import UNIT, fixed, ratio
from .exact_cells import exact_cells

MOST = 100  # classes: more have no room in a picture, and none is gathered of them


class ConfusionSums:
    """Rows, or elements of rows, by their class and the class predicted: how many, and the sum of their losses."""

    def __init__(self, classes: int, *, elements: bool = False) -> None:
        self._elements = elements
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

    @property
    def kind(self) -> tuple[int, bool]:
        """What two histograms that are added up have in common."""
        return self._classes, self._elements

    def to_exact(self) -> dict[str, Any]:
        """Counts and sums by the number of their cell, to go on with."""
        held = np.flatnonzero(self._rows).tolist()
        cells = {str(i): [int(self._rows[i]), int(self._infinite[i]), hex(self._sums[i])] for i in held}
        return {"classes": self._classes, "of": "elements" if self._elements else "rows", "cells": cells}

    @classmethod
    def of_exact(cls, data: dict[str, Any]) -> ConfusionSums:
        """The sums that `to_exact` wrote."""
        classes = data["classes"]
        if type(classes) is not int or not 1 <= classes <= MOST:
            raise ValueError("there is no such number of classes")
        sums = cls(classes, elements=data["of"] == "elements")
        for i, (rows, infinite, amount) in exact_cells(data["cells"], classes * classes, 1).items():
            sums._rows[i], sums._infinite[i], sums._sums[i] = rows, infinite, amount
        return sums

    def __bool__(self) -> bool:
        return bool(self._rows.any())

    def to_dict(self) -> dict[str, Any]:
        """The pairs of classes that occur, by number; `loss` is the sum of the finite losses times their weights.

        `of` says "elements" where `rows` counts pixels, tokens or other elements of rows.
        """
        present = [int(i) for i in np.flatnonzero(self._rows)]
        return {
            **({"of": "elements"} if self._elements else {}),
            "classes": self._classes,
            "actual": [i // self._classes for i in present],
            "predicted": [i % self._classes for i in present],
            "rows": [int(self._rows[i]) for i in present],
            "loss": [ratio(self._sums[i], 1 << UNIT) for i in present],
            "infinite": [int(self._infinite[i]) for i in present],
        }
