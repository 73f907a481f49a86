"""A profile along the file: which rows go together as they stand, which under another pairing, and which under none.

Every row has a log-likelihood ratio under each way of pairing it, beside pairing with nothing; the best sequence of
ways is Viterbi's. A part must be worth two changes of way, so that honest ups and downs of a model are not told.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...core.record import record
from ...core.scratch import Array
from .shift_correlation import APART, INDEPENDENT, ShiftCorrelation, bound

WINDOWS = (2, 3, 4, 6, 8, 12, 16, 24, 32, 48)  # parts into which the file is cut
FEW_WINDOWS = (2, 5, 12, 28)  # the same for large files
LARGE = 1 << 17  # elements
LEAST = 24  # rows of a window
BINS = 4096  # places at which the way may change
MOST = 32  # ways that are tried
CHANGE = 4.0  # log odds against a change of way, beside the number of places where it may be
SAY = 3.0  # log odds that a single row can add
VISIBLE = 4.0  # deviations from which a window's slope is believed
RESIDUAL = 0.4  # the least share of the labels' variance that is taken for noise

AS_IS, SHIFT, BACKWARDS, FLIPPED, NOTHING = "as is", "shift", "backwards", "flipped", "nothing"


@record
class Way:
    """A way of pairing. Under a shift row i goes with row i + offset, backwards with row offset - i."""

    name: str
    offset: int = 0

    def partners(self, rows: Array, count: int) -> Array:
        """The rows of labels that go with these rows of predictions."""
        if self.name == SHIFT:
            return (rows + self.offset) % count
        return (self.offset - rows) % count if self.name == BACKWARDS else rows


@record
class Part:
    """Rows `start` to `stop` of the predictions, and how they go with labels."""

    start: int
    stop: int
    way: Way


@record
class _Hit:
    way: Way
    deviations: float
    slope: float


def parts(correlation: ShiftCorrelation, *, flips: bool, moves: bool) -> tuple[list[Part], float]:
    """The file from its first row to its last, one part where nothing is odd, and the slope of labels that belong.

    The slope is 0 where nothing goes with anything. `flips` says whether labels have an opposite, `moves` whether the
    rows follow each other, so that they may belong to labels elsewhere.
    """
    count = correlation.count
    whole = [Part(0, count, Way(AS_IS))]
    square = (correlation.left**2).sum(axis=1)
    if count < 2 * LEAST or correlation.independent < INDEPENDENT or not correlation.deviation or not square.any():
        return whole, 0.0
    seen = list(_going_together(correlation, square, Way(AS_IS)))
    if seen and not _suspicious(correlation, square, _typical(seen)):
        return whole, _typical(seen)
    hits = [*seen, *(_elsewhere(correlation, square) if moves else ())]
    if not hits:
        return whole, 0.0
    slope = _typical(hits)
    ways = [Way(AS_IS), Way(NOTHING), *([Way(FLIPPED)] if flips else []), *_different(hits)]
    scores = np.stack([_scores(correlation, square, slope, way) for way in ways])
    return _best_sequence(scores, ways), slope


def _windows(correlation: ShiftCorrelation) -> Iterator[tuple[int, int]]:
    count = correlation.count
    for pieces in WINDOWS if correlation.left.size <= LARGE else FEW_WINDOWS:
        if count // pieces >= LEAST:
            ends = np.linspace(0, count, pieces + 1).astype(np.int64)
            yield from zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True)


def _going_together(correlation: ShiftCorrelation, square: Array, way: Way) -> Iterator[_Hit]:
    """The windows, and the whole, whose rows go together under a pairing of all rows."""
    products = correlation.products(way.partners(np.arange(correlation.count), correlation.count))
    total, squares = (np.concatenate([[0.0], np.cumsum(each)]) for each in (products, square))
    for start, stop in ((0, correlation.count), *_windows(correlation)):
        size = float(total[stop] - total[start])
        deviations = correlation.deviations(size, stop - start, correlation.serial)
        if deviations >= VISIBLE:
            yield _Hit(way, deviations, size / max(float(squares[stop] - squares[start]), 1e-300))


def _elsewhere(correlation: ShiftCorrelation, square: Array) -> Iterator[_Hit]:
    """The windows of predictions that go with labels elsewhere in the file, beyond the best of all looks at noise."""
    windows = list(_windows(correlation))
    limit = bound(2.0 * len(windows) * correlation.count)
    for start, stop in windows:
        for name, sums in zip((SHIFT, BACKWARDS), correlation.over_shifts(start, stop), strict=True):
            at = int(np.argmax(sums))
            apart = np.ones(len(sums), dtype=bool)
            apart[(np.arange(-APART, APART + 1) + at) % len(sums)] = False
            expected = correlation.deviation**2 * (stop - start)
            alike = max(1.0, float(np.square(sums[apart]).mean()) / expected) if apart.any() else 1.0
            deviations = correlation.deviations(float(sums[at]), stop - start, alike)
            if deviations >= limit and (name == BACKWARDS or at):
                yield _Hit(Way(name, at), deviations, float(sums[at]) / max(float(square[start:stop].sum()), 1e-300))


def _typical(hits: list[_Hit]) -> float:
    """The slope where rows belong: parts that belong in part have less, and chance has more in few windows."""
    return float(np.quantile([hit.slope for hit in hits], 0.75))


def _different(hits: list[_Hit]) -> list[Way]:
    """Each way once, the clearest first."""
    ways: dict[Way, None] = {}
    for hit in sorted(hits, key=lambda hit: -hit.deviations):
        if hit.way.name != AS_IS:
            ways.setdefault(hit.way)
    return list(ways)[:MOST]


def _scores(correlation: ShiftCorrelation, square: Array, slope: float, way: Way) -> Array:
    """Each row's log-likelihood ratio of this way beside pairing with nothing."""
    if way.name == NOTHING:
        return np.zeros(correlation.count)
    partners = way.partners(np.arange(correlation.count), correlation.count)
    products = correlation.products(partners) * (-1.0 if way.name == FLIPPED else 1.0)
    variance = correlation.deviation**2 / max(float(square.mean()), 1e-300)
    explained = slope**2 * float(square.mean()) / max(float((correlation.right**2).sum(axis=1).mean()), 1e-300)
    noise = variance * max(RESIDUAL, 1.0 - explained) * correlation.serial
    return np.clip((slope * products - 0.5 * slope**2 * square) / noise, -SAY, SAY)


