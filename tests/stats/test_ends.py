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


def test_losses_of_nought_announce_no_power() -> None:
    found = losscli.compare("hinge", [2.0, 3.0], [4.0, 5.0], [1, 1], margin=0.1)
    assert (found.difference, found.power, found.needed) == (0.0, None, None)
