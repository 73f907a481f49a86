"""What the rows say about the difference of two sides: estimate, error, interval, p-value, by the test asked for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property

import numpy as np

from ...core.record import record, replace
from ...core.scratch import Array
from ...core.sums.exact import UNIT, ratio
from ..cluster_ends import following
from ..effective import Effective
from ..effective_of_run import Clusters, effective_of
from ..influence_rows import IndependentUnits
from ..quantiles import t_tail
from ..resampling.bootstrap import Bootstrap, refuse_few, studentised
from ..resampling.replicates import flipped, sign_flips
from ..row_sample import RowSample
from .paired import PairedSums
from .power import critical

TESTS = {
    "t": "Student's t on the covariance of the models",
    "sign-flip": "permutation: each row's difference may have either sign",
    "bootstrap": "rows drawn again, paired",
}
RESAMPLES = {"t": 0, "sign-flip": 1999, "bootstrap": 2000}

Pair = tuple[int | None, int]  # side j minus side i; None is nothing


@record
class TestOutcome:
    """The difference of side j from side i, and what its standard error stands on.

    `df` are the degrees of freedom: units less one, or what the effective numbers say. Where these are tiny there is a
    standard error, and no interval.
    """

    difference: float
    stderr: float | None = None
    df: float = 0.0
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    effective: Effective | None = None


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
    """What the rows say of the differences between sides, by one method. The sample shows what they stand on."""

    def __init__(
        self, sums: PairedSums, method: Method, units: IndependentUnits | None, sample: RowSample | None = None
    ) -> None:
        self.sums, self.method, self.units, self.sample = sums, method, units, sample

    def of(self, sums: PairedSums) -> PairedTest:
        """The same test of other sums of the same rows."""
        return PairedTest(sums, self.method, self.units, self.sample)

    def outcomes(self, pairs: Sequence[Pair], margin: float = 0.0) -> list[TestOutcome]:
        """Of each pair (i, j) what is known about side j minus side i, less a margin times the size of side i."""
        plain = [self.student(*pair, margin) for pair in pairs]
        flips = self.method.test == "sign-flip"  # that holds however few rows differ
        known = [place for place, each in enumerate(plain) if (each.stderr if flips else each.low) is not None]
        if self.method.test == "t" or not known:
            return plain
        resampled = self._flipped if flips else self._bootstrapped
        for place, (low, high, p_value) in zip(
            known, resampled([pairs[place] for place in known], [plain[place] for place in known], margin), strict=True
        ):
            plain[place] = replace(plain[place], low=low, high=high, p_value=p_value)
        return plain

    def student(self, i: int | None, j: int, margin: float = 0.0) -> TestOutcome:
        """What the t-test says of one pair."""
        difference, clusters = self.sums.difference(i, j, margin=margin), None
        if self.units is None or not self.method.clustered:
            stderr = self.sums.stderr(i, j, margin)
        else:
            count = len(self.units)
            dependent = self.sums.bound.dependent
            known = count > 1 and math.isfinite(difference) and (dependent is None or dependent.clusters)
            stderr = self._clustered(i, j, margin) if known else None
            clusters = None if stderr is None else self._clusters(i, j, margin)
        effective = self._effective(i, j, margin, stderr, clusters)
        if stderr is None or effective.count < 2:
            return TestOutcome(difference, effective=effective)
        df = effective.df
        if effective.tiny:
            return TestOutcome(difference, stderr, df, effective=effective)
        arm = critical(self.method.level, df) * stderr
        if stderr == 0.0:
            p_value = 1.0 if difference == 0.0 else 0.0
        else:
            p_value = min(1.0, 2.0 * t_tail(abs(difference) / stderr, df))
        return TestOutcome(difference, stderr, df, difference - arm, difference + arm, p_value, effective)

    def _effective(
        self, i: int | None, j: int, margin: float, stderr: float | None, clusters: Clusters | None
    ) -> Effective:
        slopes = [] if stderr is None else self.sums.slopes(i, j, margin)
        reduction, candidate = self.sums.bound.reduction, j if i == 0 and not margin else None
        return effective_of(
            reduction, self.sums.state, slopes, stderr, self.sample,
            candidate=candidate, clusters=clusters, batched=self.sums.bound.batched,
        )  # fmt: skip

    def _clustered(self, i: int | None, j: int, margin: float) -> float:
        """The root of G / (G - 1) times the sum of squares of the clusters' influences (CR1)."""
        influence = self.influence(i, j, margin)
        count = len(influence)
        power = math.frexp(float(np.abs(influence).max()))[1]
        power = power if abs(power) > 450 else 0  # squares of tiny losses would leave the range of floats
        near = np.ldexp(influence, -power)
        return math.ldexp(math.sqrt(count / (count - 1) * math.fsum((near * near).tolist())), power)

    def _clusters(self, i: int | None, j: int, margin: float) -> Clusters:
        units = self.units
        assert units is not None
        influence, near = self.influence(i, j, margin), None
        if (ends := units.ends) is not None:
            before, after = (self._influence_of(rows, i, j, margin) for rows in (ends.before, ends.after))
            near = following(before, after, influence, ends.code)
        return Clusters(influence, self._parts[0], near)

    @cached_property
    def _parts(self) -> tuple[Array, float]:
        """What each unit counts for in the denominator, as shares that add up to one, and the divisor of sums."""
        assert self.units is not None
        reduction, state = self.sums.bound.reduction, self.sums.state
        divisor = ratio(reduction.divisor(state), 1 << UNIT)
        if reduction.name != "mean":
            return np.full(len(self.units), 1.0 / len(self.units)), divisor
        counted = self._counted(self.units)
        return counted / math.fsum(counted.tolist()), divisor

    def influence(self, i: int | None, j: int, margin: float = 0.0) -> Array:
        """What each unit adds to the difference, beyond its share of it; the sum is nought."""
        assert self.units is not None
        share, divisor = self._parts
        along = self._along(self.units, i, j, margin)
        return np.asarray(along / divisor - share * (math.fsum(along.tolist()) / divisor))

    def _along(self, units: IndependentUnits, i: int | None, j: int, margin: float) -> Array:
        slopes = np.array(self.sums.slopes(i, j, margin))
        used = np.flatnonzero(slopes)
        return np.asarray(units.terms[:, used] @ slopes[used] if len(used) < len(slopes) else units.terms @ slopes)

    def _influence_of(self, rows: IndependentUnits, i: int | None, j: int, margin: float) -> Array:
        """The same of some of the rows that units were gathered from."""
        assert self.units is not None
        divisor, total = self._parts[1], math.fsum(self._along(self.units, i, j, margin).tolist())
        if self.sums.bound.reduction.name == "mean":
            share = self._counted(rows) / math.fsum(self._counted(self.units).tolist())
        else:
            share = rows.rows / float(self.units.rows.sum())
        return np.asarray(self._along(rows, i, j, margin) / divisor - share * (total / divisor))

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
        assert self.units is not None
        refuse_few(len(self.units), clustered=self.method.clustered, compared=pairs[0][0] is not None)
        shares, divisor = self._parts
        samples = Bootstrap(self.sums, self.units, shares, divisor, self.method.resamples, self.method.seed)
        influences = [self.influence(*pair, margin) for pair in pairs]
        differences = [each.difference for each in plain]
        return [
            studentised(each.difference, each.stderr, distances, self.method.level)
            if each.stderr
            else (each.difference, each.difference, 1.0 if each.difference == 0.0 else 0.0)
            for each, distances in zip(plain, samples.distances(pairs, influences, differences, margin), strict=True)
        ]

    def _counted(self, units: IndependentUnits) -> Array:
        """What each unit adds to the denominator of a mean."""
        reduction = self.sums.bound.reduction
        if reduction.denominator == "weights":
            return units.mass
        if reduction.denominator == "nonzero":
            return units.nonzero.astype(np.float64)
        return units.rows * float(reduction.elements if reduction.denominator == "elements" else 1)
