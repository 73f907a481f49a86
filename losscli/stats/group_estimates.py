"""Values, standard errors and intervals of groups, and the mean of their values, from the sums of each group."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.binding.bound_loss import BoundLoss
from ..core.errors import DataProblem, LossCliError
from ..core.record import record
from ..core.sums.exact import UNIT, ratio
from ..core.sums.one_term import OneTermSums
from ..core.sums.reduction import gradient
from ..core.sums.state import State
from .effective import SMALL, Effective
from .effective_of_run import effective_of, kish_of
from .row_sample import GivenRows, RowSample, SampledRows
from .rows_of_groups import ENOUGH, RowsOfGroups
from .uncertainty import IntervalRequest, value_and_error

if TYPE_CHECKING:
    from ..core.scratch import Array

StateOf = Callable[[int], State]
_LISTED = 6  # groups that a note names


@record
class GroupEstimate:
    """What is known of one group. The value is NaN where the loss is, None where nothing of the group counts."""

    value: float | None
    n: int
    weight_sum: float
    stderr: float | None = None
    ci: dict[str, Any] | None = None
    share: float | None = None
    df: float | None = None  # what the interval stands on, less one; None where there is none


@record
class MacroEstimate:
    """The mean of the groups' values, each group counting once, and its standard error over groups."""

    value: float
    stderr: float | None
    ci: dict[str, Any] | None
    groups: int


def has_shares(bound: BoundLoss) -> bool:
    """Whether groups have shares of one sum: of the loss itself, or of what a root or a scale is taken of."""
    loss = bound.loss
    return loss.reducers_function is None and (bound.finish() is None or loss.finish_of == "means")


class GroupEstimator:
    """Estimates of groups, given the State of each and the sum of all groups' first terms."""

    def __init__(
        self,
        bound: BoundLoss,
        state_of: StateOf,
        whole: int,
        interval: IntervalRequest,
        one_term: Callable[[], OneTermSums | None] | None = None,
    ) -> None:
        self.bound, self._state_of, self._interval = bound, state_of, interval
        of_means = bound.loss.reducers_function is None
        self._whole = whole if has_shares(bound) else 0
        self._rows: _RecordedRows | None = None
        self._sample: _SampleOfGroups | None = None
        plain = bound.reduction.name in ("mean", "sum") and bound.preset is None and interval.level is None
        plain = plain and of_means and not bound.counts_repeats
        self._short = one_term if plain else None  # intervals, and values as a framework rounds them, need a State
        self._of_one_term: _OneTermEstimates | None = None

    def with_rows(self, group: Array) -> GroupEstimator:
        """The same with standard errors by cluster or by the bootstrap, from the rows that the interval recorded."""
        self._rows, self._short = _RecordedRows(self._interval, group), None
        return self

    def with_sample(self, group: Array) -> GroupEstimator:
        """The same where the groups of the sampled rows are known, so that it is told which intervals stand on few."""
        rows = None if self._interval.sample is None else self._interval.sample.rows()
        if rows is not None and len(rows.mass) == len(group):
            self._sample = _SampleOfGroups(rows, group)
        return self

    def __call__(self, number: int) -> GroupEstimate:
        if self._short is not None:  # made once a group is listed
            sums, self._short = self._short(), None
            self._of_one_term = None if sums is None else _OneTermEstimates(sums, self.bound, self._whole)
        if self._of_one_term is not None and (estimate := self._of_one_term(number)) is not None:
            return estimate
        bound, state = self.bound, self._state_of(number)
        n = 1 if bound.one_row else state.rows
        weight = ratio(state.weight, 1 << UNIT)
        try:
            value, stderr = value_and_error(bound, state, state.rows)
        except DataProblem:  # all weights of the group are zero
            return GroupEstimate(None, n, weight)
        except (ValueError, ZeroDivisionError):
            return GroupEstimate(math.nan, n, weight)
        ci: dict[str, Any] | None = None
        df: float | None = None
        if self._rows is not None:
            stderr, ci, df = self._rows.answer(bound, state, number)
        elif stderr is not None and self._interval.level is not None:
            reduction = bound.reduction
            by_weight = reduction.name == "mean" and reduction.denominator == "weights"
            effective = Effective(reduction.counted(state), None, kish_of(state), by_weight=by_weight)
            ci = self._interval.standing_on(bound, state, stderr, effective).fields.get("ci")
            df = self._df(state, stderr, number, effective)
        share = None
        if self._whole and not any(state.special):
            share = ratio(state.totals[0], self._whole)
        return GroupEstimate(value, n, weight, stderr, ci, share, df if ci is not None else None)

    def _df(self, state: State, stderr: float, number: int, effective: Effective) -> float:
        """The degrees of freedom that the rows of a group tell, as far as they were sampled."""
        sample = None if self._sample is None or effective.df < SMALL - 1.0 else self._sample.of(number)
        if sample is None:
            return effective.df
        reduction = self.bound.reduction
        slopes = gradient(self.bound.finish(), reduction.means(state))
        return effective_of(reduction, state, slopes, stderr, sample).df


