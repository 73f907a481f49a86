"""The difference of two models in each group of rows, by the test that all rows are held to."""

from __future__ import annotations

import math
from collections.abc import Callable
from copy import copy

import numpy as np

from ...core.binding.bound_loss import BoundLoss
from ...core.errors import DataProblem, LossCliError
from ...core.record import record, replace
from ...core.scratch import Array
from ...core.sums.exact import ratio
from ...core.sums.state import State
from ...engine.paired_groups import PairedGroupSums
from ..group_estimates import has_shares
from ..influence_rows import IndependentUnits, RowRecorder, gathered
from ..row_sample import RowSample, terms_beside
from ..rows_of_groups import RowsOfGroups
from ..uncertainty import value_and_error
from .infinite_rows import finite_terms
from .judgement import Judgement, judged
from .paired import PairedLoss, PairedSums
from .paired_test import Method, PairedTest, TestOutcome
from .verdict import Margin

SampleOf = Callable[[int, int], RowSample]


@record
class GroupDifference:
    """A group of one candidate beside the base: both values, and what its rows say of their difference.

    The values are None where nothing of the group counts. `share` is that of the whole difference. `apart` is the exact
    sum of the differences of its rows, and `mass` what they count for, both in units of 2^-UNIT.
    """

    n: int
    base: float | None
    cand: float | None
    judgement: Judgement
    share: float | None = None
    apart: int = 0
    mass: int = 0


class GroupJudge:
    """Judges groups one by one, each as if its rows had been compared by themselves."""

    def __init__(
        self,
        bound: PairedLoss,
        sums: PairedGroupSums,
        method: Method,
        margin: Margin,
        sample_of: SampleOf | None,
        recorder: RowRecorder | None,
    ) -> None:
        self._bound, self._sums, self._method, self._margin = bound, sums, method, margin
        self._sample_of = sample_of
        rows = None if recorder is None else _RowsOfGroups(recorder, sums.recorded(), method, len(bound.others))
        self._rows = rows
        of_sums = has_shares(bound)
        count = len(bound.others)
        self._wholes = [sums.whole_difference(j) if of_sums else 0 for j in range(1, count + 1)]
        plain = bound.finish() is None and bound.preset is None and bound.reduction.name in ("mean", "sum") and of_sums
        plain = plain and not (method.needs_rows or margin.relative or bound.counts_repeats)
        self._short = [sums.short(j) if plain else None for j in range(1, count + 1)]
        self._errors = [[] if short is None else short.apart.stderrs(bound.reduction) for short in self._short]
        self._pairs = [PairedLoss.of(bound.of_base, [other]) for other in bound.others]

    def __call__(self, group: int, candidate: int) -> GroupDifference:
        """A group beside a candidate, which counts from 1."""
        sums = self._sums_of(group, candidate)
        values = self._values(sums)
        if None in values:
            return GroupDifference(sums.n, None, None, _nothing(math.nan))
        base, cand = values
        assert base is not None
        try:
            judgement = self._judgement(sums, group, candidate, base)
        except (ValueError, ZeroDivisionError):  # a function of sums that has no value here
            judgement = _nothing(math.nan)
        reduction, state = self._bound.reduction, sums.state
        mass = reduction.divisor(state) if reduction.name == "mean" else state.weight
        share = self._share(sums, candidate)
        return GroupDifference(sums.n, base, cand, judgement, share, state.totals[2 * sums.k], mass)

    def _values(self, sums: PairedSums) -> tuple[float | None, float | None]:
        bare = copy(sums.state)
        bare.squares = bare.spreads = None  # errors of the values are not asked for
        alone = PairedSums(sums.bound, bare)
        return _value(*alone.side(0)), _value(*alone.side(1))

    def _judgement(self, sums: PairedSums, group: int, candidate: int, base: float) -> Judgement:
        units = None if self._rows is None else self._rows.units(group, candidate)
        sample = None if self._sample_of is None else self._sample_of(group, candidate)
        if units is not None and len(units) < 2:
            return _nothing(sums.difference(0, 1), self._margin.limit(base))
        try:
            (judgement,) = judged(PairedTest(sums, self._method, units, sample), base, self._margin, reach=False)
        except LossCliError:  # too few rows for a bootstrap
            plain = PairedTest(sums, replace(self._method, test="t"), units, sample).student(0, 1)
            outcome = TestOutcome(plain.difference, plain.stderr, plain.df, effective=plain.effective)
            return Judgement(outcome, self._margin.limit(base))
        return judgement

    def _share(self, sums: PairedSums, candidate: int) -> float | None:
        whole, state = self._wholes[candidate - 1], sums.state
        return ratio(state.totals[2 * sums.k], whole) if whole and not any(state.special) else None

    def _sums_of(self, group: int, candidate: int) -> PairedSums:
        """The sums of a group: as short numbers where these say the same to the bit, many times as fast."""
        pair, short = self._pairs[candidate - 1], self._short[candidate - 1]
        if short is not None and short.apart.rows[group]:
            return _ShortSums(pair, short.state(group), self._errors[candidate - 1][group])
        return PairedSums(pair, self._sums.state_beside(group, candidate))


class _ShortSums(PairedSums):
    """The sums of one term of a group, whose standard error is taken from short numbers."""

    def __init__(self, bound: PairedLoss, state: State, stderr: float | None) -> None:
        super().__init__(bound, state)
        self._stderr = stderr  # NaN where the State has to tell

    def stderr(self, i: int | None, j: int, margin: float = 0.0) -> float | None:
        """The standard error of the candidate's difference from the base, the only one that is asked for."""
        assert (i, j, margin) == (0, 1, 0.0)
        if self.bound.one_row or self.bound.dependent:
            return None
        return super().stderr(i, j) if self._stderr is None or math.isnan(self._stderr) else self._stderr


def _value(bound: BoundLoss, state: State) -> float | None:
    """The value of a side; None where nothing of the group counts, NaN where a function of its sums has no value."""
    try:
        return value_and_error(bound, state, state.rows)[0]
    except DataProblem:  # all weights of the group are zero
        return None
    except (ValueError, ZeroDivisionError):
        return math.nan


def _nothing(difference: float, limit: float = 0.0) -> Judgement:
    """A difference of which the rows say no more."""
    return Judgement(TestOutcome(difference), limit)


class _RowsOfGroups:
    """The rows of a run by group: what clusters and resampled tests are made of."""

    def __init__(self, recorder: RowRecorder, group: Array | None, method: Method, candidates: int) -> None:
        assert group is not None
        self._units, self._repeats, self._candidates = recorder.units(), recorder.sample.repeats, candidates
        self._clusters = recorder.clusters() if method.clustered else None
        self._places = RowsOfGroups(group)

    def units(self, group: int, candidate: int) -> IndependentUnits:
        """The independent rows or clusters of a group, with the terms of the base and one candidate."""
        rows = self._places.of(group)
        units = self._units.taken(rows)
        terms = units.terms[:, terms_beside(units.terms.shape[1], self._candidates, candidate)]
        units = replace(units, terms=finite_terms(terms, 2))
        if self._clusters is not None:
            return gathered(units, np.unique(self._clusters[rows], return_inverse=True)[1], ordered=not self._repeats)
        return units.repeated() if self._repeats else units
