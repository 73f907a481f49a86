"""A description of an array from its blocks: one pass, a few thousand numbers of memory."""

from __future__ import annotations

import numpy as np

from ..core.arrays.inputs import Ragged, Shape
from ..core.diagnostics import InputDescription
from ..core.scratch import Array
from .declaration_checks import LOOSE
from .kind_guess import ValueProfile, suggestions

DISTINCT = 1024  # different values that are told apart; more are "more"
BARS = 24
KEPT = 1 << 14  # values kept for the sketch


class ColumnStats:
    """What is known of an array so far. `add` takes its blocks in order."""

    def __init__(self) -> None:
        self.rows = 0
        self.finite = 0
        self.counts = {"nan": 0, "infinite": 0, "missing": 0}
        self.low, self.high = np.inf, -np.inf
        self._pilot: float | None = None
        self._sums = np.zeros(2)  # of the distances from the pilot, and of their squares
        self._values: set[float] | None = set()
        self._sample: list[Array] = []
        self._held, self._stride, self._seen = 0, 1, 0
        self.lengths: set[int] = set()  # of lists; two say that they differ
        self.profile = ValueProfile()

    def add(self, block: Array | Ragged, missing: Array | None) -> None:
        """The next rows; `missing` marks those without a value."""
        self.rows += len(block)
        array = self._lists(block) if isinstance(block, Ragged) else block
        if missing is not None and not isinstance(block, Ragged):
            gone = missing.reshape(len(missing), -1).any(axis=1)
            self.counts["missing"] += int(gone.sum())
            array = array[~gone]
        if array.dtype.kind == "f":
            self.counts["nan"] += int(np.isnan(array).sum())
            self.counts["infinite"] += int(np.isinf(array).sum())
        with np.errstate(all="ignore"):
            self._rows(array)
            self._numbers(array.ravel().astype(np.float64))

    def _lists(self, block: Ragged) -> Array:
        """Lists as rows, where all have the same length."""
        lengths = set(np.diff(block.offsets).tolist())
        self.lengths |= lengths if len(self.lengths) < 2 else set()
        if len(self.lengths) == 1 and (width := next(iter(self.lengths))):
            return np.asarray(block.values).reshape(-1, width, *block.values.shape[1:])
        if block.values.ndim == 1:  # no row is like the others, so that nothing is true of all of them
            self.profile.known = self.profile.to_one = self.profile.logs = self.profile.one_hot = 0
        return block.values

    def _rows(self, array: Array) -> None:
        """Facts about rows, a row being the last axis."""
        if array.ndim < 2 or not array.size:
            return
        rows = array.reshape(-1, array.shape[-1]).astype(np.float64)
        known = rows[np.isfinite(rows).all(axis=1)]
        self.profile.known += len(known)
        total = known.sum(axis=1)
        self.profile.to_one += int((np.abs(total - 1.0) <= LOOSE).sum())
        self.profile.logs += int((np.abs(np.exp(known).sum(axis=1) - 1.0) <= LOOSE).sum())
        self.profile.one_hot += int((((known == 0) | (known == 1)).all(axis=1) & (total == 1)).sum())

    def _numbers(self, values: Array) -> None:
        values = values[np.isfinite(values)]
        if not values.size:
            return
        self.finite += values.size
        self.low, self.high = min(self.low, float(values.min())), max(self.high, float(values.max()))
        self.profile.whole &= bool((values == np.floor(values)).all())
        if self._pilot is None:
            self._pilot = float(values[0])
        apart = values - self._pilot
        self._sums += (apart.sum(), np.dot(apart, apart))
        self._count_distinct(values)
        first = -self._seen % self._stride
        self._seen += values.size
        taken = values[first :: self._stride].copy()
        self._sample.append(taken)
        self._held += taken.size
        while self._held > KEPT:  # every second of those kept: evenly spread over the file
            self._sample = [np.concatenate(self._sample)[::2]]
            self._held, self._stride = self._sample[0].size, 2 * self._stride

    def _count_distinct(self, values: Array) -> None:
        if self._values is None:
            return
        few = np.unique(values[:4096])
        if few.size <= DISTINCT < values.size:
            few = np.unique(values)
        self._values.update(few.tolist() if few.size <= DISTINCT else few[: DISTINCT + 1].tolist())
        if len(self._values) > DISTINCT:
            self._values = None

    @property
    def values(self) -> list[float] | None:
        """The different values, where they are few."""
        return None if self._values is None else sorted(self._values)

    def described(self, role: str, name: str, format_: str, dtype: str, shape: Shape) -> InputDescription:
        """What was found."""
        sketch: tuple[int, ...] = ()
        mean = deviation = None
        if self.finite:
            assert self._pilot is not None
            first, second = self._sums / self.finite
            mean, deviation = float(self._pilot + first), float(np.sqrt(max(0.0, second - first * first)))
            sketch = _sketch(np.concatenate(self._sample), self.low, self.high)
        values = self.values
        if len(self.lengths) == 1:
            shape = (shape[0], next(iter(self.lengths)), *shape[2:])
        profile = self.profile
        profile.shape, profile.low, profile.high, profile.values = shape, self.low, self.high, values
        return InputDescription(
            role,
            name,
            format_,
            dtype,
            shape,
            float(self.low) if self.finite else None,
            float(self.high) if self.finite else None,
            mean,
            deviation,
            dict(self.counts),
            None if values is None else len(values),
            sketch,
            suggestions(profile) if self.finite else (),
        )


def _sketch(values: Array, low: float, high: float) -> tuple[int, ...]:
    if not np.isfinite(high - low) or high - low <= 2 * BARS * np.spacing(max(abs(low), abs(high))):
        return (len(values),)
    counts, _ = np.histogram(values, bins=BARS, range=(low, high))
    return tuple(int(count) for count in counts)
