"""What the statistics promise, held to it by simulation: false alarms, announced power, coverage.

The quick runs are part of every test run; the thousand runs behind the numbers in docs are `pytest -m slow`.
Bounds are those of the promise with three binomial standard errors to spare.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
import pytest

import losscli
from losscli.core.loss import Loss, Paper
from losscli.core.loss import loss as declare

Array = np.ndarray[Any, Any]
Sample = dict[str, Any]  # base, cand, labels, and what compare takes beside

QUICK, FULL = 100, 1000
runs = pytest.mark.parametrize("runs", [QUICK, pytest.param(FULL, marks=pytest.mark.slow)])
LARGE = 1_000_000  # numbers of predictions that stand for all there are


def spare(rate: float, count: int) -> float:
    """Three standard errors of a share of so many runs."""
    return 3.0 * math.sqrt(rate * (1.0 - rate) / count)


@cache
def rmse() -> Loss:
    """The root of the mean square, declared as a loss of a mean would be."""

    @declare(
        "rmse",
        pred=("values",),
        label=("values",),
        formula="sqrt(mean (pred - label)^2)",
        facts={"nonnegative"},
        source=Paper("Gauss 1809"),
    )
    def kernel(pred: Array, label: Array) -> tuple[Array, Array]:
        """Root mean squared error."""
        return (pred - label) ** 2, np.ones(len(pred))

    @kernel.finish()
    def _(sums: Sequence[float]) -> float:
        return math.sqrt(sums[0] / sums[1])

    return kernel


# -- populations: `shift` makes the candidate worse, 0 leaves it as good as the base --------------------------


def binary(rng: np.random.Generator, n: int, shift: float) -> Sample:
    """Two classifiers that share most of their score, each with noise of its own; the candidate's may be off."""
    labels = rng.integers(0, 2, n)
    side = np.where(labels == 1, 1.0, -1.0)
    score = rng.normal(1.2 * side, 1.3)
    noise = rng.normal(0.0, 0.4, (2, n))
    return {"base": score + noise[0], "cand": score - shift * side + noise[1], "labels": labels}


def weighted(rng: np.random.Generator, n: int, shift: float) -> Sample:
    """Three classes, the last one rare and weighing four times as much."""
    labels = rng.choice(3, n, p=[0.4, 0.4, 0.2])
    score = rng.normal(0.0, 1.0, (n, 3))
    score[np.arange(n), labels] += 1.5
    noise = rng.normal(0.0, 0.3, (2, n, 3))
    found = {"base": score + noise[0], "cand": (1.0 - shift) * score + noise[1], "labels": labels}
    return {**found, "class_weights": (1.0, 1.0, 4.0)}


def regression(rng: np.random.Generator, n: int, shift: float) -> Sample:
    """Errors with heavy tails, most of them common to both models."""
    labels = rng.normal(0.0, 3.0, n)
    error = rng.standard_t(8, n)
    noise = rng.normal(0.0, 0.4, (2, n))
    return {"base": labels + error + noise[0], "cand": labels + (1.0 + shift) * error + noise[1], "labels": labels}


def masks(rng: np.random.Generator, n: int, shift: float) -> Sample:
    """Images of 4 x 4 pixels with objects of differing size."""
    labels = (rng.random((n, 4, 4)) < rng.uniform(0.2, 0.8, (n, 1, 1))).astype(np.uint8)
    score = np.where(labels == 1, 1.2, -1.2) + rng.normal(0.0, 1.0, (n, 4, 4)) + rng.normal(0.0, 0.5, (n, 1, 1))
    noise = rng.normal(0.0, 0.3, (2, n, 4, 4))
    found = {"base": score + noise[0], "cand": (1.0 - shift) * score + noise[1]}
    return {**{k: 1.0 / (1.0 + np.exp(-v)) for k, v in found.items()}, "labels": labels}


CASES: dict[str, tuple[Callable[[], Any], Callable[..., Sample], dict[str, Any], float]] = {
    "focal": (lambda: "focal", binary, {}, 0.12),
    "rmse": (rmse, regression, {}, 0.03),
    "mse": (lambda: "mse", regression, {}, 0.03),
    "dice": (lambda: "dice", masks, {}, 0.06),
    "dice pooled": (lambda: "dice", masks, {"pool": "batch"}, 0.06),
    "weighted ce": (lambda: "softmax_cross_entropy", weighted, {}, 0.1),
}
QUICK_CASES = ("dice pooled",)  # a quotient of sums: the farthest from a plain mean
every_case = pytest.mark.parametrize(
    "case", [case if case in QUICK_CASES else pytest.param(case, marks=pytest.mark.slow) for case in CASES]
)


def compared(case: str, sample: Sample, **settings: Any) -> losscli.Comparison:
    made, _, params, _ = CASES[case]
    sample = dict(sample)
    sides = (sample.pop("base"), sample.pop("cand"), sample.pop("labels"))
    return losscli.compare(made(), *sides, worst=0, **sample, **params, **settings)


def drawn(case: str, seed: int, n: int, shift: float) -> Sample:
    return CASES[case][1](np.random.default_rng(seed), n, shift)


