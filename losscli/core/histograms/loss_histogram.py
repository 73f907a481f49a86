"""How many rows cost how much: counts and exact sums on a grid of powers of two, the same for every data set.

An octave has eight bins, so that a bin's ends lie 9 % apart. Counts and sums are whole numbers: blocks may come in any
order and from any thread.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..scratch import Array
from ..sums.exact import UNIT, fixed, ratio
from .exact_cells import exact_cells

PER_OCTAVE = 8
_LOWEST, _HIGHEST = -64, 64  # exponents: losses from 2.7e-20 to 9e18 have bins of their own
_LAST = (_HIGHEST - _LOWEST) * PER_OCTAVE + 1  # the bin of what lies beyond
_INFINITE = _LAST + 1
_SIZE = 2 * _INFINITE + 1  # bins of losses below zero, of zero, above zero

# 2^(k/8) / 2 from square roots, which every processor rounds alike
_ROOTS = [math.sqrt(2.0), math.sqrt(math.sqrt(2.0)), math.sqrt(math.sqrt(math.sqrt(2.0)))]
_STEPS = [
    0.5 * math.prod(root for bit, root in zip((4, 2, 1), _ROOTS, strict=True) if k & bit) for k in range(PER_OCTAVE)
]


def bins_of(losses: Array) -> Array:
    """The bin of each loss: 0 for zero, counting up with the size, negative where the loss is."""
    fractions, exponents = np.frexp(np.abs(losses))
    steps = np.searchsorted(_STEPS, fractions, side="right") - 1
    bins = (exponents.astype(np.int64) - _LOWEST) * PER_OCTAVE + steps + 1
    np.clip(bins, 1, _LAST, out=bins)
    bins[losses == 0.0] = 0
    bins[np.isinf(losses)] = _INFINITE
    return np.where(losses < 0.0, -bins, bins)


def ends_of(number: int) -> tuple[float, float]:
    """The two ends of a bin, the lower one first."""
    if number == 0:
        return 0.0, 0.0
    size = abs(number)
    low = 0.0 if size == 1 else _edge(size)
    high = math.inf if size >= _LAST else _edge(size + 1)
    return (low, high) if number > 0 else (-high, -low)


def _edge(size: int) -> float:
    octave, step = divmod(size - 1, PER_OCTAVE)
    return math.ldexp(_STEPS[step], octave + _LOWEST)


class LossHistogram:
    """Rows by their losses: how many, what they weigh, and what they add to the whole loss.

    `whole` says that a term is the loss of its row; where it is not, the value is a function of the terms' mean.
    """

    def __init__(self, whole: bool) -> None:
        self._whole = whole
        self._rows = np.zeros(_SIZE, dtype=np.int64)
        self._weights: dict[int, int] = {}
        self._sums: dict[int, int] = {}

    def prepared(self, terms: Array, mass: Array | None) -> Callable[[], None]:
        """What adds a block: `terms` (n,) times their weights, and what each row counts for."""
        weights = None
        losses = terms
        if mass is not None:
            counted = mass != 0
            if not counted.all():
                terms, mass = terms[counted], mass[counted]
            losses, weights = terms / mass, mass
        bins = bins_of(losses) + _INFINITE
        counts = np.bincount(bins, minlength=_SIZE)
        finite = np.where(np.isfinite(terms), terms, 0.0)
        sums = np.bincount(bins, weights=finite, minlength=_SIZE)
        heavy = counts if weights is None else np.bincount(bins, weights=weights, minlength=_SIZE)
        present = [(int(i), fixed(float(heavy[i])), fixed(float(sums[i]))) for i in np.flatnonzero(counts)]

        def add() -> None:
            self._rows += counts
            for i, weight, amount in present:
                self._weights[i] = self._weights.get(i, 0) + weight
                self._sums[i] = self._sums.get(i, 0) + amount

        return add

    def absorb(self, other: LossHistogram) -> None:
        """Add the counts and sums of other rows."""
        self._rows += other._rows
        for ours, theirs in ((self._weights, other._weights), (self._sums, other._sums)):
            for i, amount in theirs.items():
                ours[i] = ours.get(i, 0) + amount

    @property
    def kind(self) -> bool:
        """What two histograms that are added up have in common."""
        return self._whole

    def to_exact(self) -> dict[str, Any]:
        """Rows, weights and sums by the number of their bin, to go on with."""
        held = np.flatnonzero(self._rows).tolist()
        cells = {str(i): [int(self._rows[i]), hex(self._weights[i]), hex(self._sums[i])] for i in held}
        return {"of": "losses" if self._whole else "terms", "bins": cells}

    @classmethod
    def of_exact(cls, data: dict[str, Any]) -> LossHistogram:
        """The histogram that `to_exact` wrote."""
        histogram = cls(whole=data["of"] == "losses")
        for i, (rows, weight, amount) in exact_cells(data["bins"], _SIZE, 2).items():
            histogram._rows[i], histogram._weights[i], histogram._sums[i] = rows, weight, amount
        return histogram

    def __bool__(self) -> bool:
        return bool(self._rows.any())

    def to_dict(self) -> dict[str, Any]:
        """The bins that hold rows, from the lowest loss to the highest, column by column; ends that are null are
        infinite. `loss` is the sum of the rows' losses times their weights.
        """
        present = [int(i) for i in np.flatnonzero(self._rows)]
        ends = [ends_of(i - _INFINITE) for i in present if 0 < i < _SIZE - 1]
        finite = [i for i in present if 0 < i < _SIZE - 1]
        beyond = {"plus": int(self._rows[-1]), "minus": int(self._rows[0])}
        return {
            "of": "losses" if self._whole else "terms",
            "low": [low if math.isfinite(low) else None for low, _ in ends],
            "high": [high if math.isfinite(high) else None for _, high in ends],
            "rows": [int(self._rows[i]) for i in finite],
            "weight": [ratio(self._weights[i], 1 << UNIT) for i in finite],
            "loss": [ratio(self._sums[i], 1 << UNIT) for i in finite],
            "infinite": beyond,
        }
