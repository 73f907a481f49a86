"""`compare`: the numbers, the verdict and its tests, against SciPy and by hand."""

from __future__ import annotations

import itertools
import json
import math
from typing import Any

import numpy as np
import pytest
from compare_sides import VALIDATOR, Array
from conftest import ROOT

import losscli
from losscli import compare
from losscli.core.errors import DataProblem
from losscli.stats.comparison.verdict import Margin, verdict

VALUES: dict[str, Any] = json.loads((ROOT / "tests" / "scipy_values.json").read_text(encoding="utf-8"))


@pytest.fixture
def data() -> tuple[Array, Array, Array]:
    """Base, candidate, labels: 240 rows."""
    rng = np.random.default_rng(11)
    labels = rng.normal(size=240)
    error = rng.normal(size=240)
    return labels + error, labels + 1.05 * error + 0.2 * rng.normal(size=240), labels


def rows(sides: tuple[Array, Array, Array]) -> tuple[Array, Array]:
    base, cand, labels = sides
    return (base - labels) ** 2, (cand - labels) ** 2


# -- the numbers ------------------------------------------------------------------------------------------


def test_the_paired_t_is_scipys() -> None:
    """mae of predictions above labels of 0 is the mean of the predictions: exactly scipy.stats.ttest_rel."""
    base, cand = VALUES["base"], VALUES["cand"]
    found = compare("mae", base, cand, [0.0] * len(base), confidence=0.9)
    statistic, p_value, low, high = VALUES["paired t"]
    assert found.stderr is not None
    assert found.difference / found.stderr == pytest.approx(statistic, rel=1e-12)
    assert found.p_value == pytest.approx(p_value, rel=1e-10)
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-10)
    flipped = compare("mae", base, cand, [0.0] * len(base), test="sign-flip")
    assert flipped.p_value == pytest.approx(VALUES["sign flips"], rel=1e-12)


def test_by_hand() -> None:
    """Losses 1, 4, 9 and 4, 4, 16: differences 3, 0, 7 with mean 10/3 and deviation sqrt(37/3)."""
    found = compare("mse", [1.0, 2.0, 3.0], [2.0, 2.0, 4.0], [0.0, 0.0, 0.0], margin=0.1, margin_rel=0.5)
    assert found.base == 14 / 3
    assert found.cand == 8.0
    assert found.difference == pytest.approx(10 / 3, rel=1e-15)
    assert found.relative == pytest.approx(5 / 7, rel=1e-15)
    assert found.stderr == pytest.approx(math.sqrt(37) / 3, rel=1e-12)
    assert found.margin == pytest.approx(7 / 3)
    assert [(each.row, each.base, each.cand) for each in found.worst] == [(2, 9.0, 16.0), (0, 1.0, 4.0)]
    assert [each.effect for each in found.worst] == pytest.approx([7 / 3, 1.0])
    assert found.without_worst == 0.0


@pytest.mark.parametrize("arguments", [{}, {"weights": True}, {"reduction": "sum"}, {"denominator": "count"}])
def test_sides_are_what_compute_says(data: Any, arguments: dict[str, Any]) -> None:
    base, cand, labels = data
    if arguments.get("weights"):
        arguments = {"weights": np.random.default_rng(1).uniform(0, 3, 240)}
    found = compare("mse", *data, **arguments)
    sides = [losscli.compute("mse", side, labels, **arguments) for side in (base, cand)]
    assert [found.base, found.cand] == [side.value for side in sides]
    assert found.difference == pytest.approx(sides[1].value - sides[0].value, rel=1e-9)  # type: ignore[operator]


