"""Aggregations: every number that rows' losses may have been reduced to, from sums over them alone."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..core.binding.bound_loss import BoundLoss
from ..core.errors import DataProblem
from ..core.loss import Rows
from ..core.record import field, mutable, record
from ..core.scratch import Array


@mutable
class Sums:
    """What an aggregation needs of the rows: sums of the terms with and without weights, and of what they count for."""

    weighted: Array  # (terms,)
    plain: Array
    mass: float  # of weights times what each row counts for
    rows: int
    nonzero: int
    spread: float  # standard deviation of the first term
    batches: list[Sums] = field(default_factory=list)

    @classmethod
    def of(cls, rows: Rows, weight: Array | None, batch: int | None) -> Sums:
        """The sums of one chunk, and those of each batch in it."""
        terms = np.stack(rows.terms)
        mass = np.ones(terms.shape[1]) if rows.mass is None else rows.mass
        own = mass if weight is None else mass * weight
        scaled = terms if weight is None else terms * weight
        made = cls._between(terms, scaled, own, mass, rows.ignored)
        if batch:
            for at in range(0, terms.shape[1], batch):
                part = slice(at, at + batch)
                made.batches.append(cls._between(terms[:, part], scaled[:, part], own[part], mass[part], 0))
        return made

    @classmethod
    def _between(cls, terms: Array, scaled: Array, own: Array, mass: Array, ignored: int) -> Sums:
        rows = terms.shape[1] - ignored
        spread = float(np.std(scaled[0])) if rows else 0.0
        nonzero = int(np.count_nonzero(own))
        return cls(scaled.sum(axis=1), terms.sum(axis=1), float(own.sum()), rows, nonzero, spread)

    def __add__(self, other: Sums) -> Sums:
        return Sums(
            self.weighted + other.weighted,
            self.plain + other.plain,
            self.mass + other.mass,
            self.rows + other.rows,
            self.nonzero + other.nonzero,
            max(self.spread, other.spread),
            self.batches + other.batches,
        )


@record
class Aggregation:
    """One way to make a number of the sums: how, how far from the plain way, and the number."""

    knobs: dict[str, Any]
    cost: int
    value: float
    error: float = 0.0  # standard error where the sums are those of a sample


FACTORS = {
    "half": 0.5,
    "twice": 2.0,
    "bits": 1 / math.log(2),
    "base 10": 1 / math.log(10),
    "percent": 100.0,
    "negative": -1.0,
}


class Aggregator:
    """Reads numbers off the sums of one bound loss."""

    def __init__(self, bound: BoundLoss, weighted: bool, widths: int, batch: int | None) -> None:
        self.bound, self.weighted, self.batch = bound, weighted, batch
        self.elements = widths  # a sum over elements is so many times a sum over rows
        self.finish = bound.finish()

    def aggregations(self, sums: Sums) -> Iterator[Aggregation]:
        """All numbers, the loss's own reduction first."""
        plain = self._plain(sums)
        for how, value, error, cost in plain:
            yield Aggregation(how, cost, self._rounded(value), error)
            if self.batch and cost == 0 and sums.batches:
                yield Aggregation({**how, "batch_size": self.batch}, 0, self._rounded(self._by_batch(sums)), error)
        how, value, error, _ = plain[0]
        for name, factor in FACTORS.items():
            yield Aggregation({**how, "factor": name}, 1, self._rounded(value * factor), abs(error * factor))
        if value >= 0:
            root = math.sqrt(value)
            yield Aggregation({**how, "factor": "root"}, 1, self._rounded(root), error / (2 * root) if root else 0.0)
        classes = self.bound.classes
        if classes > 1:
            yield Aggregation({**how, "factor": "times classes"}, 1, self._rounded(value * classes), error * classes)
            yield Aggregation({**how, "factor": "over classes"}, 1, self._rounded(value / classes), error / classes)

    def _rounded(self, value: float) -> float:
        return value if self.bound.preset is None else self.bound.preset.rounded(value)

    def _own(self, sums: Sums) -> float:
        """The number by the loss's own reduction."""
        divisor = self._divisor(sums, self.bound.reduction.denominator) if self.bound.reduction.name == "mean" else 1.0
        return self._finished(sums.weighted, divisor)

    def _finished(self, totals: Array, divisor: float) -> float:
        if not divisor:
            return math.nan
        means = (totals / divisor).tolist()
        try:
            return float(self.finish(means)) if self.finish else means[0]
        except DataProblem:  # labels in another encoding may have no value, as where all of them are equal
            return math.nan

    def _divisor(self, sums: Sums, denominator: str | None) -> float:
        by = {"weights": sums.mass, "count": sums.rows, "nonzero": sums.nonzero, "rows": sums.rows}
        return float(by.get(denominator or "", sums.rows * self.bound.reduction.elements))

    def _by_batch(self, sums: Sums) -> float:
        values = [self._own(batch) for batch in sums.batches]
        return math.fsum(values) / len(values) if all(map(math.isfinite, values)) else math.nan

    def _plain(self, sums: Sums) -> list[tuple[dict[str, Any], float, float, int]]:
        """(how, value, standard error, cost) of each reduction without a factor."""
        reduction = self.bound.reduction
        own: dict[str, Any] = {"reduction": reduction.name}
        if reduction.name == "mean":
            own["denominator"] = reduction.denominator
        scatter = sums.spread * math.sqrt(sums.rows)
        first = self._own(sums)
        if self.finish is not None:
            return [(own, first, 0.1 * abs(first), 0)]
        divisor = self._divisor(sums, reduction.denominator) if reduction.name == "mean" else 1.0
        ways = [(own, first, scatter / divisor if divisor else 0.0, 0)]
        differ = self.weighted or sums.mass != sums.rows
        names = ["weights", "count", "nonzero"] if differ else []
        if not differ and (reduction.name != "mean" or reduction.denominator == "elements"):
            names = ["count"]
        for name in [*names, *(["elements"] if reduction.elements > 1 else [])]:
            divisor = self._divisor(sums, name)
            if divisor and own != {"reduction": "mean", "denominator": name}:
                how = {"reduction": "mean", "denominator": name}
                ways.append((how, self._finished(sums.weighted, divisor), scatter / divisor, 1))
        total = self._finished(sums.weighted, 1.0) * self.elements
        ways.append(({"reduction": "sum"}, total, scatter * self.elements, 1))
        if self.weighted and sums.rows:
            plain = self._finished(sums.plain, sums.rows)
            ways.append(({"reduction": "mean", "weights": "ignored"}, plain, scatter, 1))
        return ways
