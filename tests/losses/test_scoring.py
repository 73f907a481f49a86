"""Proper scoring rules: what their laws over all losses do not ask, because they need a spread beside each forecast."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import losscli
from losscli.core.errors import DataProblem, UsageProblem

NORMAL = ("crps_normal", "log_score_normal")


def forecasts(rows: int = 400, seed: int = 0) -> tuple[Any, Any, Any]:
    rng = np.random.default_rng(seed)
    mean, sigma = rng.normal(size=rows), np.exp(rng.normal(size=rows) / 2)
    return mean, mean + sigma * rng.normal(size=rows), sigma


@pytest.mark.parametrize("name", NORMAL)
def test_the_variance_is_the_square_of_the_deviation(name: str) -> None:
    mean, label, sigma = forecasts()
    one = losscli.compute(name, mean, label, sigma=sigma)
    other = losscli.compute(name, mean, label, variance=sigma**2)
    assert one.value == pytest.approx(other.value, rel=1e-13)
    assert one.stderr == pytest.approx(other.stderr, rel=1e-12)


@pytest.mark.parametrize("name", NORMAL)
def test_neither_or_both_are_refused(name: str) -> None:
    mean, label, sigma = forecasts(5)
    with pytest.raises(UsageProblem, match="takes the standard deviation or the variance") as neither:
        losscli.compute(name, mean, label)
    with pytest.raises(UsageProblem, match="not both") as both:
        losscli.compute(name, mean, label, sigma=sigma, variance=sigma)
    assert neither.value.options == both.value.options == ("sigma", "variance")


@pytest.mark.parametrize("name", NORMAL)
def test_a_deviation_below_zero_names_its_row(name: str) -> None:
    mean, label, sigma = forecasts(5)
    sigma[3] = -1.0
    with pytest.raises(DataProblem, match=r"sigma -1 is below 0"):
        losscli.compute(name, mean, label, sigma=sigma)


@pytest.mark.parametrize("name", NORMAL)
def test_a_row_of_weight_two_counts_twice_and_one_of_weight_zero_not(name: str) -> None:
    mean, label, sigma = forecasts(50)
    weight = np.tile([0.0, 1.0, 2.0, 1.0, 1.0], 10)
    often = np.repeat(np.arange(50), weight.astype(int))
    weighted = losscli.compute(name, mean, label, sigma=sigma, weights=weight)
    repeated = losscli.compute(name, mean[often], label[often], sigma=sigma[often])
    assert weighted.value == pytest.approx(repeated.value, rel=1e-14)


@pytest.mark.parametrize("name", NORMAL)
def test_the_true_forecast_scores_best(name: str) -> None:
    """A proper score: other means and other spreads cost more."""
    mean, label, sigma = forecasts(20_000)
    true = losscli.compute(name, mean, label, sigma=sigma).value
    for factor, shift in ((0.7, 0.0), (1.4, 0.0), (1.0, 0.3)):
        assert losscli.compute(name, mean + shift, label, sigma=sigma * factor).value > true


@pytest.mark.parametrize("name", NORMAL)
def test_any_number_of_threads_gives_the_same_bits(name: str) -> None:
    mean, label, sigma = forecasts(600_000)
    values = {losscli.compute(name, mean, label, sigma=sigma, threads=threads).value for threads in (1, 3)}
    assert len(values) == 1


def test_crps_is_the_integral_of_squared_differences() -> None:
    """Against its definition, the integral of (F(x) - 1{x >= y})^2, on a grid."""
    mean, label, sigma = forecasts(6)
    x = np.linspace(-40, 40, 400_001)
    found = losscli.compute("crps_normal", mean, label, sigma=sigma, reduction="none").rows
    for i in range(6):
        below = np.array([0.5 * math.erfc(-(v - mean[i]) / sigma[i] / math.sqrt(2)) for v in x])
        assert found[i] == pytest.approx(np.trapezoid((below - (x >= label[i])) ** 2, x), abs=2e-4)
