"""Sums by group are exact: the whole numbers that Python's integers give, wherever the values lie among the floats."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from losscli.core.sums.exact import SQUARE, UNIT, fixed, product
from losscli.core.sums.exact_array import ExactArray
from losscli.core.sums.grouped import GroupedStates
from losscli.core.sums.state import State

FLOATS = st.floats(allow_nan=False, allow_infinity=False, width=64)
SIZES = st.floats(-1e150, 1e150)


@given(st.lists(st.tuples(st.integers(0, 3), FLOATS), max_size=40), st.integers(1, 7))
def test_a_sum_is_that_of_whole_numbers(rows: list[tuple[int, float]], step: int) -> None:
    group = np.array([g for g, _ in rows], dtype=np.int64)
    values = np.array([v for _, v in rows])
    sums = ExactArray()
    sums.grow(4)
    for start in range(0, len(rows), step):
        part = slice(start, start + step)
        sums.add(group[part], values[part])
    for g in range(4):
        assert sums.at(g) == sum(fixed(v) for own, v in rows if own == g)
    assert sums.total() == sum(fixed(v) for _, v in rows)
    assert [sums.at(g) for g in range(4)] == [sum(fixed(v) for own, v in rows if own == g) for g in range(4)]


@given(st.lists(st.tuples(FLOATS, FLOATS).filter(lambda p: math.isfinite(p[0] * p[1])), min_size=1, max_size=20))
def test_a_product_is_exact(pairs: list[tuple[float, float]]) -> None:
    a, b = (np.array(column) for column in zip(*pairs, strict=True))
    sums = ExactArray(1)
    sums.add_products(np.zeros(len(pairs), dtype=np.int64), a, b)
    assert sums.at(0, SQUARE) == sum(product(x, y) for x, y in pairs)


def test_many_rows_carry() -> None:
    """More rows than a digit holds without a carry, added in many calls, and groups that come late."""
    sums, rows = ExactArray(), 1 << 19
    group, values = np.arange(rows) % 3, np.full(rows, float((1 << 53) - 1))
    for call in range(1, 20):
        sums.grow(3 if call < 10 else 100)
        sums.add(group, values if call % 2 else -0.75 * values)
    for g in range(3):
        count = int((group == g).sum())
        whole, part = fixed(float((1 << 53) - 1)), fixed(-0.75 * ((1 << 53) - 1))
        assert sums.at(g) == count * (10 * whole + 9 * part)
    assert sums.at(50) == 0


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 2), SIZES, SIZES, st.sampled_from([0.0, 1.0, 0.1, 3.0])), min_size=1),
    st.booleans(),
    st.integers(1, 9),
)
def test_a_group_has_the_state_of_its_rows(rows: list[Any], weighted: bool, step: int) -> None:
    """To the bit where a State is exact too, which it is of single rows."""
    group = np.array([row[0] for row in rows])
    terms = [np.array([row[i] for row in rows]) for i in (1, 2)]
    weight = np.array([row[3] for row in rows]) if weighted else None
    states = GroupedStates(2)
    states.grow(3)
    for start in range(0, len(rows), step):
        s = slice(start, start + step)
        # weights may come in some of the blocks alone
        own = None if weight is None or (weight[s] == 1.0).all() else weight[s]
        states.add(group[s], [term[s] for term in terms], own)
    for g in range(3):
        at = np.flatnonzero(group == g)
        single = [State.of([t[[i]] for t in terms], np.ones(1) if weight is None else weight[[i]]) for i in at]
        state, whole = states.state(g), sum(single, State(2))
        assert (state.rows, state.nonzero, state.weight) == (whole.rows, whole.nonzero, whole.weight)
        assert state.totals == [sum(map(fixed, term[at].tolist())) for term in terms]
        w = [1.0] * len(at) if weight is None else weight[at].tolist()
        columns = [*(term[at].tolist() for term in terms), w]
        exact = [
            sum(product(x, y) for x, y in zip(columns[i], columns[j], strict=True))
            for i in range(3)
            for j in range(i, 3)
        ]
        assert state.squares == exact
        assert state.spreads == [exact[0], exact[1], exact[3]]


def test_what_is_not_finite_stays_in_its_group() -> None:
    states = GroupedStates(1)
    states.grow(4)
    with np.errstate(invalid="ignore"):
        states.add(np.array([0, 1, 1, 2, 3, 3]), [np.array([1.0, math.inf, 2.0, math.nan, math.inf, -math.inf])], None)
    states.grow(6)
    states.add(np.array([4, 5]), [np.array([math.inf, 1.0])], None)
    states.add_unknown(np.array([5]), np.array([2.0]))
    special = [states.state(g).special[0] for g in range(6)]
    assert special[:2] == [0.0, math.inf]
    assert special[4] == math.inf
    assert all(math.isnan(special[g]) for g in (2, 3, 5))
    assert states.state(5).weight == 3 << UNIT
    assert states.state(5).rows == 2
    assert states.state(1).squares is None
    assert states.state(0).squares is not None


@pytest.mark.parametrize("terms", [8, 9])
def test_second_moments_of_many_terms_are_left_out(terms: int) -> None:
    states = GroupedStates(terms)
    states.grow(1)
    states.add(np.zeros(3, dtype=np.int64), [np.arange(3.0)] * terms, None)
    assert (states.state(0).squares is None) is (terms > 8)
