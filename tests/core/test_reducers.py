"""Values that are no functions of means: exact, in any order, cut anywhere, with bounded memory."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import Ran

import losscli
from losscli.core.sums import ordered_values
from losscli.core.sums.ordered_values import OrderedValues
from losscli.core.sums.state import State


def quantile(values: Any, mass: Any, level: str) -> float:
    """The averaged inverse of the weighted distribution, in exact arithmetic."""
    rows = sorted((v, Fraction(w)) for v, w in zip(values, mass, strict=True) if w)
    wanted, below = Fraction(level) * sum(w for _, w in rows), Fraction(0)
    for i, (value, weight) in enumerate(rows):
        below += weight
        if below == wanted > 0 and i + 1 < len(rows):
            return float((value + rows[i + 1][0]) / 2)
        if below >= wanted:
            return float(value)
    raise AssertionError


def of(values: Any, mass: Any = None, most: int = ordered_values.MOST) -> OrderedValues:
    made = OrderedValues(most)
    made.add(np.asarray(values, dtype=np.float64), None if mass is None else np.asarray(mass, dtype=np.float64))
    return made


@pytest.mark.parametrize("level", ["0", "0.1", "0.25", "0.5", "0.9", "1"])
@pytest.mark.parametrize("seed", range(4))
def test_a_quantile_is_that_of_exact_arithmetic(level: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    for n in (1, 2, 5, 10, 40):
        values = np.round(rng.normal(0, 3, n), 1)
        whole = rng.integers(0, 4, n).astype(float)
        whole[0] = 1.0
        for mass in (np.ones(n), whole, whole * 2.0**-40, 2.0 ** rng.integers(-20, 20, n)):
            assert of(values, mass).quantile(float(level)) == quantile(values.tolist(), mass.tolist(), level)
        assert of(values).quantile(float(level)) == quantile(values.tolist(), [1] * n, level)
        if level == "0.5":
            assert of(values).quantile(0.5) == np.median(values)


def test_weights_in_decimals_reach_their_share() -> None:
    """0.1 + 0.2 is half of 0.1 + 0.2 + 0.3, and 9 of 10 rows are 0.9 of them, though not in floats."""
    assert of([1, 2, 3], [0.1, 0.2, 0.3]).quantile(0.5) == 2.5
    assert of(range(10)).quantile(0.9) == 8.5
    assert of(range(10)).quantile(0.3) == 2.5


def test_infinite_values_and_signed_zeros_are_in_order() -> None:
    assert of([-np.inf, -1.0, -0.0, 0.0, np.inf]).quantile(0.5) == 0.0
    assert of([np.inf, np.inf, 1.0]).quantile(0.5) == np.inf
    assert of([-np.inf, 2.0]).quantile(0.5) == -np.inf
    assert len(of([0.0, -0.0])) == 1


@pytest.mark.parametrize("weighted", [False, True])
def test_any_cut_and_order_gives_the_same_bits(weighted: bool) -> None:
    """Also where values were rounded: how much depends on all of them alone."""
    rng = np.random.default_rng(5)
    values = rng.normal(0, 10, 3000) ** 3
    mass = rng.gamma(0.3, 1.0, 3000) if weighted else None
    whole = of(values, mass, most=64)
    assert 32 <= len(whole) <= 64
    assert whole.shift > 0
    for parts in (2, 7, 100):
        order = rng.permutation(3000)
        added = OrderedValues(64)
        for part in np.array_split(order, parts):
            added += of(values[part], None if mass is None else mass[part], most=64)
        assert added.to_dict() == whole.to_dict()
    assert OrderedValues.from_dict(json.loads(json.dumps(whole.to_dict()))).to_dict() == whole.to_dict()
    low, high = whole.limits(0.5)
    assert low <= of(values, mass).quantile(0.5) <= high
    assert low <= whole.quantile(0.5) <= high


def test_the_pinball_loss_about_a_quantile() -> None:
    rng = np.random.default_rng(6)
    values, mass = rng.normal(0, 3, 101), rng.gamma(1.0, 1.0, 101)
    for level in (0.0, 0.2, 0.5, 1.0):
        centre = of(values, mass).quantile(level)
        losses = np.maximum(level * (values - centre), (level - 1) * (values - centre))
        assert of(values, mass).pinball_about(level) == pytest.approx(float(losses @ mass / mass.sum()), rel=1e-13)


@pytest.mark.parametrize("damage", [{"shift": 70}, {"keys": "x"}, {"keys": "AAAA"}, {"digits": {}}])
def test_damaged_values_are_refused(damage: dict[str, Any]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - merge says that the state is damaged
        OrderedValues.from_dict({**of([1.0, 2.0]).to_dict(), **damage})


# -- through the engine -------------------------------------------------------------------------------------


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if only 256 different values were kept."""
    monkeypatch.setattr(ordered_values, "MOST", 256)
    monkeypatch.setattr(OrderedValues.__init__, "__defaults__", (256,))


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("weighted", [False, True])
def test_more_values_than_are_kept_are_read_again(weighted: bool) -> None:
    rng = np.random.default_rng(7)
    pred, label = rng.normal(0, 1, 600_000) ** 5, np.zeros(600_000)
    weights = rng.integers(0, 5, 600_000).astype(float) if weighted else None
    ones = np.ones(600_000) if weights is None else weights
    want = of(np.abs(pred), ones, most=1 << 20).quantile(0.5)
    for threads in (1, 2):
        result = losscli.compute("median_absolute_error", pred, label, weights=weights, threads=threads)
        assert result.value == want
        assert not result.notes


