"""Standard errors from a State, against formulas by hand."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import reduce
from operator import add

import numpy as np
import pytest
from hypothesis import strategies as st
from state_terms import column, law, state_of, stderr, value

from losscli.core.sums.reduction import DENOMINATORS, Reduction
from losscli.core.sums.state import State


@law(st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=50))
def test_stderr_of_a_mean_is_the_textbook_one(numbers: list[float]) -> None:
    term = column(numbers)
    want = float(np.std(term, ddof=1)) / math.sqrt(len(term))
    near = {"rel": 1e-7, "abs": 1e-12 * float(np.abs(term).max(initial=0)) + 1e-150}
    for weight in (None, np.ones(len(term))):
        state = state_of([term], weight)
        for denominator in DENOMINATORS:
            assert stderr(state, "mean", denominator) == pytest.approx(want, **near)
        assert stderr(state, "sum", None) == pytest.approx(want * len(term), rel=1e-7, abs=len(term) * near["abs"])


@law(st.lists(st.tuples(st.floats(-1e3, 1e3), st.floats(0.01, 100)), min_size=2, max_size=30))
def test_stderr_with_weights(rows: list[tuple[float, float]]) -> None:
    """Influence of a row on sum w t / sum w: w (t - mean) / sum w; on sum w t / n: the spread of w t."""
    term, w = (column(c) for c in zip(*rows, strict=True))
    n, z = len(term), term * w
    state = state_of([z], w)
    size = float(np.abs(z).max()) or 1.0  # squares of tiny terms are no floats, and their errors are
    apart = w * (term - z.sum() / w.sum()) / size
    ratio = size * math.sqrt(n / (n - 1) * (apart**2).sum()) / w.sum()
    plain = size * float(np.std(z / size, ddof=1)) / math.sqrt(n)
    near = {"rel": 1e-6, "abs": 1e-11 * float(np.abs(z).max())}
    assert stderr(state, "mean", "weights") == pytest.approx(ratio, **near)
    rounding = 1e-14 * float((z**2).sum()) * n / (n - 1)  # of sum w^2, in the variance of sum w t
    for name, denominator, by in (("mean", "count", 1), ("mean", "nonzero", 1), ("sum", None, n)):
        got = stderr(state, name, denominator) / by * n
        assert got**2 == pytest.approx((plain * n) ** 2, rel=1e-6, abs=rounding + 1e-300)


def test_rows_of_no_weight_do_not_move_a_weighted_error() -> None:
    term, w = column([1.0, 2.0, 4.0]), column([1.0, 2.0, 3.0])
    bare = state_of([term * w], w)
    padded = bare + state_of([np.zeros(5)], np.zeros(5))
    for denominator in ("weights", "nonzero"):
        assert stderr(bare, "mean", denominator) == pytest.approx(stderr(padded, "mean", denominator))
    assert stderr(bare, "mean", "count") != pytest.approx(stderr(padded, "mean", "count"))


@pytest.mark.parametrize("cut", [1000, 100, 7])
def test_a_large_mean_with_a_tiny_spread(cut: int) -> None:
    term = 1e8 + 1e-3 * np.random.default_rng(0).normal(size=1000)
    want = float(np.std(term - 1e8, ddof=1)) / math.sqrt(1000)
    w = np.full(1000, 3.0)
    plain = reduce(add, (state_of([term[i : i + cut]]) for i in range(0, 1000, cut)))
    heavy = reduce(add, (state_of([(term * w)[i : i + cut]], w[i : i + cut]) for i in range(0, 1000, cut)))
    for state in (plain, heavy):
        assert stderr(state) == pytest.approx(want, rel=1e-6 if state is plain else 1e-5)
        assert value(state) == pytest.approx(float(term.mean()), rel=1e-15)


@pytest.mark.parametrize(("name", "denominator"), [("mean", "count"), ("mean", "nonzero"), ("sum", None)])
def test_a_large_mean_with_equal_weights(name: str, denominator: str | None) -> None:
    """All weights 0.1: dividing by the rows is a tenth of the plain mean, and so is its error."""
    term = 1e8 + 1e-3 * np.random.default_rng(0).normal(size=1000)
    z = 0.1 * term
    want = float(np.std(z - 1e7, ddof=1)) / math.sqrt(1000) * (1000 if name == "sum" else 1)
    assert stderr(state_of([z], np.full(1000, 0.1)), name, denominator) == pytest.approx(want, rel=1e-4)


@pytest.mark.parametrize("centre", [1e-170, 3e-140, 1e-9, 1.0, 7e130, 4e140])
@pytest.mark.parametrize("apart", [0.0, 1e-9, 1e-3, 0.5])
@pytest.mark.parametrize("n", [5, 16, 17, 9000])
def test_terms_that_may_be_overwritten_give_the_same_bits(centre: float, apart: float, n: int) -> None:
    terms = centre * (1 + apart * np.random.default_rng(n).uniform(-1, 1, size=n))
    weight = np.random.default_rng(1).integers(0, 4, size=n).astype(float)
    for w in (None, weight):
        term = terms if w is None else terms * w
        kept = term.copy()
        state = state_of([kept], w, one_sign=True)
        assert state_of([term.copy()], w, one_sign=True, spend=True) == state
        assert np.array_equal(kept, term)
    plain = state_of([terms], one_sign=True)
    mean = sum(map(Fraction, terms.tolist())) / n
    squares = (float((Fraction(t) - mean) / Fraction(centre)) ** 2 for t in terms.tolist())
    want = centre * math.sqrt(math.fsum(squares) / ((n - 1) * n))
    if centre > 1e-140:  # squares of less are no floats
        assert stderr(plain) == pytest.approx(want, rel=1e-9, abs=centre * 1e-16)


def test_equal_rows_have_no_error() -> None:
    for number in (0.1, 1e8, 1e-300):
        state = state_of([np.full(777, number)])
        assert stderr(state) <= 1e-15 * number
        assert stderr(state + state) <= 1e-15 * number


def test_where_rows_cannot_tell() -> None:
    one = state_of([column([3.0])])
    assert Reduction().stderr(one, None) is None
    assert Reduction().stderr(State(1), None) is None
    assert Reduction().stderr(state_of([column([3.0, 4.0])], spread=False), None) is None
    lone = state_of([column([3.0, 0.0])], column([1.0, 0.0]))
    assert Reduction().stderr(lone, None) is None
    assert Reduction().stderr(state_of([np.zeros(3)], np.zeros(3)), None) is None


@pytest.mark.parametrize("denominator", ["weights", "count"])
def test_delta_method_of_a_ratio(denominator: str) -> None:
    """a / b of two means: var = (s_aa - 2 r s_ab + r^2 s_bb) / b^2 / n, r = a / b."""
    rng = np.random.default_rng(1)
    a, b = rng.gamma(2.0, size=400), rng.gamma(5.0, size=400)
    b += 0.5 * a
    state = reduce(add, (state_of([a[i : i + 64], b[i : i + 64]]) for i in range(0, 400, 64)))
    r = a.mean() / b.mean()
    cov = np.cov(a, b)
    want = math.sqrt((cov[0, 0] - 2 * r * cov[0, 1] + r * r * cov[1, 1]) / b.mean() ** 2 / 400)
    got = stderr(state, "mean", denominator, lambda means: means[0] / means[1])
    assert got == pytest.approx(want, rel=1e-8)
    pooled = stderr(state, "pooled", None, lambda sums: sums[0] / sums[1])
    assert pooled == pytest.approx(want, rel=1e-8)


def test_delta_method_of_a_root() -> None:
    errors = np.random.default_rng(2).normal(size=300) ** 2
    state = state_of([errors])
    want = stderr(state) / (2 * math.sqrt(errors.mean()))
    assert stderr(state, finish=lambda means: math.sqrt(means[0])) == pytest.approx(want, rel=1e-8)


def test_delta_method_of_a_weighted_ratio() -> None:
    rng = np.random.default_rng(3)
    a, b, w = rng.gamma(2.0, size=200), rng.gamma(5.0, size=200), rng.uniform(0.5, 3, size=200)
    state = state_of([a * w, b * w], w)
    r = (a * w).sum() / (b * w).sum()
    influence = w * (a - r * b) / (b * w).sum()
    want = math.sqrt(200 / 199 * (influence**2).sum())
    assert stderr(state, finish=lambda means: means[0] / means[1]) == pytest.approx(want, rel=1e-8)