@pytest.mark.parametrize("pool", ["image", "batch"])
@pytest.mark.parametrize("like", [None, "monai"])
def test_pooled_losses(pool: str, like: str | None) -> None:
    """The delta method through both sides' ratios: the influence of an image on 1 - overlap / size."""
    rng = np.random.default_rng(2)
    masks = (rng.random((60, 5, 5)) < 0.4).astype(np.uint8)
    base, cand = (np.clip(0.3 + 0.4 * masks + rng.normal(0, s, masks.shape), 0, 1) for s in (0.1, 0.15))
    if like and pool == "batch":
        pytest.skip("monai has no such call")
    arguments = {"like": like} if like else {"pool": pool}
    found = compare("dice", base, cand, masks, **arguments)
    assert found.base == losscli.compute("dice", base, masks, **arguments).value
    if like:
        return

    def influence(p: Array) -> Array:
        apart = (p + masks - 2 * p * masks).reshape(60, -1).sum(1)
        size = (p + masks).reshape(60, -1).sum(1)
        if pool == "image":
            return apart / size - (apart / size).mean()
        share = apart.sum() / size.sum()
        return (apart - share * size) / size.mean()

    apart = influence(cand) - influence(base)
    assert found.stderr == pytest.approx(math.sqrt((apart**2).sum() / 59 / 60), rel=1e-7)


def test_nearly_equal_models_keep_their_digits(data: Any) -> None:
    """The spread comes from the differences themselves: the covariance of the sides would cancel to nothing."""
    base, _, labels = data
    rng = np.random.default_rng(3)
    cand = base + 1e-9 * rng.normal(size=240)
    apart = (cand - labels) ** 2 - (base - labels) ** 2
    found = compare("mse", base, cand, labels)
    assert found.stderr == pytest.approx(float(np.std(apart, ddof=1)) / math.sqrt(240), rel=1e-6)
    assert found.difference == pytest.approx(float(apart.mean()), rel=1e-6)


def test_bits_do_not_depend_on_threads() -> None:
    rng = np.random.default_rng(4)
    base, cand = rng.normal(size=(2, 1 << 21))
    labels = np.zeros(1 << 21)
    once, more = (compare("mse", base, cand, labels, threads=threads) for threads in (1, 2))
    assert once == more
    small = slice(0, 5000)
    for test in ("sign-flip", "bootstrap"):
        found = [
            compare("mse", base[small], cand[small], labels[small], test=test, resamples=200, threads=threads)
            for threads in (1, 2)
        ]
        assert found[0] == found[1]


def test_a_loss_that_is_prepared_is_prepared_for_each_model() -> None:
    rng = np.random.default_rng(5)
    labels = rng.integers(0, 3, 50)
    base, cand = rng.normal(size=(2, 50, 4))
    found = compare("center", base, cand, labels)
    assert found.base == losscli.compute("center", base, labels).value
    assert found.cand == losscli.compute("center", cand, labels).value


# -- the verdict ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("low", "high", "limit", "wanted"),
    [
        (-3.0, -1.0, 0.0, "improved"),
        (-3.0, -1.0, 2.0, "improved"),
        (-1.0, 1.0, 0.0, "inconclusive"),
        (-1.0, 1.0, 2.0, "not worse"),
        (-1.0, 1.0, 1.0, "not worse"),
        (0.5, 1.0, 2.0, "not worse"),
        (0.5, 3.0, 2.0, "worse"),
        (0.5, 3.0, 0.0, "worse"),
        (-0.5, 3.0, 2.0, "inconclusive"),
        (0.0, 0.0, 0.0, "not worse"),
    ],
)
def test_verdicts(low: float, high: float, limit: float, wanted: str) -> None:
    assert verdict((low + high) / 2, low, high, limit) == wanted
    if wanted == "worse":
        assert (low + high) / 2 > limit / 2
        assert verdict((low + high) / 2, low, high, limit, significant=False) == "inconclusive"


def test_verdicts_without_an_interval() -> None:
    assert verdict(math.inf, None, None, 1e9) == "worse"
    assert verdict(-math.inf, None, None, 0.0) == "improved"
    assert verdict(math.nan, None, None, 0.0) == "inconclusive"
    assert verdict(1.0, None, None, 0.0) == "inconclusive"


def test_both_margins_must_be_exceeded() -> None:
    assert Margin(0.1, 0.01).limit(5.0) == 0.1
    assert Margin(0.1, 0.01).limit(50.0) == 0.5
    assert Margin(0.1, 0.01).limit(-50.0) == 0.5
    assert Margin(0.1, 0.01).limit(math.inf) == 0.1
    rng = np.random.default_rng(6)
    labels, error = np.zeros(4000), rng.normal(size=4000)
    sides = (error, 1.02 * error, labels)  # 4 % worse, and no doubt of it
    assert compare("mse", *sides).verdict == "worse"
    assert compare("mse", *sides, margin=0.01, margin_rel=0.01).verdict == "worse"
    assert compare("mse", *sides, margin=0.2, margin_rel=0.01).verdict == "not worse"
    assert compare("mse", *sides, margin=0.01, margin_rel=0.2).verdict == "not worse"
    assert compare("mse", sides[1], sides[0], labels).verdict == "improved"


