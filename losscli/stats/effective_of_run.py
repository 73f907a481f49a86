"""What the standard error of a value or a difference stands on: from the State and a sample of its rows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.record import record
from ..core.scratch import Array
from ..core.sums.exact import UNIT, ratio
from ..core.sums.reduction import Reduction
from ..core.sums.state import State
from .effective import Effective, kish, shape_of
from .row_sample import RowSample, SampledRows

if TYPE_CHECKING:
    from .cluster_ends import Following


@record
class Clusters:
    """What each cluster adds to an estimate, its size, and whether rows go on in the next cluster."""

    influence: Array
    sizes: Array
    near: Following | None = None


def effective_of(
    reduction: Reduction,
    state: State,
    slopes: Sequence[float],
    stderr: float | None,
    sample: RowSample | None,
    *,
    candidate: int | None = None,
    clusters: Clusters | None = None,
    batched: bool = False,
) -> Effective:
    """The effective numbers behind a standard error along these slopes.

    `candidate` counts from 1 where the estimate is its difference from the base. `clusters` are known where rows depend
    on each other. `batched` says that each row of the State and the sample is the sum of a batch.
    """
    n, weights = reduction.counted(state), kish_of(state)
    by_weight = reduction.name == "mean" and reduction.denominator == "weights"
    differing = None if sample is None or candidate is None else sample.differing[candidate - 1]
    if clusters is not None:
        _, rows, skewness, serial = shape_of(clusters.influence)
        sizes = kish(clusters.sizes)
        return Effective(
            len(clusters.influence), rows, weights, sizes, differing, skewness, serial, False, False, clusters.near
        )
    kept = sample.rows() if sample is not None and stderr is not None else None
    if kept is None or stderr is None:
        return Effective(n, None, weights, None, differing, by_weight=by_weight, batched=batched)
    influence = _influence(reduction, state, slopes, kept)
    second, rows, skewness, serial = shape_of(influence, kept.stands_for, kept.followed)
    if weights is not None and by_weight and skewness is not None:
        alike = skewness_under_weights(influence, kept.mass, kept.stands_for)
        skewness = max(skewness, alike or 0.0, key=abs)
    error = stderr * ratio(reduction.divisor(state), 1 << UNIT)
    whole = error * error * (n - 1) / n
    if not kept.whole and not 0.5 * whole <= second <= 2.0 * whole:  # the sample is not like the rest
        unseen = second < 0.5 * whole
        return Effective(n, None, weights, None, differing, None, serial, unseen, by_weight, batched=batched)
    return Effective(n, rows, weights, None, differing, skewness, serial, False, by_weight, batched=batched)


def kish_of(state: State) -> float | None:
    """Kish's effective number of the rows' weights; None where all weigh the same, or where that is not known."""
    if state.squares is None or not state.weight:
        return None
    k = len(state.totals)
    square = state.square(k, k)
    if not square:
        return None
    number = ratio(state.weight * state.weight << UNIT, square)
    counted = state.nonzero if state.units is None else state.units
    return None if number >= counted * (1.0 - 1e-9) else number


def _influence(reduction: Reduction, state: State, slopes: Sequence[float], kept: SampledRows) -> Array:
    """What each kept row adds to the estimate beyond its share of it, times the divisor."""
    used = [at for at, slope in enumerate(slopes) if slope]
    terms = kept.terms[:, used]
    # what has a standard error is infinite in both models, if at all, and then no difference
    along = np.where(np.isfinite(terms), terms, 0.0) @ np.array([slopes[at] for at in used])
    counted = counted_of(reduction, kept.mass)
    whole = ratio(reduction.divisor(state), 1 << UNIT) if reduction.name == "mean" else float(reduction.counted(state))
    total = math.fsum(slopes[at] * ratio(state.totals[at], 1 << UNIT) for at in used)
    if not whole or not math.isfinite(total):
        return np.full(len(along), np.nan)
    return np.asarray(along - counted * (total / whole))


def skewness_under_weights(influence: Array, weights: Array, stands_for: Array) -> float | None:
    """The skewness of what rows add where they are as skewed under every weight: theirs times that of the weights.

    Few rows may have the large weights, and if those happen to be tame, what they add does not show how skewed others
    like them are. None where no two weights differ, or where rows do not spread.
    """
    used = weights != 0.0
    weight, each = weights[used], stands_for[used]
    if not len(weight) or weight.min() == weight.max():
        return None
    largest = float(np.abs(weight).max())
    weight = weight / largest
    with np.errstate(over="ignore"):
        rows = influence[used] / largest / weight
    spread = float(np.abs(rows).max())
    if not 0.0 < spread < math.inf:
        return None
    rows, whole = rows / spread, float(each.sum())
    second, third = (float(np.sum(each * rows**power)) / whole for power in (2, 3))
    of_weights = [float(np.sum(each * weight**power)) / whole for power in (2, 3)]
    if not second > 0.0:
        return None
    return float(third / second**1.5 * of_weights[1] / of_weights[0] ** 1.5)


def counted_of(reduction: Reduction, mass: Array) -> Array:
    """What each row adds to the denominator of a mean; ones for a sum."""
    if reduction.name != "mean":
        return np.ones(len(mass))
    if reduction.denominator == "weights":
        return mass
    if reduction.denominator == "nonzero":
        return np.asarray(mass != 0.0, dtype=np.float64)
    return np.full(len(mass), float(reduction.elements if reduction.denominator == "elements" else 1))


Shard = tuple[State, float | None, Mapping[str, Any] | None]  # its State, standard error and effective numbers


def effective_of_shards(reduction: Reduction, whole: State, shards: Sequence[Shard]) -> Effective:
    """The effective numbers of shards together; their rows are not known where a shard does not say its own.

    Fourth powers are added within shards, each about its own mean.
    """
    squares = fourths = 0.0
    known = whole.squares is not None
    for state, stderr, effective in shards:
        rows = (effective or {}).get("rows")
        if stderr is None or (stderr and not isinstance(rows, int | float)):
            known = False
            break
        error = stderr * ratio(reduction.divisor(state), 1 << UNIT)
        second = error * error
        squares += second
        fourths += second * second / rows if rows else 0.0
    by_weight = reduction.name == "mean" and reduction.denominator == "weights"
    rows_known = squares * squares / fourths if known and fourths else None
    return Effective(reduction.counted(whole), rows_known, kish_of(whole), by_weight=by_weight)
