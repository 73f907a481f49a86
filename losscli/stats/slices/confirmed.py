"""What the half that tests says of each group: how much worse it is than the rest, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ...core.binding.bound_loss import BoundLoss
from ...core.errors import DataProblem
from ...core.record import record
from ...core.scratch import Array
from ...core.sums.exact import UNIT, ratio
from ...core.sums.reduction import gradient
from ...core.sums.state import State
from ..comparison.judgement import Estimate, apart
from ..comparison.multiplicity import benjamini_hochberg
from ..comparison.power import critical
from ..comparison.verdict import Margin
from ..effective import Effective, kish
from ..effective_of_run import counted_of, kish_of
from ..quantiles import t_tail
from ..uncertainty import value_and_error
from .conditions import Conditions
from .slice_sums import ClusterRows, Contrast, RowSet, SliceSums, contrasts, left_of


@record
class GroupTest:
    """A group beside the rest of the half that tests. `q_value` is the p-value adjusted for all groups that are tested.

    `p_value` is the largest of those that the group is worse than the rest, than what is left of each group with one
    condition less, and than the rest without the rows of its tested parts and of groups that stood out more.
    """

    conditions: Conditions
    rows: int
    n: int
    value: float
    stderr: float | None
    rest: float
    difference: float
    difference_stderr: float | None = None
    low: float | None = None
    high: float | None = None
    p_value: float = 1.0
    q_value: float = 1.0


@record
class _Difference:
    """How much worse a set of rows is than another; `beyond` is what is above the margin, with its standard error."""

    value: float
    stderr: float | None
    df: float
    beyond: float
    beyond_stderr: float | None

    def p_value(self) -> float:
        """How likely a difference of this size or more is where there is none beyond the margin; two-sided, so that
        it is small only where the interval holds no smaller difference."""
        if self.beyond_stderr is None or not math.isfinite(self.beyond):
            return 1.0
        if self.beyond_stderr == 0.0:
            return 0.0 if self.beyond > 0.0 and self.df >= 1.0 else 1.0
        return min(1.0, 2.0 * t_tail(self.beyond / self.beyond_stderr, self.df))


class Confirmation:
    """Tests groups with the sums of a run over the half that tests."""

    def __init__(self, bound: BoundLoss, sums: SliceSums, margin: Margin, level: float, least: int) -> None:
        self.bound, self.sums, self.margin, self.level, self.least = bound, sums, margin, level, least
        self._kept: ClusterRows | None = sums.cluster_rows() if sums.clustered else None

    def tests(self, groups: Sequence[Conditions]) -> list[GroupTest]:
        """Each group tested, in the order in which they came; their p-values are one family."""
        plain = [self._tested(each, groups) for each in groups]
        after = benjamini_hochberg([each.p_value for each in plain])
        made = zip(plain, after, strict=True)
        return [GroupTest(**{**vars(each), "q_value": q_value}) for each, q_value in made]

    def _tested(self, group: Conditions, groups: Sequence[Conditions]) -> GroupTest:
        own = RowSet(group)
        first, *further = contrasts(group, groups)
        state = self.sums.state(own)
        value, stderr = self._value(state)
        rest = self._value(left_of(self.sums.state(first.of), state))[0]
        found = self._difference(first, self.margin)
        assert found is not None
        p_values = [found.p_value()]
        for each in further:
            other = self._difference(each, self.margin if each.of.conditions == () else Margin())
            p_values.append(1.0 if other is None else other.p_value())
        low = high = None
        if found.stderr is not None and found.df > 0.0:
            arm = critical(self.level, found.df) * found.stderr
            low, high = found.value - arm, found.value + arm
        enough = state.rows >= self.least
        return GroupTest(
            group, self.sums.rows_of(own), state.rows, value, stderr if self._kept is None else self._of_clusters(own),
            rest, found.value, found.stderr, low, high, max(p_values) if enough else 1.0,
        )  # fmt: skip

    def value_of(self, state: State) -> float:
        """The loss of a set of rows."""
        return self._value(state)[0]

    def _value(self, state: State) -> tuple[float, float | None]:
        try:
            return value_and_error(self.bound, state, state.rows)
        except (DataProblem, ValueError, ZeroDivisionError):  # nothing of it counts
            return math.nan, None

    def _difference(self, contrast: Contrast, margin: Margin) -> _Difference | None:
        """How much worse the one side is; None where a side has no rows."""
        inside = self.sums.state(contrast.inside)
        outside = left_of(self.sums.state(contrast.of), self.sums.state(contrast.group))
        if inside.rows < 2 or outside.rows < 2:
            return None
        ours, theirs = self._value(inside), self._value(outside)
        now = Estimate(*ours, self._effective(inside))
        before = Estimate(*theirs, self._effective(outside))
        judgement = apart(before, now, margin, self.level, inside.rows + outside.rows)
        value, limit = judgement.outcome.difference, judgement.limit
        if self._kept is not None:
            share = 1.0 + math.copysign(margin.share(theirs[0]), theirs[0])
            stderr, df = self._clustered(contrast, 1.0)
            beyond = self._clustered(contrast, share)[0]
            return _Difference(value, stderr, df, value - limit, beyond)
        outcome, further = judgement.outcome, judgement.beyond
        known = outcome.low is not None
        beyond = further.stderr if further is not None else outcome.stderr
        return _Difference(value, outcome.stderr, outcome.df, value - limit, beyond if known else None)

    def _effective(self, state: State) -> Effective:
        reduction = self.bound.reduction
        by_weight = reduction.name == "mean" and reduction.denominator == "weights"
        return Effective(reduction.counted(state), None, kish_of(state), by_weight=by_weight)

    def _clustered(self, contrast: Contrast, share: float) -> tuple[float | None, float]:
        """The standard error of a difference by cluster, and its degrees of freedom; the other side times a share."""
        assert self._kept is not None
        kept, members = self._kept, self.sums.members
        ours = members(contrast.inside, kept)
        theirs = members(contrast.of, kept) & ~members(contrast.group, kept)
        inside = self.sums.state(contrast.inside)
        outside = left_of(self.sums.state(contrast.of), self.sums.state(contrast.group))
        influence = self._influence(inside, ours) - share * self._influence(outside, theirs)
        clusters = np.bincount(kept.clusters, weights=influence)
        both = [np.bincount(kept.clusters, weights=rows * kept.mass) for rows in (ours, theirs)]
        count = int(np.count_nonzero(both[0] + both[1]))
        effective = min(kish(each[each > 0.0]) if (each > 0.0).any() else 0.0 for each in both)
        if count < 2 or effective < 2.0:
            return None, 0.0
        error = math.sqrt(float(np.sum(clusters * clusters)) * count / (count - 1))
        return (error if math.isfinite(error) else None), effective - 1.0

    def _of_clusters(self, own: RowSet) -> float | None:
        """The standard error of the value of a set, by cluster."""
        assert self._kept is not None
        rows = self.sums.members(own, self._kept)
        clusters = np.bincount(self._kept.clusters, weights=self._influence(self.sums.state(own), rows))
        count = len(np.unique(self._kept.clusters[rows]))
        return math.sqrt(float(np.sum(clusters * clusters)) * count / (count - 1)) if count > 1 else None

    def _influence(self, state: State, rows: Array) -> Array:
        """What each row that was kept adds to the value of a set beyond its share; 0 of rows outside."""
        assert self._kept is not None
        means, finish = self.bound.reduction.means(state), self.bound.finish()
        return _influence(self.bound, self._kept.terms, self._kept.mass, means, gradient(finish, means)) * (
            rows / ratio(self.bound.reduction.divisor(state), 1 << UNIT)
        )


def _influence(bound: BoundLoss, terms: Array, mass: Array, means: Sequence[float], slopes: Sequence[float]) -> Array:
    counted = counted_of(bound.reduction, mass)
    excess = np.zeros(len(mass))
    for column, mean, slope in zip(terms.T, means, slopes, strict=True):
        excess += slope * (column - mean * counted)
    return excess


def excess_of(bound: BoundLoss, terms: Array, mass: Array) -> tuple[Array, Array]:
    """By how much the loss of each row of a sample is above the mean, times what it counts for; and that.

    Of a value that is a function of means it is what the row adds to it, to first order.
    """
    counted = counted_of(bound.reduction, mass)
    weight = float(np.sum(counted))
    means = [float(np.sum(column)) / weight for column in terms.T]
    return _influence(bound, terms, mass, means, gradient(bound.finish(), means)), counted
