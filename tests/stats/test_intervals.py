"""`compute --ci`: the interval of one value, from its State, by cluster, and by the bootstrap."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

import losscli
from losscli.core.errors import DataProblem, UsageProblem
from losscli.core.sums.reduction import Reduction
from losscli.core.sums.state import State
from losscli.stats.intervals import interval, level_of
from losscli.stats.quantiles import t_quantile

FOCAL = ("cancer/logits.npy", "cancer/labels.npy")
Array = np.ndarray[Any, Any]


@pytest.fixture
def errors() -> tuple[Array, Array]:
    """Predictions and labels of 150 rows."""
    rng = np.random.default_rng(3)
    labels = rng.normal(size=150)
    return labels + rng.normal(size=150), labels


@pytest.mark.parametrize("level", [0.5, 0.8, 0.95, 0.999])
def test_of_a_mean_it_is_students(level: float) -> None:
    term = np.random.default_rng(1).normal(5.0, 2.0, 40)
    found = interval(State.of([term]), Reduction(), None, level)
    assert found is not None
    arm = t_quantile(0.5 + level / 2, 39) * float(np.std(term, ddof=1)) / math.sqrt(40)
    assert (found["low"], found["high"]) == pytest.approx((term.mean() - arm, term.mean() + arm), rel=1e-9)
    assert (found["level"], found["method"]) == (level, "analytic")


def test_losses_that_are_never_negative_have_a_longer_arm_above(errors: tuple[Array, Array]) -> None:
    """Hall's transformation by hand: g(T) = T + (c / 3)(T^2 + 1/2) + (c / 3)^2 T^3 / 3 at the ends is the quantile."""
    found = losscli.compute("mse", *errors, ci=0.95)
    assert found.ci is not None
    assert found.stderr is not None
    assert found.value is not None
    arm = t_quantile(0.975, 149)
    c = 2 * found.stderr / found.value  # the skewness of a gamma distribution, over the root of n
    for end, wanted in ((found.ci["low"], arm), (found.ci["high"], -arm)):
        t = (found.value - end) / found.stderr
        assert t + c / 3 * (t * t + 0.5) + (c / 3) ** 2 * t**3 / 3 == pytest.approx(wanted, rel=1e-9)
    assert found.ci["high"] - found.value > found.value - found.ci["low"]
    assert found.ci["low"] >= 0
    sum_ = losscli.compute("mse", *errors, ci=0.95, reduction="sum").ci
    assert sum_ is not None
    assert (sum_["low"], sum_["high"]) == pytest.approx((150 * found.ci["low"], 150 * found.ci["high"]), rel=1e-9)


def test_a_large_mean_with_a_small_spread_is_symmetric() -> None:
    labels = np.zeros(100)
    found = losscli.compute("mae", 1e6 + np.arange(100.0) / 100, labels, ci=0.9)
    assert found.ci is not None
    assert found.value is not None
    assert found.ci["high"] - found.value == pytest.approx(found.value - found.ci["low"], rel=1e-4)


@pytest.mark.parametrize("loss", [0.0, 1.0])
def test_equal_losses_tell_nothing_of_others(loss: float) -> None:
    """An interval of no width would say that no other row could cost anything else."""
    found = losscli.compute("mae", [1.0, 2.0, 3.0], [1.0 - loss, 2.0 - loss, 3.0 - loss], ci=95)
    assert (found.value, found.stderr, found.ci) == (loss, 0.0, None)


def test_where_rows_cannot_tell() -> None:
    assert losscli.compute("mse", [1.0], [2.0], ci=0.95).ci is None
    assert losscli.compute("mse", [1.0, math.inf], [2.0, 1.0], ci=0.95).ci is None
    assert losscli.compute("dice", [0.5, 0.5], [0, 1], ci=0.95).ci is None
    assert losscli.compute("mse", [1.0, 5.0], [2.0, 1.0]).ci is None


def test_the_bootstrap(errors: tuple[Array, Array]) -> None:
    plain = losscli.compute("mse", *errors, ci=0.9)
    found = losscli.compute("mse", *errors, ci=0.9, bootstrap=2000)
    assert found.ci is not None
    assert plain.ci is not None
    assert plain.stderr is not None
    assert found.ci["method"] == "bootstrap"
    assert (found.ci["low"], found.ci["high"]) == pytest.approx(
        (plain.ci["low"], plain.ci["high"]), abs=0.4 * plain.stderr
    )
    assert (found.value, found.stderr) == (plain.value, pytest.approx(plain.stderr, rel=1e-9))
    assert losscli.compute("mse", *errors, ci=0.9, bootstrap=2000, threads=2).ci == found.ci