class _OneTermEstimates:
    """The same to the bit from short sums of all groups, many times as fast."""

    def __init__(self, sums: OneTermSums, bound: BoundLoss, whole: int) -> None:
        self._rows, self._one_row = sums.rows, bound.one_row
        self._means = sums.means(bound.reduction)
        self._shares = sums.shares(whole) if whole else None
        self._failed: set[int] = set()
        has_error = not (bound.one_row or bound.dependent or bound.batched) and sums.squares is not None
        finish, slopes = bound.finish(), None
        self._values = self._means if finish is None else list(self._means)
        if finish is not None:
            slopes = [math.nan] * len(self._means)
            for group, mean in enumerate(self._means):
                if not math.isfinite(mean):
                    continue
                try:
                    self._values[group] = finish([mean])
                    slopes[group] = gradient(finish, [mean])[0] if has_error else math.nan
                except (ValueError, ZeroDivisionError):
                    self._failed.add(group)
        self._errors = sums.stderrs(bound.reduction, slopes) if has_error else None

    def __call__(self, number: int) -> GroupEstimate | None:
        """The estimate of a group; None where a State has to tell."""
        rows = self._rows[number]
        if not rows or not math.isfinite(self._means[number]):
            return None
        n, weight = 1 if self._one_row else rows, float(rows)
        if number in self._failed:
            return GroupEstimate(math.nan, n, weight)
        stderr = None if self._errors is None else self._errors[number]
        if stderr is not None and math.isnan(stderr):
            return None
        share = None if self._shares is None else self._shares[number]
        value = self._values[number] + 0.0  # -0.0 is 0.0
        return GroupEstimate(value, n, weight, stderr, None, share)


class _RecordedRows:
    """The rows of a run by group: what standard errors by cluster and the bootstrap are made of."""

    def __init__(self, interval: IntervalRequest, group: Array) -> None:
        assert interval.recorder is not None
        self._interval = interval
        self._units = interval.recorder.units()
        self._clusters = interval.recorder.clusters() if interval.clustered else None
        self._places = RowsOfGroups(group)

    def answer(
        self, bound: BoundLoss, state: State, number: int
    ) -> tuple[float | None, dict[str, Any] | None, float | None]:
        """The standard error and the interval of a group, and the degrees of freedom of the rows or clusters."""
        from .influence_rows import gathered

        rows = self._places.of(number)
        units = self._units.taken(rows)
        if self._clusters is not None:
            units = gathered(units, np.unique(self._clusters[rows], return_inverse=True)[1], ordered=False)
        elif bound.counts_repeats:
            units = units.repeated()
        if len(units) < 2:
            return None, None, None
        try:
            fields = self._interval.of_units(bound, state, units).fields
        except LossCliError:  # too few for a bootstrap
            return None, None, None
        return fields.get("stderr"), fields.get("ci"), fields.get("effective", {}).get("df")


class _SampleOfGroups:
    """The rows that a run sampled, by group."""

    def __init__(self, rows: SampledRows, group: Array) -> None:
        self._rows = rows
        self._places = RowsOfGroups(group)

    def of(self, number: int) -> RowSample | None:
        """The sample of one group; None where it has too few rows to tell what the others are like."""
        at, rows = self._places.of(number), self._rows
        if len(at) < (2 if rows.whole else ENOUGH):
            return None
        followed = np.zeros(len(at), dtype=bool)  # who stands next to whom is said of the whole
        return GivenRows(SampledRows(rows.terms[at], rows.mass[at], rows.stands_for[at], followed, rows.whole))


def note_on_few(loss: str, groups: Sequence[tuple[str, GroupEstimate]]) -> list[str]:
    """Which of these named groups have an interval that stands on few rows."""
    few = [(each.df, name) for name, each in groups if each.df is not None and each.df < SMALL - 1.0]
    if not few:
        return []
    listed = [f"{name} ({df + 1.0:.3g})" for df, name in sorted(few)[:_LISTED]]
    more = ", ..." if len(few) > _LISTED else ""
    which = "the interval of 1 group" if len(few) == 1 else f"the intervals of {len(few):,} groups"
    return [
        f"{loss}: {which} may be too short, since few rows or clusters carry the spread: {', '.join(listed)}{more}."
    ]


def macro(values: Sequence[float], level: float | None, *, nonnegative: bool) -> MacroEstimate:
    """The plain mean of the values of groups. Groups are taken as independent; a standard error needs two of them."""
    count = len(values)
    if not all(map(math.isfinite, values)):
        return MacroEstimate(float(np.sum(np.array(values))) / count, None, None, count)
    mean = math.fsum(values) / count
    if count < 2:
        return MacroEstimate(mean, None, None, count)
    stderr = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (count * (count - 1)))
    ci = None
    if level is not None:
        from .intervals import interval_of_value

        ci = interval_of_value(mean, stderr, count, level, nonnegative=nonnegative)
    return MacroEstimate(mean, stderr, ci and {**ci, "method": "groups"}, count)