@pytest.mark.parametrize(
    ("base", "cand", "difference", "wanted"),
    [
        ([1.0, math.inf, 2.0], [1.0, 2.0, 2.5], -math.inf, "improved"),
        ([1.0, 2.0, 2.0], [1.0, math.inf, 2.5], math.inf, "worse"),
        ([1.0, math.inf, 2.0], [math.inf, 1.5, 2.5], math.nan, "inconclusive"),
    ],
)
def test_infinite_losses(base: list[float], cand: list[float], difference: float, wanted: str) -> None:
    found = compare("mse", base, cand, [0.0] * 3)
    np.testing.assert_equal(found.difference, difference)
    assert found.verdict == wanted
    assert found.stderr is found.low is found.p_value is found.detectable is None
    VALIDATOR.evolve(schema={"$ref": "#/$defs/contrast", "$defs": VALIDATOR.schema["$defs"]}).validate(found.to_dict())


# -- other tests ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [2, 5, 9])
def test_sign_flips_of_few_rows_are_all_tried(n: int) -> None:
    rng = np.random.default_rng(n)
    base, cand = rng.normal(size=(2, n)) ** 2
    found = compare("mae", base, cand, np.zeros(n), test="sign-flip", confidence=0.5)
    apart = cand - base
    sums = [float(np.dot(signs, apart)) for signs in itertools.product((1, -1), repeat=n)]
    extreme = sum(abs(each) >= abs(apart.sum()) * (1 - 1e-9) for each in sums)
    assert found.p_value == pytest.approx(min(1.0, extreme / 2**n))
    # the interval holds the differences that flips do not reject
    assert found.low is not None
    assert found.high is not None
    for shift, inside in ((found.low + 1e-9, True), (found.high - 1e-9, True), (found.low - 1e-9, False)):
        if math.isinf(shift):
            continue
        moved = apart - shift
        flips = [float(np.dot(signs, moved)) for signs in itertools.product((1, -1), repeat=n)]
        share = sum(each >= moved.sum() - 1e-12 for each in flips) / 2**n
        other = sum(each <= moved.sum() + 1e-12 for each in flips) / 2**n
        assert (min(share, other) > 0.25) == inside


@pytest.mark.parametrize("test", ["sign-flip", "bootstrap"])
@pytest.mark.parametrize("weighted", [False, True])
def test_resampling_agrees_with_t(data: Any, test: str, weighted: bool) -> None:
    weights = np.random.default_rng(7).uniform(0.5, 2, 240) if weighted else None
    plain = compare("mse", *data, weights=weights)
    found = compare("mse", *data, weights=weights, test=test)
    assert (found.difference, found.stderr) == (plain.difference, plain.stderr)
    assert plain.stderr is not None
    assert (found.low, found.high) == pytest.approx((plain.low, plain.high), abs=0.35 * plain.stderr)
    assert found == compare("mse", *data, weights=weights, test=test)
    assert found.low != compare("mse", *data, weights=weights, test=test, seed=1).low


def test_random_numbers_belong_to_rows() -> None:
    """Rows left out take nobody's numbers away: the others keep theirs."""
    from losscli.stats.resampling.replicates import poisson_sums

    columns = np.random.default_rng(8).normal(size=(300, 2))
    first = np.arange(300) + 1000
    whole = poisson_sums(columns, first, 150, 3)
    kept = np.random.default_rng(9).random(300) < 0.5
    parts = poisson_sums(columns[kept], first[kept], 150, 3) + poisson_sums(columns[~kept], first[~kept], 150, 3)
    np.testing.assert_allclose(parts, whole, rtol=1e-12, atol=1e-10)
    ones = poisson_sums(np.ones((4000, 1)), np.arange(4000), 400, 0)[:, 0]
    assert ones.mean() == pytest.approx(4000, rel=0.005)
    assert ones.var() == pytest.approx(4000, rel=0.25)


