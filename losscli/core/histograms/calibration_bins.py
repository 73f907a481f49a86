"""Predicted probabilities and what came true, in bins of the log-odds."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..scratch import Array
from ..sums.exact import UNIT, fixed, ratio
from .exact_cells import exact_cells

STEP = 0.25  # of log-odds
_FURTHEST = 64  # steps from even odds: probabilities within 1e-7 of 0 and of 1 share a bin
_SIZE = 2 * _FURTHEST


def ends_of(number: int) -> tuple[float, float]:
    """The probabilities between which a bin lies."""
    low = 0.0 if number == 0 else _probability((number - _FURTHEST) * STEP)
    high = 1.0 if number == _SIZE - 1 else _probability((number + 1 - _FURTHEST) * STEP)
    return low, high


def _probability(odds: float) -> float:
    return 1.0 / (1.0 + math.exp(-odds))


class CalibrationBins:
    """Probabilities in bins: how many, what they weigh, the sums of the probabilities and of what came true.

    `of` is "positive", the probability of the positive class, or "top", that of the class which has the largest.
    """

    def __init__(self, of: str) -> None:
        self.of = of
        self._counts = np.zeros(_SIZE, dtype=np.int64)
        self._sums: list[dict[int, int]] = [{}, {}, {}]  # weights, probabilities, what came true

    def prepared(self, probs: Array, came_true: Array, weight: Array | None) -> Callable[[], None]:
        """What adds a block of probabilities (n,), of what came true (n,) in [0, 1], and of weights (n,)."""
        with np.errstate(divide="ignore"):
            odds = np.log(probs) - np.log1p(-probs)
        bins = np.clip(np.floor(odds / STEP) + _FURTHEST, 0, _SIZE - 1).astype(np.int64)
        counts = np.bincount(bins, minlength=_SIZE)
        held = np.ones(len(probs)) if weight is None else weight
        columns = [
            np.bincount(bins, weights=values, minlength=_SIZE) for values in (held, probs * held, came_true * held)
        ]
        present = [(int(i), [fixed(float(column[i])) for column in columns]) for i in np.flatnonzero(counts)]

        def add() -> None:
            self._counts += counts
            for i, amounts in present:
                for sums, amount in zip(self._sums, amounts, strict=True):
                    sums[i] = sums.get(i, 0) + amount

        return add

    def absorb(self, other: CalibrationBins) -> None:
        """Add the bins of other data."""
        self._counts += other._counts
        for ours, theirs in zip(self._sums, other._sums, strict=True):
            for i, amount in theirs.items():
                ours[i] = ours.get(i, 0) + amount

    @property
    def kind(self) -> str:
        """What two histograms that are added up have in common."""
        return self.of

    def to_exact(self) -> dict[str, Any]:
        """Counts and sums by the number of their bin, to go on with."""
        held = np.flatnonzero(self._counts).tolist()
        return {
            "of": self.of,
            "bins": {str(i): [int(self._counts[i]), *(hex(sums[i]) for sums in self._sums)] for i in held},
        }

    @classmethod
    def of_exact(cls, data: dict[str, Any]) -> CalibrationBins:
        """The bins that `to_exact` wrote."""
        bins = cls(str(data["of"]))
        for i, (count, *amounts) in exact_cells(data["bins"], _SIZE, 3).items():
            bins._counts[i] = count
            for sums, amount in zip(bins._sums, amounts, strict=True):
                sums[i] = amount
        return bins

    def __bool__(self) -> bool:
        return bool(self._counts.any())

    def to_dict(self) -> dict[str, Any]:
        """The bins that hold predictions, column by column; `predicted` and `came_true` are sums times weights."""
        present = [int(i) for i in np.flatnonzero(self._counts)]
        ends = [ends_of(i) for i in present]
        weight, predicted, came_true = ([ratio(sums[i], 1 << UNIT) for i in present] for sums in self._sums)
        return {
            "of": self.of,
            "low": [low for low, _ in ends],
            "high": [high for _, high in ends],
            "count": [int(self._counts[i]) for i in present],
            "weight": weight,
            "predicted": predicted,
            "came_true": came_true,
        }
