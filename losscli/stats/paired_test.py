"""What the rows say about the difference of two sides: estimate, error, interval, p-value, by the test asked for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property

import numpy as np

from ..core.record import record
from ..core.scratch import Array
from ..core.sums.exact import UNIT, ratio
from ..core.sums.reduction import unrounded
from .influence_rows import IndependentUnits
from .paired import PairedSums
from .power import critical
from .quantiles import t_tail
from .resampling import flipped, percentiles, poisson_sums, sign_flips

TESTS = {
    "t": "Student's t on the covariance of the models",
    "sign-flip": "permutation: each row's difference may have either sign",
    "bootstrap": "rows drawn again, paired",
}
RESAMPLES = {"t": 0, "sign-flip": 1999, "bootstrap": 2000}

Pair = tuple[int | None, int]  # side j minus side i; None is nothing


@record
class TestOutcome:
    """The difference of side j from side i. `df` are the degrees of freedom: units less one."""

    difference: float
    stderr: float | None = None
    df: float = 0.0
    low: float | None = None
    high: float | None = None
    p_value: float | None = None


@record
class Method:
    """How to test. `units` are rows or clusters; None where the State says everything."""

    test: str = "t"
    level: float = 0.95
    clustered: bool = False
    resamples: int = 0
    seed: int = 0

    @property
    def needs_rows(self) -> bool:
        """Whether rows must be kept."""
        return self.test != "t" or self.clustered


class PairedTest:
    """What the rows say of the differences between sides, by one method."""

    def __init__(self, sums: PairedSums, method: Method, units: IndependentUnits | None) -> None:
        self.sums, self.method, self.units = sums, method, units

    def outcomes(self, pairs: Sequence[Pair], margin: float = 0.0) -> list[TestOutcome]:
        """Of each pair (i, j) what is known about side j minus side i, less a margin times the size of side i."""
        plain = [self.student(*pair, margin) for pair in pairs]
        known = [place for place, each in enumerate(plain) if each.stderr is not None]
        if self.method.test == "t" or not known:
            return plain
        resampled = self._flipped if self.method.test == "sign-flip" else self._bootstrapped
        for place, (low, high, p_value) in zip(
            known, resampled([pairs[place] for place in known], [plain[place] for place in known], margin), strict=True
        ):
            each = plain[place]
            plain[place] = TestOutcome(each.difference, each.stderr, each.df, low, high, p_value)
        return plain

    def student(self, i: int | None, j: int, margin: float = 0.0) -> TestOutcome:
        """What the t-test says of one pair."""
        difference = self.sums.difference(i, j, margin=margin)
        if self.units is None or not self.method.clustered:
            stderr, count = self.sums.stderr(i, j, margin), self.sums.n
        else:
            count = len(self.units)
            stderr = self._clustered(i, j, margin) if count > 1 and math.isfinite(difference) else None
        if stderr is None or count < 2:
            return TestOutcome(difference)
        df = count - 1.0
        arm = critical(self.method.level, df) * stderr
        if stderr == 0.0:
            p_value = 1.0 if difference == 0.0 else 0.0
        else:
            p_value = min(1.0, 2.0 * t_tail(abs(difference) / stderr, df))
        return TestOutcome(difference, stderr, df, difference - arm, difference + arm, p_value)

    def _clustered(self, i: int | None, j: int, margin: float) -> float:
        """The root of G / (G - 1) times the sum of squares of the clusters' influences (CR1)."""
        influence = self.influence(i, j, margin)
        count = len(influence)
        return math.sqrt(count / (count - 1) * math.fsum((influence * influence).tolist()))

    @cached_property
    def _parts(self) -> tuple[Array, float]:
        """What each unit counts for in the denominator, as shares that add up to one, and the divisor of sums."""
        assert self.units is not None
        reduction, state = self.sums.bound.reduction, self.sums.state
        divisor = ratio(reduction.divisor(state), 1 << UNIT)
        if reduction.name != "mean":
            return np.full(len(self.units), 1.0 / len(self.units)), divisor
        counted = self._counted()
        return counted / math.fsum(counted.tolist()), divisor

    def influence(self, i: int | None, j: int, margin: float = 0.0) -> Array:
        """What each unit adds to the difference, beyond its share of it; the sum is nought."""
        assert self.units is not None
        slopes = np.array(self.sums.slopes(i, j, margin))
        share, divisor = self._parts
        along = self.units.terms @ slopes
        return np.asarray(along / divisor - share * (math.fsum(along.tolist()) / divisor))

    def _flipped(
        self, pairs: Sequence[Pair], plain: Sequence[TestOutcome], margin: float
    ) -> list[tuple[float, float, float]]:
        assert self.units is not None
        influence = np.stack([self.influence(*pair, margin) for pair in pairs], axis=1)
        share = self._parts[0]
        quotients, count = sign_flips(influence, share, self.units.first, self.method.resamples, self.method.seed)
        return [
            flipped(each.difference, quotients[:, column], count, self.method.level)
            for column, each in enumerate(plain)
        ]

    def _bootstrapped(
        self, pairs: Sequence[Pair], plain: Sequence[TestOutcome], margin: float
    ) -> list[tuple[float, float, float]]:
        replicates = self._replicates(pairs, margin)
        return [
            percentiles(each.difference, replicates[:, column], self.method.level) for column, each in enumerate(plain)
        ]

    def _replicates(self, pairs: Sequence[Pair], margin: float) -> Array:
        """The difference of each pair in each bootstrap sample, through the loss's own finish.

        Of the terms only the base's and the differences are drawn: where these are small, they keep their digits.
        """
        assert self.units is not None
        units, reduction, k, sides = self.units, self.sums.bound.reduction, self.sums.k, self.sums.sides
        drawn = np.concatenate((units.terms[:, :k], units.terms[:, sides * k :], self._counted()[:, None]), axis=1)
        sums = poisson_sums(drawn, units.first, self.method.resamples, self.method.seed)
        with np.errstate(divide="ignore", invalid="ignore"):
            means = sums[:, :-1] / (sums[:, -1:] if reduction.name == "mean" else 1.0)
        base, *apart = (means[:, i * k : (i + 1) * k] for i in range(sides))
        shifts = [np.zeros_like(base), *apart]
        finish = unrounded(self.sums.bound.finish())
        if finish is None:
            columns = [(shifts[j] + base if i is None else shifts[j] - shifts[i])[:, 0] for i, j in pairs]
            values = [shift[:, 0] + base[:, 0] for shift in shifts] if margin else []
        else:
            values = [np.array([finish(row) for row in (base + shift).tolist()]) for shift in shifts]
            columns = [values[j] - (0.0 if i is None else values[i]) for i, j in pairs]
        if margin:
            columns = [column - margin * np.abs(values[i or 0]) for column, (i, _) in zip(columns, pairs, strict=True)]
        return np.stack(columns, axis=1)

    def _counted(self) -> Array:
        """What each unit adds to the denominator of a mean."""
        assert self.units is not None
        reduction = self.sums.bound.reduction
        if reduction.denominator == "weights":
            return self.units.mass
        if reduction.denominator == "nonzero":
            return self.units.nonzero.astype(np.float64)
        return self.units.rows * float(reduction.elements if reduction.denominator == "elements" else 1)
