"""The studentised bootstrap of differences and values: independent units drawn again, in all models alike.

A unit comes Poisson(1) times in each sample, and every sample is brought back to the size of the data: means and sums
are ratios to what was drawn. Of each sample the distance from the estimate is measured in the sample's own standard
error, whose distribution is nearly free of the skewness of rows (Hall 1988, Ann. Statist. 16, 927-953).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ...core.errors import DataProblem
from ...core.scratch import Array
from ...core.sums.reduction import gradient, unrounded
from ..comparison.paired import PairedSums
from ..influence_rows import IndependentUnits
from .replicates import poisson_sums

FEWEST = 10  # units below which samples repeat each other too often to tell anything

Pair = tuple[int | None, int]
Interval = tuple[float, float, float]  # low, high, p-value


def refuse_few(units: int, *, clustered: bool, compared: bool) -> None:
    """A bootstrap of fewer than ten units is a DataProblem."""
    if units >= FEWEST:
        return
    unit = "clusters" if clustered else "rows"
    instead = "Use --test t or --test sign-flip." if compared else "Leave out --bootstrap."
    raise DataProblem(
        f"A bootstrap needs at least {FEWEST} {unit}, and there are {units}: fewer give false findings.",
        instead,
        kind="too_few_rows",
        options=("test",) if compared else ("bootstrap",),
    )


def studentised(difference: float, stderr: float, replicates: Array, level: float) -> Interval:
    """Ends of the interval and the two-sided p-value of no difference, from distances in standard errors.

    An end is infinite where samples too often hold no spread at all.
    """
    ordered = np.sort(replicates[~np.isnan(replicates)])
    count = len(ordered)
    outside = math.floor((count + 1) * (1.0 - level) / 2.0 + 1e-9)
    if outside < 1:
        return -math.inf, math.inf, 1.0
    low = difference - stderr * float(ordered[-outside])
    high = difference - stderr * float(ordered[outside - 1])
    at = difference / stderr
    beyond = count - int(np.searchsorted(ordered, at, "left")), int(np.searchsorted(ordered, at, "right"))
    return low, high, min(1.0, 2.0 * (1 + min(beyond)) / (count + 1))


class Bootstrap:
    """Samples of the units of a comparison. `shares` are what each unit counts for in the denominator, one in all."""

    def __init__(
        self, sums: PairedSums, units: IndependentUnits, shares: Array, divisor: float, resamples: int, seed: int
    ) -> None:
        self.sums, self.units, self.shares, self.divisor = sums, units, shares, divisor
        self.resamples, self.seed = resamples, seed
        self.finish = unrounded(sums.bound.finish())

    def distances(
        self, pairs: Sequence[Pair], influences: Sequence[Array], differences: Sequence[float], margin: float = 0.0
    ) -> list[Array]:
        """Of each pair its distance from the estimate in every sample, in standard errors of that sample.

        A `margin` takes that share of the size of a pair's first value off its difference.
        """
        sums, k = self.sums, self.sums.k
        # of the terms only the base's and the differences: where these are small, they keep their digits
        terms = np.concatenate((self.units.terms[:, :k], self.units.terms[:, sums.sides * k :]), axis=1)
        share = self.shares
        own = [column for influence in influences for column in (influence, influence**2, influence * share)]
        columns = np.column_stack((terms, share, share * share, *own))
        drawn = poisson_sums(columns, self.units.first, self.resamples, self.seed)
        width = terms.shape[1]
        with np.errstate(divide="ignore", invalid="ignore"):
            size = drawn[:, width]
            means = drawn[:, :width] / (self.divisor * size[:, None])
            values = self._values(means)
            return [
                self._distance(pair, differences[at], margin, values, means, drawn[:, width + 1], size, moments.T)
                for at, pair in enumerate(pairs)
                for moments in [drawn[:, width + 2 + 3 * at : width + 5 + 3 * at]]
            ]

    def _distance(
        self,
        pair: Pair,
        difference: float,
        margin: float,
        values: list[Array],
        means: Array,
        squares: Array,
        size: Array,
        of: Array,
    ) -> Array:
        i, j = pair
        ours = values[j] if i is None else values[j] - values[i]
        if self.finish is None and i is None:
            ours = ours + means[:, 0]
        if margin:
            ours = ours - margin * np.abs(values[i or 0] + (means[:, 0] if self.finish is None else 0.0))
        apart = of[0] / size
        n = len(self.units)
        variance = (of[1] - 2.0 * apart * of[2] + apart * apart * squares) / (size * size) * n / (n - 1)
        # what rounding leaves of samples without any spread is none
        error = np.sqrt(np.where(variance > 1e-12 * (of[1] / (size * size)), variance, 0.0))
        return np.asarray((ours - difference) / (error * self._steeper(pair, means, margin)))

    def _values(self, means: Array) -> list[Array]:
        """The value of each side in every sample, or without a finish its difference from the base's."""
        k = self.sums.k
        base = means[:, :k]
        shifts = [np.zeros_like(base), *(means[:, at : at + k] for at in range(k, means.shape[1], k))]
        if self.finish is None:
            return [shift[:, 0] for shift in shifts]
        return [np.array([self.finish(row) for row in (base + shift).tolist()]) for shift in shifts]

    def _steeper(self, pair: Pair, means: Array, margin: float) -> Array | float:
        """By how much the finish is steeper at the means of each sample than at those of the data."""
        if self.finish is None:
            return 1.0
        i, j = pair
        k = self.sums.k
        terms = np.concatenate((self.units.terms[:, :k], self.units.terms[:, self.sums.sides * k :]), axis=1)
        centre = np.array(self.sums.bound.reduction.means(self.sums.state))
        whole = np.concatenate((centre[:k], centre[self.sums.sides * k :]))
        if not np.isfinite(whole).all():  # rows that are infinite in both models count as nought
            whole = terms.sum(axis=0) / self.divisor
        centred = terms / self.divisor - self.shares[:, None] * whole
        covariance = centred.T @ centred
        slopes = np.array([self._slopes(i, j, row, margin) for row in np.vstack((whole, means))])
        spread = np.sqrt(np.einsum("ri,ij,rj->r", slopes, covariance, slopes))
        return np.asarray(spread[1:] / spread[0])

    def _slopes(self, i: int | None, j: int, row: Array, margin: float) -> Array:
        """The gradient of side j minus side i at these means of the base and of the differences from it."""
        assert self.finish is not None
        k = self.sums.k
        slopes = np.zeros(len(row))
        for side, sign in ((j, 1.0), *(((i, -1.0),) if i is not None else ())):
            shift = row[side * k : (side + 1) * k] if side else 0.0
            at = (row[:k] + shift).tolist()
            if margin and side == i:
                sign -= math.copysign(margin, self.finish(at))
            own = sign * np.array(gradient(self.finish, at))
            slopes[:k] += own
            if side:
                slopes[side * k : (side + 1) * k] += own
        return slopes
