"""Proper scoring rules: what their laws over all losses do not ask, because they need a spread beside each forecast."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import losscli
from losscli.core import registry
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


# -- intervals, quantiles, ensembles -----------------------------------------------------------------------

LEVELS = (0.025, 0.25, 0.5, 0.75, 0.975)
OF_QUANTILES = ("mean_quantile_loss", "wql", "crps_quantile", "weighted_interval_score")


def quantiles(rows: int = 300) -> tuple[Any, Any]:
    mean, label, sigma = forecasts(rows)
    return mean[:, None] + sigma[:, None] * np.array([-1.96, -0.674, 0.0, 0.674, 1.96]), label


def test_columns_are_pinball_losses_of_their_quantiles() -> None:
    pred, label = quantiles()
    each = [losscli.compute("pinball", pred[:, i], label, quantile=q).value for i, q in enumerate(LEVELS)]
    mean = losscli.compute("mean_quantile_loss", pred, label, quantile=LEVELS).value
    assert mean == pytest.approx(np.mean(each), rel=1e-13)
    assert losscli.compute("crps_quantile", pred, label, quantile=LEVELS).value == pytest.approx(2 * mean, rel=1e-13)
    relative = losscli.compute("wql", pred, label, quantile=LEVELS).value
    assert relative == pytest.approx(2 * mean / np.abs(label).mean(), rel=1e-13)


def test_the_weighted_interval_score_is_made_of_interval_scores() -> None:
    """Bracher et al. 2021, eq. 1, with the usual weights, for any order of the columns."""
    pred, label = quantiles()
    score = {
        a: losscli.compute("interval_score", pred[:, [i, 4 - i]], label, alpha=a).value
        for i, a in ((0, 0.05), (1, 0.5))
    }
    median = losscli.compute("mae", pred[:, 2], label).value
    want = (0.5 * median + sum(a / 2 * value for a, value in score.items())) / 2.5
    assert losscli.compute("weighted_interval_score", pred, label, quantile=LEVELS).value == pytest.approx(
        want, rel=1e-12
    )
    order = [3, 0, 4, 2, 1]
    turned = losscli.compute("weighted_interval_score", pred[:, order], label, quantile=[LEVELS[i] for i in order])
    assert turned.value == pytest.approx(want, rel=1e-12)


@pytest.mark.parametrize("name", OF_QUANTILES)
def test_quantiles_are_said_one_a_column(name: str) -> None:
    pred, label = quantiles(5)
    with pytest.raises(UsageProblem, match=f"{name} takes the quantile of each of the 5 columns") as missing:
        losscli.compute(name, pred, label)
    assert missing.value.options == ("quantile",)
    with pytest.raises(UsageProblem, match="quantile has 2 values for 5 columns"):
        losscli.compute(name, pred, label, quantile=[0.1, 0.9])
    with pytest.raises(UsageProblem, match="quantile has 1 value for 5 columns"):
        losscli.compute(name, pred, label, quantile=0.5)
    with pytest.raises(UsageProblem, match=r"quantile must be a number in \[0, 1\], or one a column"):
        losscli.compute(name, pred, label, quantile=[10, 25, 50, 75, 90])


@pytest.mark.parametrize("quantile", [(0.1, 0.2, 0.5, 0.8, 0.95), (0.05, 0.25, 0.4, 0.75, 0.95)])
def test_a_weighted_interval_score_needs_a_median_and_pairs(quantile: tuple[float, ...]) -> None:
    pred, label = quantiles(5)
    with pytest.raises(UsageProblem, match=r"takes the quantile 0\.5 and pairs of quantiles that add up to 1"):
        losscli.compute("weighted_interval_score", pred, label, quantile=quantile)


@pytest.mark.parametrize("name", OF_QUANTILES)
def test_weights_threads_and_missing_values_of_quantiles(name: str) -> None:
    pred, label = quantiles(50)
    weight = np.tile([0.0, 1.0, 2.0, 1.0, 1.0], 10)
    often = np.repeat(np.arange(50), weight.astype(int))
    weighted = losscli.compute(name, pred, label, quantile=LEVELS, weights=weight).value
    assert weighted == pytest.approx(losscli.compute(name, pred[often], label[often], quantile=LEVELS).value, rel=1e-14)
    holed = pred.copy()
    holed[7, 3] = np.nan
    with pytest.raises(DataProblem, match="NaN in row 7"):
        losscli.compute(name, holed, label, quantile=LEVELS)
    without = np.arange(50) != 7
    omitted = losscli.compute(name, holed, label, quantile=LEVELS, nan="omit").value
    assert omitted == losscli.compute(name, pred[without], label[without], quantile=LEVELS).value
    many, of_many = np.tile(pred, (3000, 1)), np.tile(label, 3000)
    assert len({losscli.compute(name, many, of_many, quantile=LEVELS, threads=t).value for t in (1, 3)}) == 1


@pytest.mark.parametrize("name", ["interval_score", "coverage"])
def test_bounds_the_wrong_way_round_are_refused(name: str) -> None:
    pred, label = quantiles(5)
    with pytest.raises(DataProblem, match="is a lower bound above the upper one of its row"):
        losscli.compute(name, pred[:, [4, 0]], label)
    with pytest.raises(DataProblem, match="takes two columns of predictions"):
        losscli.compute(name, pred, label)


def test_an_infinite_bound_covers_and_costs_all() -> None:
    pred, label = np.array([[-np.inf, np.inf], [0.0, np.inf]]), np.array([3.0, -1.0])
    assert losscli.compute("coverage", pred, label, reduction="none").rows.tolist() == [1.0, 0.0]
    assert losscli.compute("interval_score", pred, label, reduction="none").rows.tolist() == [np.inf, np.inf]


def test_labels_without_wql_are_refused() -> None:
    with pytest.raises(DataProblem, match="The labels are all 0"):
        losscli.compute("wql", [[1.0, 2.0]], [0.0], quantile=[0.1, 0.9])


@pytest.mark.parametrize("estimator", ["plain", "fair"])
def test_members_may_come_in_any_order(estimator: str) -> None:
    rng = np.random.default_rng(3)
    pred, label = rng.normal(size=(40, 7)) + 1e6, rng.normal(size=40) + 1e6
    one = losscli.compute("crps_ensemble", pred, label, estimator=estimator).value
    assert one == losscli.compute("crps_ensemble", pred[:, ::-1], label, estimator=estimator).value
    pairs = np.abs(pred[:, :, None] - pred[:, None]).sum(axis=(1, 2)) / (2 * 7 * (6 if estimator == "fair" else 7))
    assert one == pytest.approx((np.abs(pred - label[:, None]).mean(axis=1) - pairs).mean(), rel=1e-8)


def test_the_fair_estimator_does_not_depend_on_the_size_of_the_ensemble() -> None:
    rng = np.random.default_rng(4)
    label = rng.normal(size=20_000)
    value = {(m, e): losscli.compute("crps_ensemble", rng.normal(size=(20_000, m)), label, estimator=e).value
             for m in (2, 20) for e in ("plain", "fair")}  # fmt: skip
    assert abs(value[2, "fair"] - value[20, "fair"]) < 0.02 < value[2, "plain"] - value[20, "plain"]


def test_an_infinite_member_costs_all_and_one_member_is_never_fair() -> None:
    assert losscli.compute("crps_ensemble", [[0.0, np.inf, 1.0]], [0.5]).value == np.inf
    with pytest.raises(UsageProblem, match="compares members with each other"):
        registry.find("crps_ensemble")(np.array([[0.0], [1.0]]), np.array([0.5, 1.0]), estimator="fair")


# -- scaled errors -----------------------------------------------------------------------------------------


def test_scaled_errors_are_errors_of_scaled_values() -> None:
    mean, label, scale = forecasts()
    plain = losscli.compute("mae", mean / scale, label / scale)
    scaled = losscli.compute("mase", mean, label, scale=scale)
    assert scaled.value == pytest.approx(plain.value, rel=1e-13)
    assert scaled.stderr == pytest.approx(plain.stderr, rel=1e-12)
    root = losscli.compute("rmsse", mean, label, scale=scale)
    assert root.value == pytest.approx(losscli.compute("rmse", mean / scale, label / scale).value, rel=1e-13)


@pytest.mark.parametrize("name", ["mase", "rmsse"])
@pytest.mark.parametrize("bad", [0.0, -2.0])
def test_a_scale_is_needed_and_above_zero(name: str, bad: float) -> None:
    mean, label, scale = forecasts(5)
    with pytest.raises(UsageProblem, match=f"{name} needs") as missing:
        losscli.compute(name, mean, label)
    assert missing.value.options == ("scale",)
    scale[2] = bad
    with pytest.raises(DataProblem, match=f"scale {bad:g} is not above 0"):
        losscli.compute(name, mean, label, scale=scale)
