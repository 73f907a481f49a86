"""The State: merging, exact sums, weights and denominators, signatures."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from functools import reduce
from itertools import pairwise
from operator import add
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st
from state_terms import column, law, plain, state_of, stderr, value

from losscli.core import signature
from losscli.core.errors import DataProblem
from losscli.core.sums import exact
from losscli.core.sums.reduction import DENOMINATORS, Reduction
from losscli.core.sums.state import State

finite = st.floats(-1e150, 1e150)
wide = st.floats(allow_nan=False, allow_infinity=False)
anything = st.floats(-1e100, 1e100) | st.sampled_from([math.inf, -math.inf, math.nan, 0.0])
weights = st.floats(1e-6, 1e6) | st.just(0.0)


@st.composite
def blocks(draw: st.DrawFn, elements: st.SearchStrategy[float] = finite, terms: int = 1) -> State:
    """The state of a random block, weighted or not."""
    n = draw(st.integers(0, 6))
    columns = [column(draw(st.lists(elements, min_size=n, max_size=n))) for _ in range(terms)]
    if draw(st.booleans()):
        w = column(draw(st.lists(weights, min_size=n, max_size=n)))
        with np.errstate(all="ignore"):
            columns = [np.where(w == 0, 0.0, w * c) for c in columns]
        return state_of(columns, w)
    return state_of(columns)


# -- merging ----------------------------------------------------------------------------------------------


@law(blocks())
def test_an_empty_state_is_the_identity(state: State) -> None:
    assert state + State(1) == state == State(1) + state
    assert (State(1) + State(1)).to_dict() == State(1).to_dict()


@law(blocks(anything, 2), blocks(anything, 2), blocks(anything, 2))
def test_merging_is_associative_and_commutative_to_the_bit(a: State, b: State, c: State) -> None:
    assert ((a + b) + c).to_dict() == (a + (b + c)).to_dict()
    assert (a + b).to_dict() == (b + a).to_dict()


@law(st.lists(st.integers(-(2**40), 2**40), min_size=1, max_size=60), st.data())
def test_any_partition_into_blocks_gives_the_same_totals(numbers: list[int], data: st.DataObject) -> None:
    """Where the sums of blocks are exact, it does not matter where they were cut, nor in which order they merge."""
    w = column(data.draw(st.lists(st.integers(0, 7), min_size=len(numbers), max_size=len(numbers))))
    z = column(numbers) * w
    cuts = data.draw(st.sets(st.integers(1, len(numbers)), max_size=8))
    edges = [0, *sorted(cuts), len(numbers)]
    parts = [state_of([z[a:b]], w[a:b]) for a, b in pairwise(edges)]
    order = data.draw(st.permutations(parts))
    whole, merged = state_of([z], w), reduce(add, order)
    assert merged.totals == whole.totals == [sum(n * int(k) for n, k in zip(numbers, w, strict=True)) << exact.UNIT]
    assert merged.weight == whole.weight == int(w.sum()) << exact.UNIT
    assert (merged.rows, merged.nonzero) == (whole.rows, whole.nonzero) == (len(w), np.count_nonzero(w))


@law(st.lists(st.lists(wide, max_size=5), min_size=1, max_size=5), st.randoms())
def test_order_of_blocks_changes_no_bit_of_the_result(rows: list[list[float]], random: Any) -> None:
    parts = [state_of([column(r)]) for r in rows]
    mixed = parts.copy()
    random.shuffle(mixed)
    assert reduce(add, parts).to_dict() == reduce(add, mixed).to_dict()


@law(blocks(anything, 2))
def test_json_round_trip(state: State) -> None:
    back = State.from_dict(json.loads(json.dumps(state.to_dict(), allow_nan=False)))
    assert back.to_dict() == state.to_dict()
    assert back == state
    assert (back + state).to_dict() == (state + state).to_dict()


# -- sums -------------------------------------------------------------------------------------------------


@law(st.lists(wide, min_size=1, max_size=40))
def test_sum_is_fsum(numbers: list[float]) -> None:
    total = value(state_of([column(numbers)]), "sum", None)
    want = sum(map(Fraction, numbers))
    try:
        assert total == float(want)
    except OverflowError:
        assert total == (math.inf if want > 0 else -math.inf)


@law(st.integers(0, 2**32 - 1), st.integers(1, 3000), st.integers(0, 300))
def test_long_ill_conditioned_sums(seed: int, n: int, spread: int) -> None:
    """Random magnitudes and signs, and their negatives with a little left over, against exact fractions."""
    rng = np.random.default_rng(seed)
    half = np.ldexp(rng.normal(size=n), rng.integers(-spread, spread + 1, size=n))
    numbers = np.concatenate([half, -half, rng.normal(size=5) * 1e-3])
    rng.shuffle(numbers)
    want = math.fsum(numbers)
    got = value(state_of([numbers]), "sum", None)
    largest = float(np.abs(numbers).max())
    assert abs(got - want) <= 1e-15 * abs(want) + largest * 2.0**-110


def test_cancellation_keeps_what_is_left() -> None:
    assert value(state_of([column([1e16, *[1.0] * 4096, -1e16])]), "sum", None) == 4096
    one_by_one = [state_of([column([x])]) for x in (1e16, *[1.0] * 64, -1e16)]
    assert value(reduce(add, one_by_one), "sum", None) == 64
    assert value(state_of([column([1e300, 1.0, -1e300])]), "sum", None) == 1
    assert value(state_of([column([1e308, 5e-324, -1e308])]), "sum", None) == 5e-324


@law(st.lists(st.floats(0, 1e300), min_size=1, max_size=200))
def test_sums_of_one_sign(numbers: list[float]) -> None:
    got = value(state_of([column(numbers)], one_sign=True), "sum", None)
    assert got == pytest.approx(math.fsum(numbers), rel=1e-14, abs=0)


def test_subnormals_count() -> None:
    tiny = column([5e-324] * 1000)
    for one_sign in (False, True):
        state = state_of([tiny], one_sign=one_sign)
        assert value(state, "sum", None) == 1000 * 5e-324
        assert value(state) == 5e-324
    assert value(state_of([column([5e-324, 0.0, 0.0])])) == 0.0  # a third of the smallest float, rounded once


def test_finite_sums_beyond_floats() -> None:
    huge = column([1.7e308] * 4)
    for one_sign in (False, True):
        state = state_of([huge], one_sign=one_sign)
        assert state.special == [0.0]
        assert value(state, "sum", None) == math.inf
        assert value(state) == 1.7e308
        assert value(state + state_of([-huge]), "sum", None) == 0
    assert value(state_of([-huge]), "sum", None) == -math.inf


@pytest.mark.parametrize(
    ("numbers", "want"),
    [
        ([1.0, math.inf], math.inf),
        ([1.0, -math.inf], -math.inf),
        ([math.inf, math.inf], math.inf),
        ([math.inf, -math.inf], math.nan),
        ([math.nan, 1.0], math.nan),
        ([math.nan, math.inf], math.nan),
    ],
)
def test_what_is_not_finite(numbers: list[float], want: float) -> None:
    together = state_of([column(numbers)])
    apart = reduce(add, (state_of([column([x])]) for x in numbers))
    for state in (together, apart, together + state_of([column([5.0])]), apart + State(1)):
        for name, denominator in (("mean", "weights"), ("mean", "count"), ("sum", None)):
            np.testing.assert_equal(value(state, name, denominator), want)
        assert Reduction().stderr(state, None) is None
    assert (together + state_of([column([5.0])])).rows == len(numbers) + 1


@pytest.mark.parametrize(
    ("z", "w"),
    [
        ([1.0], [5e-324]),  # the mean is beyond floats
        ([1e210], [1e200]),  # w^2 is
        ([1e300, -1e300], [1e10, 1e10]),  # deviations cancel to nan
    ],
)
def test_finite_blocks_whose_squares_are_not(z: list[float], w: list[float]) -> None:
    """The value is still exact; there may be no standard error, but no crash."""
    state = state_of([column(z)], column(w))
    assert value(state, "sum", None) == math.fsum(z)
    for name, denominator in (("mean", "weights"), ("mean", "count"), ("sum", None)):
        found = Reduction(name, denominator).stderr(state + state, None)
        assert found is None or found >= 0


def test_infinity_in_one_term_leaves_the_other() -> None:
    state = state_of([column([1.0, math.inf]), column([1.0, 2.0])])
    assert Reduction("sum", None).means(state) == [math.inf, 3.0]


# -- weights and denominators -----------------------------------------------------------------------------


@law(st.lists(st.tuples(st.floats(-1e6, 1e6), weights), min_size=1, max_size=30))
def test_denominators(rows: list[tuple[float, float]]) -> None:
    term, w = (column(c) for c in zip(*rows, strict=True))
    z = term * w
    state = state_of([z], w)
    top = math.fsum(z)
    assert value(state, "sum", None) == top
    assert state.nonzero == np.count_nonzero(w)
    divisors = {"weights": math.fsum(w), "nonzero": np.count_nonzero(w)}
    divisors |= dict.fromkeys(("count", "elements", "rows"), len(w))
    assert set(divisors) == set(DENOMINATORS)
    for name, divisor in divisors.items():
        if divisor:
            assert value(state, "mean", name) == pytest.approx(top / divisor, rel=4e-16, abs=5e-324)
        else:
            with pytest.raises(DataProblem, match="denominator is zero"):
                value(state, "mean", name)


@law(st.lists(st.tuples(st.floats(-1e6, 1e6), st.integers(0, 3)), min_size=1, max_size=20))
def test_a_weight_of_two_is_the_row_twice(rows: list[tuple[float, int]]) -> None:
    term, w = (column(c) for c in zip(*rows, strict=True))
    repeated = np.repeat(term, w.astype(int))
    weighted = state_of([term * w], w)
    if len(repeated):
        for name, denominator in (("mean", "weights"), ("sum", None)):
            twice = value(state_of([repeated]), name, denominator)
            assert value(weighted, name, denominator) == pytest.approx(twice, rel=1e-13, abs=1e-13 * np.abs(term).max())


def test_integer_weights_are_repetitions_to_the_bit() -> None:
    term, w = column([1.0, 2.5, -4.0, 8.0]), column([2, 1, 3, 0])
    weighted, repeated = state_of([term * w], w), state_of([np.repeat(term, w.astype(int))])
    assert weighted.totals == repeated.totals
    assert weighted.weight == repeated.weight


@law(st.floats(1e-3, 1e3))
def test_scaling_all_weights_changes_a_weighted_mean_and_its_error_not(scale: float) -> None:
    term, w = column([1.0, 2.0, 4.0, 8.0]), column([1.0, 3.0, 0.5, 2.0])
    once, scaled = state_of([term * w], w), state_of([term * (w * scale)], w * scale)
    assert value(once) == pytest.approx(value(scaled), rel=1e-14)
    assert stderr(once) == pytest.approx(stderr(scaled), rel=1e-12)


def test_ignored_rows_do_not_count() -> None:
    left_out = state_of([column([1.0, 0.0, 3.0])], column([1.0, 0.0, 1.0]), ignored=1)
    kept = state_of([column([1.0, 3.0])])
    for name in DENOMINATORS:
        assert value(left_out, "mean", name) == value(kept, "mean", name) == 2
        assert stderr(left_out, "mean", name) == pytest.approx(stderr(kept, "mean", name))
    assert stderr(left_out, "sum", None) == pytest.approx(stderr(kept, "sum", None))


# -- exact arithmetic -------------------------------------------------------------------------------------


@law(wide)
def test_fixed_is_exact(number: float) -> None:
    assert Fraction(exact.fixed(number), 2**exact.UNIT) == Fraction(number)


@law(finite, finite, st.floats(-1e6, 1e6))
def test_product_is_exact(a: float, b: float, c: float) -> None:
    assert Fraction(exact.product(a, b, c), 2**exact.SQUARE) == Fraction(a) * Fraction(b) * Fraction(c)


@law(st.integers(-(2**2000), 2**2000), st.integers(1, 2**1100))
def test_ratio_rounds_once(top: int, bottom: int) -> None:
    got, want = exact.ratio(top, bottom), Fraction(top, bottom)
    try:
        assert got == float(want)
    except OverflowError:
        assert got == (math.inf if top > 0 else -math.inf)


words = st.sampled_from(["mean", "weights", "softmax", "logits", "a_b"])

# -- signatures -------------------------------------------------------------------------------------------


@law(st.dictionaries(st.sampled_from("abcdefg"), plain | words | st.lists(plain | words, max_size=4).map(tuple)))
def test_signatures_are_read_back(settings: dict[str, Any]) -> None:
    written = signature.write("focal", settings)
    name, found = signature.read(written)
    assert (name, found) == ("focal", settings)
    assert {k: type(v) for k, v in found.items()} == {k: type(v) for k, v in settings.items()}
    assert list(found) == list(settings)
    assert signature.write(name, found) == written


def test_a_signature_is_one_readable_line() -> None:
    settings = {"alpha": None, "gamma": 2.0, "class_weights": (1.0, 0.5), "full": True}
    assert signature.write("focal", settings) == "focal|alpha:none|gamma:2.0|class_weights:[1.0,0.5]|full:yes"