def test_the_bootstrap_of_a_pooled_loss() -> None:
    rng = np.random.default_rng(4)
    masks = (rng.random((80, 4, 4)) < rng.uniform(0.1, 0.9, (80, 1, 1))).astype(np.uint8)
    probs = np.clip(0.3 + 0.4 * masks + 0.2 * rng.normal(size=masks.shape), 0, 1)
    plain, found = (losscli.compute("dice", probs, masks, pool="batch", ci=0.95, bootstrap=b).ci for b in (None, 4000))
    assert plain is not None
    assert found is not None
    width = plain["high"] - plain["low"]
    assert (found["low"], found["high"]) == pytest.approx((plain["low"], plain["high"]), abs=0.12 * width)


def test_clusters(errors: tuple[Array, Array]) -> None:
    pred, labels = errors
    users = np.arange(150) // 5
    found = losscli.compute("mse", pred, labels, ci=0.95, cluster=users)
    term = (pred - labels) ** 2
    sums = np.bincount(users, weights=term - term.mean())
    assert found.stderr == pytest.approx(math.sqrt(30 / 29 * (sums**2).sum()) / 150, rel=1e-10)
    assert found.ci is not None
    assert found.ci["method"] == "cluster"
    assert losscli.compute("mse", pred, labels, cluster=users).stderr == found.stderr
    with pytest.raises(DataProblem, match="one cluster"):
        losscli.compute("mse", pred, labels, cluster=np.zeros(150))


@pytest.mark.parametrize(("given", "level"), [(0.95, 0.95), (95, 0.95), (99.9, 0.999), (0.5, 0.5)])
def test_levels(given: float, level: float) -> None:
    assert level_of(given) == pytest.approx(level)


@pytest.mark.parametrize("given", [0, 1, 100, -3, math.nan, math.inf, 101])
def test_levels_that_are_none(given: float) -> None:
    with pytest.raises(UsageProblem, match="A level of confidence"):
        level_of(given)


def test_wrong_requests(errors: tuple[Array, Array]) -> None:
    for arguments, sentence in (
        ({"ci": 0.95, "reduction": "none"}, "one number"),
        ({"bootstrap": 1000}, "Add ci=95"),
        ({"ci": 0.95, "bootstrap": 5}, "100 to 1000000"),
        ({"ci": 100}, "ci must be a level"),
    ):
        with pytest.raises(UsageProblem, match=sentence):
            losscli.compute("mse", *errors, **arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize("wide", [np.ones((400, 2)), np.array([["a", "b"]] * 400)])
def test_a_cluster_is_one_value(wide: Array) -> None:
    with pytest.raises(UsageProblem, match="cluster= takes one value a row, and cluster holds several"):
        losscli.compute("mse", np.zeros(400), np.arange(400.0), ci=0.95, cluster=wide)


def test_a_list_column_is_no_cluster(cli: Any, tmp_path: Path) -> None:
    table = pa.table({"pred": [0.0, 1.0], "label": [1.0, 3.0], "user": [[1, 2], [3, 4]], "one": [[1], [2]]})
    parquet.write_table(table, tmp_path / "d.parquet")
    ran = cli("compute", "mse", tmp_path / "d.parquet", "--cluster", "user")
    assert (ran.code, "column user of" in ran.err) == (2, True)
    assert cli("compute", "mse", tmp_path / "d.parquet", "--cluster", "one").code == 0


def test_the_command(cli: Any, in_samples: Any) -> None:
    code, out, _ = cli("compute", "focal", *FOCAL, "--ci", "95", "--json")
    assert code == 0
    (found,) = json.loads(out)["results"]
    assert found["ci"] == losscli.compute("focal", *FOCAL, ci=0.95).ci
    plain = cli("compute", "focal", *FOCAL, "--ci", "99.9%", "--format", "plain").out
    assert "99.9% interval" in plain
    code, out, _ = cli("compute", "mse", "diabetes/diabetes.csv", "--ci", "90", "--bootstrap", "500", "--json", "-q")
    assert json.loads(out)["results"][0]["ci"]["method"] == "bootstrap"
    code, out, _ = cli("compute", "mse", "diabetes/diabetes.csv", "--ci", "90", "--cluster", "weight", "--json", "-q")
    assert json.loads(out)["results"][0]["ci"]["method"] == "cluster"
    assert cli("compute", "focal", *FOCAL, "--ci", "x").err.startswith(
        "losscli: ci must be a level of confidence, such as 95 or 0.95, got x."
    )
