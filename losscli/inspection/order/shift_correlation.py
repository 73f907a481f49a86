"""How predictions go with labels under every shift at once, in the whole file or a part, by Fourier's transform."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

from ...core.record import record
from ...core.scratch import Array
from ..task import Task

FALSE_ALARMS = 1e-3  # chance that pure noise exceeds a bound, over all looks together
WIDEST = 16  # features; more are projected on so many random directions
INDEPENDENT = 24  # rows that say as much as these; of fewer, the spread itself is not known
LOOKS = 6  # shifts from which skewness is known
APART = 20  # shifts this near to a peak belong to it


def bound(looks: float) -> float:
    """How many deviations the greatest of so many looks at pure noise stays below, but for FALSE_ALARMS."""
    return -NormalDist().inv_cdf(FALSE_ALARMS / max(1.0, looks))


@record
class Peak:
    """The shift under which rows go together best: row i of the predictions with row i + shift (around the end)."""

    shift: int
    size: float  # mean of the products of features
    deviations: float  # of all other shifts


class ShiftCorrelation:
    """Centred features of all rows side by side, zero where a row has no value, and their products under shifts.

    `deviation` is the standard deviation of one row's product under pairings that mean nothing, and `serial` how many
    times larger the variance of a sum is than that of independent rows, since neighbours are alike.
    """

    def __init__(self, task: Task, rows: Array) -> None:
        pi, yi = task.pred.at(rows), task.label.at(rows)
        self.left, self.right = _projected(
            _centred(task.left[pi], task.pred.usable[pi]), _centred(task.right[yi], task.label.usable[yi])
        )
        self.count = len(rows)
        variance = ((self.left.T @ self.left) * (self.right.T @ self.right)).sum()
        self.deviation = float(np.sqrt(max(0.0, float(variance)))) / self.count
        self._spectra = [np.fft.rfft(column) for column in np.ascontiguousarray(self.right.T)]
        self.whole = self.over_shifts(0, self.count)[0]
        self.serial = self._serial()
        self.skewness = self._skewness()

    def over_shifts(self, start: int, stop: int) -> tuple[Array, Array]:
        """Sums of the products of rows `start` to `stop` of the predictions with rows of labels, under every shift.

        Entry s of the first pairs row i with row i + s, entry r of the second pairs row i with row r - i, both around
        the end.
        """
        forwards = np.zeros(self.count // 2 + 1, dtype=np.complex128)
        backwards = forwards.copy()
        column = np.zeros(self.count)
        for at, spectrum in enumerate(self._spectra):
            column[start:stop] = self.left[start:stop, at]
            own = np.fft.rfft(column)
            backwards += own * spectrum
            forwards += own.conj() * spectrum
        return np.fft.irfft(forwards, self.count), np.fft.irfft(backwards, self.count)

    def products(self, partners: Array) -> Array:
        """Each row's product with its partner among the labels."""
        return np.asarray(np.einsum("ij,ij->i", self.left, self.right[partners]))

    def deviations(self, total: float, rows: int, serial: float = 1.0) -> float:
        """How far a sum of so many rows' products is beyond what chance makes, as deviations of a normal distribution.

        Few products that are large make sums skewed, as a gamma distribution is: Wilson and Hilferty's cube root
        (1931) of it is nearly normal.
        """
        plain = total / max(self.deviation * float(np.sqrt(rows * serial)), 1e-300)
        skewness = self.skewness / float(np.sqrt(rows))
        if plain <= 0.0 or skewness <= 1e-3:
            return plain
        shape = 4.0 / skewness**2
        root = (1.0 + plain / float(np.sqrt(shape))) ** (1.0 / 3.0)
        return float(root - 1.0 + 1.0 / (9.0 * shape)) * 3.0 * float(np.sqrt(shape))

    def _skewness(self) -> float:
        """The skewness of one row's product under shifts that mean nothing."""
        every, third, square = np.arange(self.count), 0.0, 0.0
        for shift in np.linspace(0, self.count, LOOKS + 2)[1:-1].astype(np.int64):
            products = self.products((every + shift) % self.count)
            products = products - products.mean()
            third, square = third + float((products**3).mean()), square + float((products**2).mean())
        return float((third / LOOKS) / max((square / LOOKS) ** 1.5, 1e-300))

    def _serial(self) -> float:
        """The variance over shifts away from the peak and from the pairing as it is."""
        away = np.ones(self.count, dtype=bool)
        near = min(APART, self.count // 10)
        for at in (0, int(np.argmax(self.whole))):
            away[(np.arange(-near, near + 1) + at) % self.count] = False
        if not away.any() or not self.deviation:
            return 1.0
        return max(1.0, float(np.square(self.whole[away]).mean()) / (self.deviation**2 * self.count))

    @property
    def independent(self) -> float:
        """How many independent rows say as much as these."""
        return self.count / self.serial

    def peak(self) -> Peak | None:
        """The best shift, where it is beyond what the best of so many shifts of noise reaches."""
        if self.independent < INDEPENDENT:
            return None
        at = int(np.argmax(self.whole))
        deviations = self.deviations(float(self.whole[at]), self.count, self.serial)
        if deviations < bound(self.count) or not self.deviation:
            return None
        shift = at if at <= self.count // 2 else at - self.count
        return Peak(shift, float(self.whole[at]) / self.count, deviations)


def _centred(features: Array, usable: Array) -> Array:
    if not usable.any():
        return np.zeros(features.shape)
    centred = np.asarray(features - features[usable].mean(axis=0), dtype=np.float64)
    centred[~usable] = 0.0
    return centred


def _projected(left: Array, right: Array) -> tuple[Array, Array]:
    """Both on the same few random directions, which keep products but for noise."""
    width = left.shape[1]
    if width <= WIDEST:
        return left, right
    signs = np.random.default_rng(0).choice([-1.0, 1.0], size=(width, WIDEST)) / np.sqrt(WIDEST)
    return left @ signs, right @ signs
