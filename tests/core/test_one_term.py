"""Short sums of groups give the bits that a State and its Reduction give."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from losscli.core.sums.exact import UNIT, ratio
from losscli.core.sums.grouped import GroupedStates
from losscli.core.sums.one_term import OneTermSums
from losscli.core.sums.reduction import Reduction, gradient

ORDINARY = st.floats(-1e6, 1e6)
VALUES = st.one_of(ORDINARY, ORDINARY, st.floats(allow_nan=False, allow_infinity=False, width=64))
ROWS = st.lists(st.tuples(st.integers(0, 3), VALUES), min_size=1, max_size=30)
REDUCTIONS = [Reduction("mean", name, 3) for name in ("weights", "count", "nonzero", "elements")]


def _root(means: Sequence[float]) -> float:
    return math.sqrt(means[0])


@pytest.mark.parametrize("reduction", [*REDUCTIONS, Reduction("sum")])
@pytest.mark.parametrize("finish", [None, _root])
@settings(max_examples=30)
@given(rows=ROWS)
def test_values_errors_and_shares_have_the_same_bits(
    reduction: Reduction, finish: Callable[[Sequence[float]], float] | None, rows: list[tuple[int, float]]
) -> None:
    values = np.array([value if finish is None else abs(value) for _, value in rows])
    states = GroupedStates(1)
    states.grow(5)
    with np.errstate(over="ignore"):  # as in a run
        states.add(np.array([group for group, _ in rows]), [values], None)
    sums, whole = OneTermSums.of(states), states.whole_total(0)
    assert sums is not None
    means, shares = sums.means(reduction), sums.shares(whole) if whole else []
    known = [each if math.isfinite(each) else 1.0 for each in means]
    slopes = None if finish is None else [gradient(finish, [mean])[0] for mean in known]
    errors = sums.stderrs(reduction, slopes)
    assert len(means) == len(errors) == 5
    for group in range(4):
        state = states.state(group)
        assert sums.rows[group] == state.rows
        if not state.rows:
            continue
        assert [means[group]] == reduction.means(state)
        if whole:
            assert shares[group] == ratio(state.totals[0], whole)
        if math.isfinite(means[group]):
            error = errors[group]
            if error is None or not math.isnan(error):
                assert error == reduction.stderr(state, finish)


def test_ordinary_values_are_told_without_a_state() -> None:
    states = GroupedStates(1)
    states.grow(2)
    states.add(np.array([0, 0, 0, 1, 1]), [np.array([0.5, 2.0, 3.5, 7.0, 7.0])], None)
    sums = OneTermSums.of(states)
    assert sums is not None
    assert sums.means(REDUCTIONS[0]) == [2.0, 7.0]
    assert sums.stderrs(REDUCTIONS[0]) == [math.sqrt(4.5 * 3 / 2) * (1 / 3), 0.0]


def test_groups_that_need_a_state_are_marked() -> None:
    """A loss that is not finite, and rows that are ignored; with weights all groups need one."""
    states = GroupedStates(1)
    states.grow(4)
    group, values = np.array([0, 1, 1, 2, 3]), np.array([1.0, math.inf, 2.0, 3.0, 0.0])
    states.add(group, [values], None, np.array([False, False, False, False, True]))
    sums = OneTermSums.of(states)
    assert sums is not None
    assert sums.rows == [1, 0, 1, 0]
    states.add(np.array([0]), [np.array([2.0])], np.array([2.0]))
    assert OneTermSums.of(states) is None
    assert states.weight_of(0) == 3 << UNIT
