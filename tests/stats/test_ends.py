"""The ends of the range: tiny and huge losses and weights, losses that are infinite in both models, equal losses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import losscli
from losscli.api.compare import compare_all, plan_of
from losscli.api.requests.request import request_of_call
from losscli.stats.comparison.paired import role
from losscli.stats.comparison.verdict import Margin

Array = np.ndarray[Any, Any]
LOSSES = np.random.default_rng(1).exponential(size=120) + 0.1
WEIGHTS = np.random.default_rng(2).uniform(0.5, 2.0, 120)
CLUSTERS = np.arange(120) // 4


def stderr(scale: float, weight: float | None = None, **options: Any) -> float:
    weights = None if weight is None else WEIGHTS * weight
    found = losscli.compute("mae", LOSSES * scale, np.zeros(120), weights=weights, **options)
    assert found.stderr is not None
    return found.stderr / scale


@pytest.mark.parametrize("scale", [1e-300, 1e-200, 1e-150, 1e150, 1e250])
@pytest.mark.parametrize("weight", [None, 1.0])
@pytest.mark.parametrize("options", [{}, {"denominator": "count"}, {"cluster": CLUSTERS}], ids=str)
def test_standard_errors_of_tiny_and_huge_losses(scale: float, weight: float | None, options: Any) -> None:
    """Their squares are no floats: they were taken for 0, or for infinite."""
    assert stderr(scale, weight, **options) == pytest.approx(stderr(1.0, weight, **options), rel=1e-12)


@pytest.mark.parametrize("weight", [1e-320, 1e-300, 1e-200, 1e200])
def test_standard_errors_of_tiny_and_huge_weights(weight: float) -> None:
    rel = 1e-4 if weight < 1e-310 else 1e-12  # weights that have few digits left
    assert stderr(1.0, weight) == pytest.approx(stderr(1.0, 1.0), rel=rel)
    assert stderr(1.0, weight, cluster=CLUSTERS) == pytest.approx(stderr(1.0, 1.0, cluster=CLUSTERS), rel=rel)


def test_tests_of_tiny_differences() -> None:
    sides = LOSSES, 1.05 * LOSSES + 0.1 * np.random.default_rng(3).normal(size=120)
    plain = losscli.compare("mae", *sides, np.zeros(120))
    tiny = losscli.compare("mae", *(1e-200 * side for side in sides), np.zeros(120))
    assert tiny.p_value == pytest.approx(plain.p_value, rel=1e-9)
    assert tiny.verdict == plain.verdict


WAYS: list[dict[str, Any]] = [{}, {"cluster": CLUSTERS}, {"test": "sign-flip"}, {"test": "bootstrap"}]
NUMBERS = ("difference", "stderr", "low", "high", "detectable", "margin", "beyond_stderr", "power", "without_worst")


@pytest.mark.parametrize("options", WAYS, ids=str)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("loss", ["mae", "mse", "rmse", "l2", "wape", "rmsle", "0.5*mae+0.5*mse"])
def test_infinite_in_both_models_is_no_difference(loss: str, options: dict[str, Any], weighted: bool) -> None:
    """What is said of the difference is as if the row cost nothing in either, be it of means or a function of sums."""
    options = {**options, "weights": WEIGHTS if weighted else None, "margin": "1%"}
    labels, base, cand = np.full(120, 0.5), 0.5 + LOSSES, 0.5 + 1.3 * LOSSES + 0.01 * LOSSES[::-1]
    base[7] = cand[7] = 0.5
    plain = losscli.compare(loss, base, cand, labels, **options)
    base[7] = cand[7] = np.inf
    both = losscli.compare(loss, base, cand, labels, **options)
    assert (both.base, both.cand, both.relative) == (np.inf, np.inf, None)
    for name in NUMBERS:
        assert getattr(both, name) == pytest.approx(getattr(plain, name), rel=1e-7), name
    assert both.verdict == plain.verdict == "worse"
    told = [note for note in both.notes if "rows that are infinite in both models are no difference" in note]
    assert len(told) == 1


@pytest.mark.parametrize("options", WAYS, ids=str)
@pytest.mark.parametrize("loss", ["mse", "rmse"])
def test_a_base_that_is_infinite_hides_no_difference_of_candidates(loss: str, options: dict[str, Any]) -> None:
    """Two candidates differ by their own rows where only the base is infinite."""
    base, near, far = LOSSES.copy(), LOSSES + 0.1 * LOSSES[::-1], 3.0 * LOSSES
    base[3] = np.inf
    call = {"loss": loss, "params": {}, "worst": 0, **options}
    request = request_of_call("compare", call, {"pred": base, role(1): near, role(2): far, "label": np.zeros(120)})
    report = compare_all(request, plan_of(request.options, Margin()))
    assert [each.verdict for each in report.results] == ["improved", "improved"]
    assert [(each.name, each.rank, each.letters) for each in next(iter(report.ranking.values()))] == [
        ("candidate 1", 1, "a"), ("candidate 2", 2, "b"), ("base", 3, "c"),
    ]  # fmt: skip


@pytest.mark.parametrize("loss", ["mse", "rmse"])
def test_another_candidate_that_is_infinite_changes_nothing(loss: str) -> None:
    spoilt = LOSSES.copy()
    spoilt[3] = np.inf
    sides = {"pred": LOSSES, role(1): 1.5 * LOSSES + 0.01 * LOSSES[::-1], "label": np.zeros(120)}
    results = []
    for files in (sides, {**sides, role(2): spoilt}):
        request = request_of_call("compare", {"loss": loss, "params": {}, "adjust": "none"}, files)
        results.append(compare_all(request, plan_of(request.options, Margin())).results[0])
    alone, beside = results
    assert (alone.stderr, alone.low, alone.verdict) == (beside.stderr, beside.low, beside.verdict)
    assert alone.verdict == "worse"


def test_infinite_in_one_model_is_a_difference() -> None:
    base, cand = LOSSES.copy(), LOSSES.copy()
    cand[7] = np.inf
    assert losscli.compare("mae", base, cand, np.zeros(120)).verdict == "worse"
    assert losscli.compare("mae", cand, base, np.zeros(120)).verdict == "improved"
    base[8] = np.inf
    assert losscli.compare("mae", base, cand, np.zeros(120)).verdict == "inconclusive"


@pytest.mark.parametrize("options", WAYS, ids=str)
@pytest.mark.parametrize("loss", ["mae", "rmse", "l2"])
def test_a_row_that_is_infinite_in_both_hides_none_that_is_in_one(loss: str, options: dict[str, Any]) -> None:
    base, cand = LOSSES.copy(), LOSSES + 0.01 * LOSSES[::-1]
    base[3] = cand[3] = np.inf
    cand[7] = np.inf
    worse = losscli.compare(loss, base, cand, np.zeros(120), **options)
    assert (worse.difference, worse.verdict) == (np.inf, "worse")
    better = losscli.compare(loss, cand, base, np.zeros(120), **options)
    assert (better.difference, better.verdict) == (-np.inf, "improved")


def test_losses_of_nought_announce_no_power() -> None:
    found = losscli.compare("hinge", [2.0, 3.0], [4.0, 5.0], [1, 1], margin=0.1)
    assert (found.difference, found.power, found.needed) == (0.0, None, None)


@pytest.mark.parametrize("value", [0, 1])
@pytest.mark.parametrize("loss", ["sigmoid_cross_entropy", "softmax_cross_entropy", "log_loss"])
def test_labels_that_are_all_the_same_bring_no_note_of_mixed_rows(loss: str, value: int) -> None:
    """Every pairing of such labels is the same one, so none can be the wrong one."""
    rng = np.random.default_rng(8)
    columns = rng.normal(size=(90, 3))
    pred = columns[:, 0] if loss == "sigmoid_cross_entropy" else columns
    if loss == "log_loss":
        pred = np.exp(pred) / np.exp(pred).sum(axis=1, keepdims=True)
    label = np.full(90, value)
    assert losscli.compute(loss, 4.0 * pred if loss != "log_loss" else pred, label).notes == ()
    mixed = np.where(np.arange(90) % 2, value, 1 - value)  # where there is something to go with, the note stays
    if loss == "sigmoid_cross_entropy":
        assert any("no relation" in note for note in losscli.compute(loss, 8.0 * pred, mixed).notes)
    head = np.repeat([0, 1], 2000)  # a sorted file, whose first rows are all of one class
    if loss == "sigmoid_cross_entropy":
        sure = np.where(head == 1, 3.0, -3.0) + 8.0 * rng.normal(size=4000)
        assert not any("no relation" in note for note in losscli.compute(loss, sure, head).notes)