def _change(count: int) -> float:
    return float(np.log(count)) + CHANGE


def uneven(correlation: ShiftCorrelation, way: Way) -> bool:
    """Whether some run of rows does not go together under a pairing of all rows."""
    square = (correlation.left**2).sum(axis=1)
    seen = list(_going_together(correlation, square, way))
    return bool(seen) and _suspicious(correlation, square, _typical(seen), way)


def _suspicious(correlation: ShiftCorrelation, square: Array, slope: float, way: Way | None = None) -> bool:
    """Whether some run of rows is better off with nothing: the largest sum of a run."""
    lost = np.concatenate([[0.0], np.cumsum(-_scores(correlation, square, slope, way or Way(AS_IS)))])
    return bool((lost - np.minimum.accumulate(lost)).max() > 2.0 * _change(correlation.count))


def _best_sequence(scores: Array, ways: list[Way]) -> list[Part]:
    """Viterbi's sequence over bins of rows. All but the first way begin and end with a change."""
    count = scores.shape[1]
    starts = np.unique(np.linspace(0, count, min(count, BINS) + 1).astype(np.int64))[:-1]
    bins = np.add.reduceat(scores, starts, axis=1)
    change = _change(count)
    ends = np.where(np.arange(len(ways)) == 0, 0.0, change)
    best = bins[:, 0] - ends
    came = np.zeros((len(starts), len(ways)), dtype=np.int64)
    own = np.arange(len(ways))
    for at in range(1, len(starts)):
        top = int(np.argmax(best))
        stays = best >= best[top] - change
        came[at] = np.where(stays, own, top)
        best = np.where(stays, best, best[top] - change) + bins[:, at]
    way = int(np.argmax(best - ends))
    sequence: list[Part] = []
    stop = count
    for at in range(len(starts) - 1, 0, -1):
        before = int(came[at, way])
        if before != way:
            sequence.append(Part(int(starts[at]), stop, ways[way]))
            stop, way = int(starts[at]), before
    sequence.append(Part(0, stop, ways[way]))
    return sequence[::-1]
