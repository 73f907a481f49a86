"""What a standard error stands on: effective numbers of rows, weights and clusters, and degrees of freedom from them.

A standard error of n rows is as good as n says only where the rows share the work. Where few of them carry the weight
or the spread, the interval is as wide as so few rows make it, and a note says so.

Sources: Kish 1965, Survey sampling (effective number of weights and of clusters); Satterthwaite 1946, Biometrics
Bulletin 2, 110-114 (degrees of freedom from the variance of a variance).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.record import record
from ..core.scratch import Array

if TYPE_CHECKING:
    from .cluster_ends import Following

SMALL = 20.0  # effective numbers below which an interval takes its degrees of freedom from them
_TINY_ROWS = 1.5  # one row of many carries the spread: it tells nothing
_TINY_KISH = 1.5  # one row or cluster has nearly all the weight
_SKEWED = 0.08  # skewness over the root of n from which one end of an interval errs in 3.2 instead of 2.5 %
_BOOTSTRAP = "--test bootstrap"
_SERIAL = 0.05, 2.6  # correlation of neighbours, and how many of its standard errors it is from nought
_SERIAL_OF_FEW = 100, 2.3  # units below which that is less, since chance hides more of what matters


@record
class Effective:
    """What the standard error of one value or difference stands on.

    Attributes:
        count: The rows, or the clusters, that a standard error of equal ones would stand on.
        rows: (sum e^2)^2 / sum e^4 over what each row (or cluster) adds to the estimate: how many carry its spread.
            Of many rows from a sample; None where that is not known.
        weights: Kish's (sum w)^2 / sum w^2 of the rows' weights; None where all weigh the same.
        clusters: The same of the clusters' sizes; None without clusters.
        differing: The rows in which two models' losses differ at all; None for a value.
        df: The degrees of freedom of the interval.
        skewness: That of what rows add, by the larger of two estimates where weights differ. None where that is not
            known.
        serial: The correlation of what neighbouring rows add, and its distance from nought in standard errors.
    """

    count: int
    rows: float | None = None
    weights: float | None = None
    clusters: float | None = None
    differing: int | None = None
    skewness: float | None = None
    serial: tuple[float, float] | None = None
    unseen: bool = False  # whether a sample of the rows misses those that carry most of the spread
    by_weight: bool = True  # whether weights decide what the mean is of, so that few heavy rows are few
    near: Following | None = None  # of clusters: what rows have in common with the next, where that is of another one
    batched: bool = False  # whether what is independent is a batch of rows

    @classmethod
    def from_dict(cls, document: Mapping[str, Any], rows: int, *, by_weight: bool) -> Effective:
        """As a report says it of a value of so many rows; numbers that it does not say are not known."""
        said = {name: float(value) for name, value in document.items() if type(value) in (int, float)}
        count, serial = rows, said.get("serial")
        if (clusters := said.get("clusters")) is not None:  # there are one more than degrees of freedom, or few count
            count = max(2, round(max(said.get("df", 0.0) + 1.0, clusters)))
        near = None if serial is None else (serial, serial * math.sqrt(count))
        weights = None if clusters is not None else said.get("weights")
        batched = "batches" in said
        count = int(said["batches"]) if batched else count
        return cls(
            count,
            said.get("rows"),
            weights,
            clusters,
            None,
            said.get("skewness"),
            near,
            False,
            by_weight,
            None,
            batched,
        )

    @property
    def units(self) -> str:
        """What is taken to be independent of each other."""
        return "clusters" if self.clusters is not None else "batches" if self.batched else "rows"

    @property
    def df_of_rows(self) -> float:
        """Degrees of freedom of a variance of rows of this kurtosis: n - 1 for the normal distribution."""
        n = self.count
        if self.rows is None or n < 2:
            return n - 1.0
        if self.rows == 0.0:
            return 0.0
        return min(n - 1.0, 2.0 * n / (n / self.rows - 1.0 + 2.0 / (n - 1.0)))

    @property
    def concentrated(self) -> bool:
        """Whether few rows (or clusters) of many carry the spread, though they are alike in size."""
        if any(each < SMALL for each in self._kish()):
            return False
        return self.df_of_rows < min(SMALL, 0.5 * (self.count - 1.0))

    @property
    def df(self) -> float:
        """Degrees of freedom: one less than there are rows or clusters, or what the smallest effective number says."""
        df = self.count - 1.0
        if self.concentrated and self.rows:
            df = min(df, self.df_of_rows)
        for kish in self._kish():
            if kish < SMALL:
                df = min(df, max(kish - 1.0, 0.25))
        return df

    @property
    def tiny(self) -> bool:
        """Whether no interval can be given: one row carries the spread, or one row or cluster the weight."""
        few = self.rows is not None and 0.0 < self.rows < _TINY_ROWS and self.concentrated
        return few or any(kish < _TINY_KISH for kish in self._kish())

    @property
    def is_heavy(self) -> bool:
        """Whether few rows of many have most of the weight."""
        return self.by_weight and self.weights is not None and self.weights < min(SMALL, 0.5 * self.count)

    @property
    def is_serial(self) -> bool:
        """Whether neighbouring rows resemble each other, beyond chance and so that it matters."""
        few, less = _SERIAL_OF_FEW
        beyond = less if self.count < few else _SERIAL[1]
        return self.serial is not None and self.serial[0] > _SERIAL[0] and self.serial[1] > beyond

    def _kish(self) -> list[float]:
        weights = self.weights if self.by_weight else None
        return [each for each in (weights, self.clusters) if each is not None]

    def to_dict(self) -> dict[str, Any]:
        """As it stands in a report."""
        document: dict[str, Any] = {
            "rows": _shortened(self.rows), "weights": _shortened(self.weights), "clusters": _shortened(self.clusters),
            "df": _shortened(self.df), "skewness": _shortened(self.skewness),
            "serial": None if self.serial is None else _shortened(self.serial[0]),
        }  # fmt: skip
        if self.differing is not None:
            document["differing"] = self.differing
        if self.batched:
            document["batches"] = self.count
        return document


def _shortened(value: float | None) -> float | None:
    """To six digits: more say nothing, and the last ones differ between processors."""
    return None if value is None or not math.isfinite(value) else float(f"{value:.6g}")


def kish(weights: Array) -> float:
    """(sum w)^2 / sum w^2: as many equal weights would make a mean as sure."""
    largest = float(weights.max(initial=0.0))
    if largest <= 0.0:
        return 0.0
    near = weights / largest
    return float(near.sum()) ** 2 / float((near * near).sum())


def shape_of(
    influence: Array, stands_for: Array | None = None, followed: Array | None = None
) -> tuple[float, float, float | None, tuple[float, float] | None]:
    """Sum of squares, effective number, skewness and dependence of neighbours, of what each unit adds.

    `influence` (m,) adds up to nought over all units; each entry stands for `stands_for` of them, and `followed` says
    which are followed by their neighbour.
    """
    largest = float(np.abs(influence).max(initial=0.0))
    if not 0.0 < largest < math.inf:
        return 0.0, 0.0, None, None
    near = influence / largest  # powers of it neither leave the range of floats nor fall below it
    square = near * near
    each = np.ones(len(near)) if stands_for is None else stands_for
    second = float(np.sum(each * square))
    rows = second * second / float(np.sum(each * square * square))
    skewness = float(np.sum(each * square * near)) / second**1.5 * math.sqrt(float(each.sum()))
    return second * largest * largest, rows, skewness, _serial(near, square, followed)


def _serial(near: Array, square: Array, followed: Array | None) -> tuple[float, float] | None:
    """The correlation of neighbours and its distance from nought, whatever the spread of each row."""
    pairs = slice(None) if followed is None else followed[:-1]
    product = (near[:-1] * near[1:])[pairs]
    own = float(np.sum(square[:-1][pairs]))
    error = math.sqrt(float(np.sum(product * product)))
    if len(product) < 2 or own == 0.0 or error == 0.0:
        return None
    total = float(np.sum(product))
    return total / own, total / error


# -- sentences ---------------------------------------------------------------------------------------------


def notes_on(
    loss: str, effective: Effective, *, compared: bool, nonnegative: bool, level: float | None, test: str = _BOOTSTRAP
) -> list[str]:
    """What a reader should know of a standard error: that few rows carry it, or that rows resemble their neighbours.

    `test` is how skewed differences are tested.
    """
    notes = [*_few(loss, effective, level), *_neighbours(loss, effective)]
    if level is not None and not nonnegative and not effective.tiny:
        notes += _skewed(loss, effective, compared=compared, level=level, test=test)
    return notes


def _few(loss: str, effective: Effective, level: float | None) -> list[str]:
    unit = effective.units
    ends = ", so no interval is given" if effective.tiny else ", and its interval may be too short"
    ends = ends if level is not None else ""
    weights = effective.weights if effective.by_weight else None
    if weights is not None and weights < min(5.0 * SMALL, 0.5 * effective.count):
        what = f"{weights:.3g} rows of equal weight"
        return [f"{loss}: few rows carry most of the weight. The standard error stands on {what}{ends}."]
    if effective.clusters is not None and effective.clusters < min(SMALL, 0.9 * effective.count):
        what = f"{effective.clusters:.3g} clusters of equal size (there are {effective.count})"
        return [f"{loss}: few clusters hold most of the rows. The standard error stands on {what}{ends}."]
    if effective.concentrated and effective.rows:
        what = f"{effective.rows:.3g} of {effective.count} {unit}"
        return [f"{loss}: few {unit} carry nearly all of the spread. The standard error stands on {what}{ends}."]
    if effective.unseen:
        return [f"{loss}: most of the spread comes from rare rows, and how few they are was not counted{ends}."]
    if level is not None and 0.0 < effective.df_of_rows < SMALL and effective.count >= 2:
        said = f"{effective.rows:.3g} of {effective.count}" if effective.rows is not None else f"{effective.count}"
        return [f"{loss}: the standard error stands on {said} {unit}, few enough that its interval may be too short."]
    return []


def _neighbours(loss: str, effective: Effective) -> list[str]:
    if not effective.is_serial or effective.serial is None:
        return _going_on(loss, effective)
    unit = effective.units
    such = "such as a user, a document, or a block of consecutive rows"
    way = {
        "rows": f": name what belongs together with --cluster, {such}",
        "clusters": f": take larger clusters, {such}",
    }
    return [
        f"{loss}: neighbouring {unit} resemble each other (correlation {effective.serial[0]:.2g}). If they follow each "
        f"other in time or belong together, the standard error is too small{way.get(unit, '')}. "
        "If the file is only sorted, it is right."
    ]


def _going_on(loss: str, effective: Effective) -> list[str]:
    near = effective.near
    if near is None or not near.matters:
        return []
    return [
        f"{loss}: rows resemble their neighbours of other clusters (correlation {near.correlation:.2g}). If clusters "
        "follow each other in time, such as blocks of a series, the standard error is about "
        f"{100.0 * near.short:.2g} % too small: take larger clusters. If the file is only sorted, it is right."
    ]


def _skewed(loss: str, effective: Effective, *, compared: bool, level: float, test: str) -> list[str]:
    """That one end of a symmetric interval errs more often than announced (Hall 1992, The bootstrap, 2.3)."""
    if effective.skewness is None or effective.count < 2:
        return []
    skewness = effective.skewness / math.sqrt(effective.count)
    if abs(skewness) < _SKEWED:
        return []
    from .quantiles import normal_quantile  # most runs have no such note

    z = normal_quantile(0.5 + 0.5 * level)
    usual = 50.0 * (1.0 - level)
    more = 100.0 * math.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi) * (2.0 * z * z + 1.0) / 6.0 * abs(skewness)
    said = f"about {usual + more:.1f} % instead of {usual:.3g} %"
    if not compared:
        end = "lower" if skewness < 0.0 else "upper"
        return [f"{loss}: its rows are skewed (skewness {effective.skewness:.2g}), so the {end} end errs in {said}."]
    verdict = "worse" if skewness < 0.0 else "improved"
    return [
        f"{loss}: the differences are skewed (skewness {effective.skewness:.2g}), so a change that moves nothing is "
        f"called {verdict} in {said}; {test} allows for it."
    ]
