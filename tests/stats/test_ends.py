"""The ends of the range: tiny and huge losses and weights, losses that are infinite in both models, equal losses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import losscli

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


@pytest.mark.parametrize("options", [{}, {"cluster": CLUSTERS}, {"test": "sign-flip"}, {"test": "bootstrap"}], ids=str)
@pytest.mark.parametrize("weighted", [False, True])
def test_infinite_in_both_models_is_no_difference(options: dict[str, Any], weighted: bool) -> None:
    weights = WEIGHTS if weighted else None
    base, cand = LOSSES.copy(), 1.1 * LOSSES
    base[7] = cand[7] = 1.0
    plain = losscli.compare("mae", base, cand, np.zeros(120), weights=weights, **options)
    base[7] = cand[7] = np.inf
    found = losscli.compare("mae", base, cand, np.zeros(120), weights=weights, **options)
    assert (found.base, found.cand, found.relative) == (np.inf, np.inf, None)
    assert found.difference == pytest.approx(plain.difference, rel=1e-12)
    assert found.stderr == pytest.approx(plain.stderr, rel=1e-9)
    assert (found.low, found.high) == pytest.approx((plain.low, plain.high), rel=1e-9)
    assert found.verdict == plain.verdict == "worse"


def test_infinite_in_one_model_is_a_difference() -> None:
    base, cand = LOSSES.copy(), LOSSES.copy()
    cand[7] = np.inf
    assert losscli.compare("mae", base, cand, np.zeros(120)).verdict == "worse"
    assert losscli.compare("mae", cand, base, np.zeros(120)).verdict == "improved"
    base[8] = np.inf
    assert losscli.compare("mae", base, cand, np.zeros(120)).verdict == "inconclusive"


@pytest.mark.parametrize("options", [{}, {"cluster": CLUSTERS}, {"test": "sign-flip"}, {"test": "bootstrap"}], ids=str)
def test_a_row_that_is_infinite_in_both_hides_none_that_is_in_one(options: dict[str, Any]) -> None:
    base, cand = LOSSES.copy(), LOSSES + 0.01 * LOSSES[::-1]
    base[3] = cand[3] = np.inf
    cand[7] = np.inf
    worse = losscli.compare("mae", base, cand, np.zeros(120), **options)
    assert (worse.difference, worse.verdict) == (np.inf, "worse")
    better = losscli.compare("mae", cand, base, np.zeros(120), **options)
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
