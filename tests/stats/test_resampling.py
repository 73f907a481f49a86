"""The studentised bootstrap, and whether resamples are enough: widths, coverage, false alarms, notes."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import losscli
from losscli.core.errors import DataProblem
from losscli.stats.notes import enough_resamples
from losscli.stats.resampling.bootstrap import studentised

Array = np.ndarray[Any, Any]


def ends(loss: str, values: Array, **options: Any) -> tuple[float, float]:
    ci = losscli.compute(loss, values, np.zeros(len(values)), ci=95, **options).ci
    assert ci is not None
    return ci["low"], ci["high"]


@pytest.mark.parametrize("loss", ["l1", "l2"])
def test_sums_hold_their_number_of_rows(loss: str) -> None:
    """How many rows there are is known: samples of another size made these intervals 5 to 10 times too wide."""
    values = 5.0 + np.random.default_rng(1).exponential(size=300)
    low, high = ends(loss, values)
    assert ends(loss, values, bootstrap=2000) == pytest.approx((low, high), abs=0.15 * (high - low))
    low, high = ends("mse", values, reduction="sum")
    assert ends("mse", values, reduction="sum", bootstrap=2000) == pytest.approx((low, high), abs=0.15 * (high - low))


def test_ends_by_hand() -> None:
    """Of the distances -3 ... 3 in 19 samples, 90 % reach to the last; an infinite one makes an end infinite."""
    distances = np.linspace(-3.0, 3.0, 19)
    low, high, p_value = studentised(1.0, 0.5, distances, 0.9)
    assert (low, high) == (1.0 - 0.5 * 3.0, 1.0 + 0.5 * 3.0)
    assert p_value == pytest.approx(2 * (1 + int((distances >= 2.0).sum())) / 20)
    distances[0] = -np.inf
    assert studentised(1.0, 0.5, distances, 0.9)[1] == np.inf


def test_skewed_values_are_covered() -> None:
    """The percentile interval of 20 exponential rows covers in 91 %."""
    rng = np.random.default_rng(2)
    covered = given = 0
    for _ in range(300):
        ci = losscli.compute("mae", rng.exponential(size=20), np.zeros(20), ci=95, bootstrap=399).ci
        if ci is not None:  # in a few draws one row carries the spread
            given += 1
            covered += ci["low"] <= 1.0 <= ci["high"]
    assert given >= 290
    assert covered / given >= 0.93 - 3 * (0.95 * 0.05 / 300) ** 0.5


def test_skewed_differences_seldom_alarm() -> None:
    rng = np.random.default_rng(3)
    alarms = {"t": 0, "bootstrap": 0}
    for _ in range(120):
        cand = 11.0 - rng.exponential(size=30) ** 1.3 / 1.1667
        for test in alarms:
            resamples = 399 if test == "bootstrap" else None
            found = losscli.compare(
                "mae", np.full(30, 10.0), cand, np.zeros(30), test=test, resamples=resamples, worst=0
            )
            alarms[test] += found.verdict == "worse"
    assert alarms["bootstrap"] / 120 <= 0.025 + 3 * (0.025 * 0.975 / 120) ** 0.5
    assert alarms["bootstrap"] <= alarms["t"]


def test_a_finish_is_studentised_too() -> None:
    rng = np.random.default_rng(4)
    masks = (rng.random((60, 4, 4)) < 0.4).astype(np.uint8)
    sides = [np.clip(0.3 + 0.4 * masks + rng.normal(0, spread, masks.shape), 0, 1) for spread in (0.1, 0.15)]
    plain, drawn = (losscli.compare("dice", *sides, masks, pool="batch", test=test) for test in ("t", "bootstrap"))
    assert plain.low is not None
    assert plain.high is not None
    assert (drawn.low, drawn.high) == pytest.approx((plain.low, plain.high), abs=0.1 * (plain.high - plain.low))


@pytest.mark.parametrize("rows", [2, 9])
def test_few_rows_are_refused(rows: int) -> None:
    values = np.arange(1.0, rows + 1)
    with pytest.raises(DataProblem, match=f"at least 10 rows, and there are {rows}"):
        losscli.compare("mae", values, values + 1 / values, np.zeros(rows), test="bootstrap")
    with pytest.raises(DataProblem, match="Leave out bootstrap"):
        losscli.compute("mae", values, np.zeros(rows), ci=95, bootstrap=200)
    many = np.random.default_rng(5).normal(size=(2, 90))
    with pytest.raises(DataProblem, match="at least 10 clusters"):
        losscli.compare("mae", *many, np.zeros(90), test="bootstrap", cluster=np.arange(90) % rows)


def test_a_family_draws_enough() -> None:
    """Of 1,999 flips the smallest p-value is 0.001: times 51 losses it could not reach 5 %."""
    assert enough_resamples("sign-flip", 1, 0.95) == 1999
    assert enough_resamples("bootstrap", 1, 0.95) == 2000
    assert enough_resamples("t", 51, 0.95) == 0
    count = enough_resamples("sign-flip", 51, 0.95)
    assert 2 / (count + 1) * 51 <= 0.025 < 2 / count * 51


def test_the_command_draws_more_and_says_where_nothing_can_be_found(cli: Any, tmp_path: Any) -> None:
    rng = np.random.default_rng(6)
    base = rng.normal(size=60)
    for name, values in {"base": base, "cand": base + rng.normal(0.5, 0.1, 60), "labels": np.full(60, -20.0)}.items():
        np.save(tmp_path / f"{name}.npy", values)
    files = [str(tmp_path / f"{name}.npy") for name in ("base", "cand", "labels")]
    losses = [part for i in range(51) for part in ("-l", f"huber:delta={30 + i}")]
    report = json.loads(cli("compare", *files, *losses, "--test", "sign-flip", "--worst", "0", "--json").out)
    assert report["comparison"]["resamples"] == enough_resamples("sign-flip", 51, 0.95)
    assert {each["verdict"] for each in report["results"]} == {"worse"}
    few = json.loads(
        cli("compare", *files, *losses, "--test", "sign-flip", "--resamples", "1999", "--worst", "0", "--json").out
    )
    assert {each["verdict"] for each in few["results"]} == {"inconclusive"}
    assert any(
        "Nothing can be called improved or worse" in note and "--resamples 4079" in note for note in few["warnings"]
    )


def test_few_flips_say_so(cli: Any, tmp_path: Any) -> None:
    for name, values in {"base": [1.0, 2, 3, 4, 5], "cand": [2.0, 3, 4, 5, 7], "labels": [0.0] * 5}.items():
        np.save(tmp_path / f"{name}.npy", np.array(values))
    files = [str(tmp_path / f"{name}.npy") for name in ("base", "cand", "labels")]
    ran = cli("compare", *files, "-l", "mae", "--test", "sign-flip")
    assert "all 32 flips of 5 rows" in ran.err


# -- a margin in percent ----------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", ["mae", "rmse", "wape"])
@pytest.mark.parametrize("test", ["t", "sign-flip", "bootstrap"])
@pytest.mark.parametrize("clustered", [False, True])
def test_a_margin_is_a_base_that_is_so_much_worse(loss: str, test: str, clustered: bool) -> None:
    """d - X % of b is the difference from a base whose errors are X % larger, drawn with the same numbers."""
    rng = np.random.default_rng(12)
    label = rng.uniform(1.0, 2.0, 90)
    base = rng.normal(size=90)
    cand = 1.05 * base + 0.1 * rng.normal(size=90)
    options: dict[str, Any] = {"test": test, "worst": 0, "cluster": np.arange(90) // 3 if clustered else None}
    if test != "t":
        options["resamples"] = 300
    margin = losscli.compare(loss, label + base, label + cand, label, margin_rel=0.08, **options)
    larger = losscli.compare(loss, label + 1.08 * base, label + cand, label, **options)
    assert margin.beyond_stderr == pytest.approx(larger.stderr, rel=1e-7)
    assert margin.beyond_high == pytest.approx(larger.high, rel=1e-6)


@pytest.mark.parametrize("comparisons", [80, pytest.param(1000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("skewed", [False, True])
def test_the_bootstrap_of_a_margin_errs_as_seldom_as_it_says(comparisons: int, skewed: bool) -> None:
    """A true rise of the margin, of losses that go together with their differences: not worse in 2.5 %."""
    rng = np.random.default_rng(5)
    n, missed = 120, 0
    for _ in range(comparisons):
        base = rng.exponential(size=n) if skewed else np.abs(1.0 + 0.3 * rng.normal(size=n))
        rise = 0.1 * base + 0.2 * base * rng.normal(size=n)
        comparison = losscli.compare(
            "mae", base, base + rise, np.zeros(n), margin_rel=0.1, test="bootstrap", resamples=199, worst=0
        )
        missed += comparison.verdict == "not worse"
    assert missed / comparisons <= 0.025 + 3.0 * (0.025 * 0.975 / comparisons) ** 0.5