@cache
def truth(case: str, shift: float) -> losscli.Comparison:
    """The comparison over so many rows that they stand for the population."""
    rows = LARGE // drawn(case, 0, 4, shift)["base"][0].size
    return compared(case, drawn(case, 987654321, max(rows, LARGE // 4), shift))


def verdicts(case: str, n: int, shift: float, count: int, **settings: Any) -> tuple[Counter[str], list[Any]]:
    found = [compared(case, drawn(case, 1000 * n + seed, n, shift), **settings) for seed in range(count)]
    return Counter(each.verdict for each in found), found


# -- the promises ----------------------------------------------------------------------------------------------------


@runs
@every_case
@pytest.mark.parametrize("n", [200, *(pytest.param(n, marks=pytest.mark.slow) for n in (2000, 20000))])
def test_harmless_changes_seldom_fail(case: str, n: int, runs: int, record_property: Any) -> None:
    """A candidate that is as good as the base is called worse in at most 5 %, with and without a margin."""
    for margin_rel in (0.0, 0.01):
        counts, _ = verdicts(case, n, 0.0, runs, margin_rel=margin_rel)
        record_property(f"worse at margin {margin_rel}", counts["worse"] / runs)
        assert counts["worse"] / runs <= 0.05 + spare(0.05, runs)
        assert counts["improved"] / runs <= 0.05 + spare(0.05, runs)


@runs
@every_case
@pytest.mark.parametrize("n", [200, pytest.param(2000, marks=pytest.mark.slow)])
def test_regressions_of_the_margin_are_caught_as_announced(case: str, n: int, runs: int, record_property: Any) -> None:
    """Of true rises of the margin as many are called worse as the comparisons said on average."""
    shift = CASES[case][3]
    margin = truth(case, shift).difference
    counts, found = verdicts(case, n, shift, runs, margin=margin)
    announced = float(np.mean([each.power for each in found]))
    caught = counts["worse"] / runs
    record_property("announced and caught", (announced, caught))
    assert abs(caught - announced) <= 0.04 + spare(max(0.05, min(0.95, announced)), runs)
    assert counts["not worse"] / runs <= 0.025 + 0.02 + spare(0.025, runs)


@runs
@every_case
def test_the_rows_said_to_be_needed_are_enough(case: str, runs: int, record_property: Any) -> None:
    """With so many rows, four of five true rises of the margin are called worse."""
    shift = CASES[case][3]
    margin = truth(case, shift).difference
    rows = truth(case, shift).stderr
    assert rows is not None
    needed = compared(case, drawn(case, 5, 20000, shift), margin=margin).needed
    assert needed is not None
    counts, _ = verdicts(case, needed, shift, runs, margin=margin)
    record_property("needed and caught", (needed, counts["worse"] / runs))
    assert abs(counts["worse"] / runs - 0.8) <= 0.03 + spare(0.8, runs)


@runs
@every_case
@pytest.mark.parametrize("n", [200, pytest.param(1000, marks=pytest.mark.slow)])
def test_intervals_cover(case: str, n: int, runs: int, record_property: Any) -> None:
    """Of 95 % intervals, those of differences and those of values, 93 to 97 % hold the truth."""
    made, _, params, shift = CASES[case]
    whole = truth(case, shift)
    differences = values = 0
    for seed in range(runs):
        sample = drawn(case, 77 * n + seed, n, shift)
        found = compared(case, sample)
        assert found.low is not None
        assert found.high is not None
        differences += found.low <= whole.difference <= found.high
        extra = {name: value for name, value in sample.items() if name not in ("base", "cand", "labels")}
        ci = losscli.compute(made(), sample["base"], sample["labels"], ci=0.95, **extra, **params).ci
        assert ci is not None
        values += ci["low"] <= whole.base <= ci["high"]
    record_property("coverage of differences and values", (differences / runs, values / runs))
    for count in (differences, values):
        assert 0.93 - spare(0.95, runs) <= count / runs <= 0.97 + spare(0.95, runs)


@runs
@pytest.mark.parametrize("test", ["sign-flip", "bootstrap"])
def test_resampling_keeps_its_level(test: str, runs: int, record_property: Any) -> None:
    """The other tests call as few harmless changes worse."""
    counts, _ = verdicts("focal", 200, 0.0, runs, test=test, resamples=499)
    record_property("worse", counts["worse"] / runs)
    assert counts["worse"] / runs <= 0.05 + spare(0.05, runs)


@runs
def test_clusters_keep_the_level_that_rows_alone_do_not(runs: int, record_property: Any) -> None:
    """Ten rows a user that share their noise: without --cluster false alarms abound."""
    alarms = {"rows": 0, "clusters": 0}
    for seed in range(runs):
        rng = np.random.default_rng(seed)
        user = np.repeat(np.arange(60), 10)
        labels = rng.normal(size=600)
        error = rng.normal(size=60)[user] + 0.5 * rng.normal(size=600)
        own = rng.normal(0.0, 0.5, (2, 60))[:, user]
        sides = (labels + error + own[0], labels + error + own[1], labels)
        alarms["rows"] += losscli.compare("mse", *sides, worst=0).verdict == "worse"
        alarms["clusters"] += losscli.compare("mse", *sides, worst=0, cluster=user).verdict == "worse"
    record_property("alarms", {name: count / runs for name, count in alarms.items()})
    assert alarms["clusters"] / runs <= 0.05 + spare(0.05, runs)
    assert alarms["rows"] > 3 * max(1, alarms["clusters"])