def test_clusters(data: Any) -> None:
    base, cand = rows(data)
    users = np.arange(240) // 8
    found = compare("mse", *data, cluster=users)
    sums = np.bincount(users, weights=cand - base - (cand - base).mean())
    assert found.stderr == pytest.approx(math.sqrt(30 / 29 * (sums**2).sum()) / 240, rel=1e-10)
    assert found.clusters == 30
    names = np.array([f"user {each}" for each in users])
    assert compare("mse", *data, cluster=names).stderr == pytest.approx(found.stderr, rel=1e-12)
    alone = compare("mse", *data, cluster=np.arange(240))
    assert alone.stderr == pytest.approx(compare("mse", *data).stderr, rel=1e-9)
    assert alone.low == pytest.approx(compare("mse", *data).low, rel=1e-9)
    flipped = compare("mse", *data, cluster=users, test="sign-flip")
    assert flipped.stderr == found.stderr
    with pytest.raises(DataProblem, match="All rows are of one cluster"):
        compare("mse", *data, cluster=np.zeros(240, dtype=int))


# -- a relative margin ------------------------------------------------------------------------------------


@pytest.mark.parametrize("cluster", [False, True])
def test_a_relative_margin_has_an_error_of_its_own(data: Any, cluster: bool) -> None:
    """What is beyond it is d - m b, row by row: its own mean and spread, not those of d alone."""
    before, after = rows(data)
    user = np.repeat(np.arange(60), 4)
    margin = 0.1
    beyond = after - (1 + margin) * before
    count = 60 if cluster else 240
    parts = beyond - beyond.mean()
    parts = np.bincount(user, weights=parts) if cluster else parts
    stderr = math.sqrt(count / (count - 1) * float(np.sum(parts**2))) / 240
    compared = compare("mse", *data, margin_rel=margin, cluster=user if cluster else None)
    assert compared.beyond_stderr == pytest.approx(stderr, rel=1e-9)
    reach = (compared.high - compared.low) / 2 / compared.stderr  # type: ignore[operator]
    assert compared.beyond_high == pytest.approx(beyond.mean() + reach * stderr, rel=1e-9)
    document = compared.to_dict()["margin"]["beyond"]
    assert document["difference"] == pytest.approx(beyond.mean(), rel=1e-9)
    assert compare("mse", *data, margin=0.1).to_dict()["margin"]["beyond"] is None


def test_a_margin_that_the_rows_know_no_better_than_the_difference_is_not_taken_as_known() -> None:
    """A difference of nearly the same on every row: its own interval is nothing, the margin's is what errs."""
    rng = np.random.default_rng(8)
    worse = certain = 0
    for _ in range(200):
        error = rng.normal(size=200) ** 2
        candidate = error + 0.02 + 0.001 * rng.normal(size=200)  # 2 % of the mean, which is 1
        compared = compare("mae", error, candidate, np.zeros(200), margin_rel=0.02, worst=0)
        assert compared.power == pytest.approx(0.975, abs=0.01)
        worse += compared.verdict == "worse"
        certain += compared.verdict == "not worse"
    assert certain / 200 <= 0.025 + 3 * math.sqrt(0.025 * 0.975 / 200)
    assert worse / 200 >= 0.9


@pytest.mark.parametrize("test", ["sign-flip", "bootstrap"])
def test_resampling_asks_of_the_excess_too(data: Any, test: str) -> None:
    by_t = compare("mse", *data, margin_rel=0.1)
    resampled = compare("mse", *data, margin_rel=0.1, test=test)
    assert resampled.beyond_high == pytest.approx(by_t.beyond_high, abs=by_t.beyond_stderr)  # type: ignore[operator]
    assert resampled.beyond_high != by_t.beyond_high


def test_a_rise_of_the_relative_margin_itself_is_beyond_it() -> None:
    rng = np.random.default_rng(9)
    error = rng.uniform(1, 2, 500)
    assert compare("mae", error, 1.01 * error, np.zeros(500), margin_rel=0.01).verdict == "worse"
    assert compare("mae", error, 1.0099 * error, np.zeros(500), margin_rel=0.01).verdict == "not worse"
    assert compare("mae", error, error + 0.001, np.zeros(500), margin=0.1, margin_rel=0.01).beyond_high is None