@pytest.mark.usefixtures("few")
def test_a_stream_says_how_close_it_is() -> None:
    rng = np.random.default_rng(8)
    pred = rng.normal(0, 1, 2000)
    text = "pred,label\n" + "".join(f"{x},0\n" for x in pred.tolist())
    result = losscli.compute("median_absolute_error", io.BytesIO(text.encode()), pred="pred", label="label")
    want = float(np.median(np.abs(pred)))
    if result.notes:  # read once
        assert "is known to lie between" in result.notes[0]
        assert result.value == pytest.approx(want, rel=0.02)
    else:
        assert result.value == want


@pytest.mark.parametrize("loss", ["median_absolute_error", "max_error", "d2:of=mae"])
def test_shards_add_up(loss: str, tmp_path: Path, cli: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    name, _, of_ = loss.partition(":of=")
    options = ["--of", of_] if of_ else []
    rng = np.random.default_rng(9)
    pred, label, weight = rng.normal(0, 1, 999), rng.normal(0, 2, 999), rng.gamma(1, 1, 999)
    params: dict[str, Any] = {"of": of_} if of_ else {}
    whole = losscli.compute(name, pred, label, weights=weight, **params)
    for i, rows in enumerate(np.array_split(np.arange(999), 3)):
        np.savez(tmp_path / f"{i}.npz", pred=pred[rows], label=label[rows], weight=weight[rows])
        shard = [f"{i}.npz::pred", f"{i}.npz::label", "--weights", f"{i}.npz::weight", "--partial", "-o", f"{i}.json"]
        assert cli("compute", name, *options, *shard).code == 0
    merged = cli("merge", "0.json", "2.json", "1.json", "--format", "json")
    value = json.loads(merged.out)["results"][0]["value"]
    assert value == pytest.approx(whole.value, rel=1e-12 if of_ else 0)


def test_a_state_keeps_what_is_reduced() -> None:
    """Through JSON, and of a part of its terms."""
    from losscli.core.sums.reducers import Reducer

    state = State.of([np.array([1.0, 2.0]), np.array([3.0, 5.0])])
    state.reduced = {1: Reducer("quantile", 0.5).of(np.array([3.0, 5.0]), None)}
    again = State.from_dict(json.loads(json.dumps(state.to_dict())))
    assert again == state
    assert again.part([1]).reduced[0].value() == 4.0
    assert (again + state).reduced[1].value() == 4.0
    assert again.reduced[1].value() == 4.0


def test_no_weight_is_no_value() -> None:
    for loss in ("max_error", "median_absolute_error"):
        with pytest.raises(losscli.DataProblem, match="weights are zero"):
            losscli.compute(loss, [1.0, 2.0], [0.0, 0.0], weights=[0.0, 0.0])


def test_an_unknown_row_is_an_unknown_value() -> None:
    for loss in ("max_error", "median_absolute_error"):
        result = losscli.compute(loss, [1.0, np.nan, 3.0], [0.0, 0.0, 0.0], nan="propagate")
        assert np.isnan(result.value)
        assert losscli.compute(loss, [1.0, np.nan, 3.0], [0.0, 0.0, 0.0], nan="omit").value == (
            3.0 if loss == "max_error" else 2.0
        )


def test_models_are_compared_by_value_without_a_standard_error() -> None:
    base, cand, label = [1.0, 2.0, 9.0], [1.0, 3.0, 3.0], [0.0, 0.0, 0.0]
    for loss, difference in (("max_error", -6.0), ("median_absolute_error", 1.0)):
        compared = losscli.compare(loss, base, cand, label)
        assert compared.difference == difference
        assert compared.stderr is None
        assert compared.verdict == "inconclusive"


def test_what_needs_means_is_refused() -> None:
    for loss in ("max_error", "median_absolute_error"):
        with pytest.raises(losscli.UsageProblem, match="no conventions of means"):
            losscli.reconcile(loss, [1.0, 2.0], [0.0, 0.0])
        with pytest.raises(losscli.UsageProblem, match="no standard error"):
            losscli.compute(loss, np.ones(20), np.zeros(20), ci=95, bootstrap=200)
        with pytest.raises(losscli.UsageProblem, match="takes the elements of a row together"):
            losscli.compute(loss, np.ones((20, 2)), np.zeros((20, 2)), macro_columns=True)


def test_the_rows_of_a_largest_error_are_the_errors() -> None:
    result = losscli.compute("max_error", [[1.0, -4.0], [2.0, 2.0]], np.zeros((2, 2)), reduction="none", weights=[2, 1])
    assert result.rows is not None
    assert result.rows.tolist() == [8.0, 2.0]
