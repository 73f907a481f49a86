"""What a standard error stands on: effective numbers by hand, the notes on them, and what they do to intervals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import ROOT
from jsonschema import Draft202012Validator

import losscli
from losscli.api.compare import compare_all, plan_of
from losscli.api.evaluation import evaluate
from losscli.api.merge import merge
from losscli.api.requests.request import request_of_call
from losscli.core.record import replace
from losscli.report.model import Report
from losscli.stats.comparison.paired import role
from losscli.stats.comparison.verdict import Margin
from losscli.stats.effective import Effective, kish, shape_of
from losscli.stats.effective_of_run import skewness_under_weights

Array = np.ndarray[Any, Any]
SCHEMA = json.loads((ROOT / "losscli/report/schemas/report.schema.json").read_text(encoding="utf-8"))


def computed(loss: str, pred: Any, label: Any, **options: Any) -> Report:
    """The report of compute, with its notes."""
    call = {"loss": loss, "params": {}, "cluster": None, "weights": None, **options}
    partial = call.pop("partial", False)
    request = request_of_call("compute", call, {"pred": np.asarray(pred), "label": np.asarray(label)})
    report = evaluate(replace(request, options=request.options.changed(partial=partial)))
    assert not list(Draft202012Validator(SCHEMA).iter_errors(json.loads(json.dumps(report.to_dict()))))
    return report


def compared(loss: str, base: Any, cand: Any, label: Any, **options: Any) -> Any:
    """The report of compare, with its notes."""
    files = {"pred": np.asarray(base), role(1): np.asarray(cand), "label": np.asarray(label)}
    request = request_of_call("compare", {"loss": loss, "params": {}, **options}, files)
    margin = Margin(float(options.get("margin", 0.0)))
    report = compare_all(request, plan_of(request.options.changed(adjust="none"), margin))
    assert not list(Draft202012Validator(SCHEMA).iter_errors(json.loads(json.dumps(report.to_dict()))))
    return report


# -- the numbers -------------------------------------------------------------------------------------------


def test_by_hand() -> None:
    """Losses 0, 0, 0, 4: what rows add is -1, -1, -1, 3; (1 + 1 + 1 + 9)^2 / (1 + 1 + 1 + 81)."""
    (result,) = computed("mae", [0.0, 0.0, 0.0, 4.0], np.zeros(4)).results
    assert result.effective is not None
    assert result.effective["rows"] == pytest.approx(144 / 84, rel=1e-5)
    assert (result.effective["weights"], result.effective["clusters"]) == (None, None)
    assert kish(np.array([1.0, 1.0, 2.0])) == pytest.approx(16 / 6)


def test_of_weights_and_of_clusters() -> None:
    """Weights 1, 1, 2: 16 / 6. Clusters of 3, 1 and 2 rows: 36 / 14."""
    pred = np.array([1.0, 3.0, 2.0, 5.0, 4.0, 2.5])
    weights = np.array([1.0, 1.0, 2.0, 1.0, 1.0, 2.0])
    (result,) = computed("mae", pred, np.zeros(6), weights=weights).results
    assert result.effective is not None
    assert result.effective["weights"] == pytest.approx(64 / 12, rel=1e-5)
    terms = weights * (pred - (weights * pred).sum() / 8)
    assert result.effective["rows"] == pytest.approx((terms**2).sum() ** 2 / (terms**4).sum(), rel=1e-5)
    (result,) = computed("mae", pred, np.zeros(6), cluster=np.array(list("aaabcc"))).results
    assert result.effective is not None
    assert result.effective["clusters"] == pytest.approx(36 / 14, rel=1e-5)
    assert result.effective["df"] == pytest.approx(36 / 14 - 1, rel=1e-5)


def test_rows_that_differ_are_counted_all_of_them() -> None:
    rng = np.random.default_rng(1)
    base = rng.normal(size=300_000)
    cand = base.copy()
    changed = rng.choice(len(base), 40, replace=False)
    cand[changed] += rng.choice([-1.0, 1.0], 40)
    for threads in (1, 2):
        (found,) = compared("mse", base, cand, np.zeros(len(base)), threads=threads).results
        assert found.effective is not None
        assert found.effective["differing"] == 40


def test_a_finish_and_any_threads_give_the_same() -> None:
    rng = np.random.default_rng(2)
    pred = rng.normal(size=600_000)
    found = [computed("rmse", pred, np.zeros(len(pred)), threads=t).results[0].effective for t in (1, 2)]
    assert found[0] == found[1]
    assert found[0] is not None
    assert found[0]["rows"] == pytest.approx(len(pred) / 15, rel=0.2)  # squares of normals: kurtosis 15


def test_tiny_losses_have_shapes_too() -> None:
    values = np.random.default_rng(3).exponential(size=50)
    _, rows, skewness, serial = shape_of(values - values.mean())
    _, faint, *others = shape_of(1e-250 * (values - values.mean()))
    assert (faint, *others) == (pytest.approx(rows), pytest.approx(skewness), pytest.approx(serial))


def test_normal_rows_have_their_own_degrees_of_freedom() -> None:
    """Satterthwaite's number of a normal sample is its own n - 1 on average; of few rows it is theirs."""
    rng = np.random.default_rng(4)
    numbers = [Effective(200, shape_of(x - x.mean())[1]).df_of_rows for x in rng.normal(size=(50, 200))]
    assert 150 < float(np.mean(numbers)) <= 199
    few = np.zeros(200)
    few[:4] = 1.0, -1.0, 1.0, -1.0
    assert Effective(200, shape_of(few)[1]).df == pytest.approx(8.0, rel=0.05)


# -- shards ------------------------------------------------------------------------------------------------


def shards(tmp_path: Path, parts: list[Array], *, old: bool = False) -> list[str]:
    paths = []
    for i, part in enumerate(parts):
        document = computed("mae", part, np.zeros(len(part)), partial=True).to_dict()
        if old:
            for result in document["results"]:
                result.pop("effective")
        paths.append(str(tmp_path / f"shard-{i}.json"))
        Path(paths[-1]).write_text(json.dumps(document), encoding="utf-8")
    return paths


def test_shards_carry_what_is_needed(tmp_path: Path) -> None:
    values = np.random.default_rng(5).exponential(size=4000)
    whole = computed("mae", values, np.zeros(4000)).results[0].effective
    report = merge(shards(tmp_path, [values[:1500], values[1500:]]))
    assert whole is not None
    assert report.results[0].effective is not None
    assert report.results[0].effective["rows"] == pytest.approx(whole["rows"], rel=0.05)
    assert not report.warnings


def test_old_shards_still_merge_and_what_is_missing_is_said(tmp_path: Path) -> None:
    values = np.random.default_rng(5).exponential(size=40)
    report = merge(shards(tmp_path, [values[:15], values[15:]], old=True))
    assert report.results[0].effective is not None
    assert report.results[0].effective["rows"] is None
    assert report.results[0].value == pytest.approx(values.mean())
    assert "does not say what its standard error stands on" in report.warnings[0]


# -- what follows from them ----------------------------------------------------------------------------


def test_one_heavy_row_gives_no_interval() -> None:
    rng = np.random.default_rng(6)
    weights = np.ones(200)
    weights[17] = 20_000.0
    report = computed("mae", rng.normal(size=200), np.zeros(200), weights=weights, ci=0.95)
    assert report.results[0].ci is None
    assert "few rows carry most of the weight" in report.warnings[0]
    assert "no interval" in report.warnings[0]
    assert (
        "few rows carry most of the weight"
        in computed("mae", np.arange(200.0), np.zeros(200), weights=weights).warnings[0]
    )


def test_one_changed_row_decides_nothing() -> None:
    base = np.random.default_rng(7).normal(size=200)
    cand = base.copy()
    cand[3] += 5.0
    report = compared("mse", base, cand, np.zeros(200), margin=1.0)
    assert (report.results[0].verdict, report.results[0].low, report.results[0].power) == ("inconclusive", None, None)
    assert any("few rows carry nearly all of the spread" in note for note in report.warnings)


def test_ordinary_rows_bring_no_note_and_move_nothing() -> None:
    rng = np.random.default_rng(8)
    base = rng.normal(size=400)
    report = compared("mae", base, base + 0.1 * rng.normal(size=400), np.full(400, -20.0))
    assert report.warnings == []
    assert report.results[0].effective["df"] == 399


def autocorrelated(rng: np.random.Generator, n: int, count: int) -> Array:
    noise = rng.normal(size=(count, n))
    rows = noise.copy()
    for i in range(1, n):
        rows[:, i] = 0.8 * rows[:, i - 1] + 0.6 * noise[:, i]
    return rows


def test_rows_that_follow_each_other_are_noticed() -> None:
    rng = np.random.default_rng(9)
    noticed = {"serial": 0, "independent": 0}
    for row in autocorrelated(rng, 200, 100):
        noticed["serial"] += Effective(200, serial=shape_of(row - row.mean())[3]).is_serial
    for row in rng.normal(size=(1000, 200)):
        noticed["independent"] += Effective(200, serial=shape_of(row - row.mean())[3]).is_serial
    assert noticed["serial"] == 100
    assert noticed["independent"] <= 15
    (base,) = autocorrelated(rng, 500, 1)
    report = compared("mae", np.zeros(500), base, np.full(500, -20.0))
    assert "neighbouring rows resemble each other" in report.warnings[0]
    assert "--cluster" in report.warnings[0]
    blocks = compared("mae", np.zeros(500), base, np.full(500, -20.0), cluster=np.arange(500) // 25)
    assert not any("neighbouring" in note for note in blocks.warnings)


def test_neighbours_across_borders_of_blocks() -> None:
    """Images so wide that each is a block of its own, and follows the one before."""
    rng = np.random.default_rng(10)
    (level,) = autocorrelated(rng, 60, 1)
    pred = np.repeat(10.0 + level[:, None], 1 << 19, axis=1).astype(np.float32)
    report = computed("mae", pred, np.zeros_like(pred), ci=95, threads=2)
    assert report.results[0].effective is not None
    centred = level - level.mean()
    wanted = (centred[1:] * centred[:-1]).sum() / (centred[:-1] ** 2).sum()
    assert report.results[0].effective["serial"] == pytest.approx(wanted, rel=1e-3)


def test_skewed_differences_are_said() -> None:
    rng = np.random.default_rng(11)
    base = np.zeros(60)
    report = compared("mae", base, -(rng.exponential(size=60) ** 1.5), np.full(60, -100.0))
    assert any("the differences are skewed" in note and "called worse" in note for note in report.warnings)


def test_of_few_rows_less_dependence_is_noticed() -> None:
    assert Effective(60, serial=(0.35, 2.4)).is_serial
    assert not Effective(60, serial=(0.35, 2.2)).is_serial
    assert not Effective(200, serial=(0.35, 2.4)).is_serial


def test_light_rows_tell_how_skewed_heavy_ones_would_be() -> None:
    """Of 60 rows the twelve heavy ones are tame; the others, of the same kind, are not."""
    rng = np.random.default_rng(60)
    weight = np.where(np.arange(60) % 5 == 0, 5.0, 1.0)
    rows = np.where(weight == 5.0, np.tile([-1.0, 1.0], 30), rng.permutation(rng.exponential(size=60)) - 1.0)
    influence = weight * (rows - np.average(rows, weights=weight))
    alike = skewness_under_weights(influence, weight, np.ones(60))
    centred = influence / weight
    by_hand = np.mean(centred**3) / np.mean(centred**2) ** 1.5 * np.mean(weight**3) / np.mean(weight**2) ** 1.5
    assert alike == pytest.approx(by_hand)
    assert skewness_under_weights(influence, np.ones(60), np.ones(60)) is None
    own = shape_of(influence)[2]
    assert own is not None
    assert abs(own) < 0.08 * np.sqrt(60) < alike
    base = np.full(60, 50.0)
    report = compared("mae", base, base + rows, np.zeros(60), weights=weight)
    assert report.results[0].effective["skewness"] == pytest.approx(by_hand, rel=1e-5)
    assert any("the differences are skewed" in note and "called improved" in note for note in report.warnings)


def test_equal_differences_are_said() -> None:
    """Where a rare event has not occurred yet, all rows may differ by the same amount."""
    base = np.random.default_rng(12).uniform(5.0, 6.0, size=30)
    report = compared("mae", base, base - 0.05, np.zeros(30))
    assert report.results[0].verdict == "improved"
    assert "all rows differ by the same amount" in report.warnings[0]


# -- coverage ------------------------------------------------------------------------------------------


def coverage(draw: Any, truth: float, count: int = 400, **options: Any) -> tuple[float, float]:
    """The share of intervals that hold the truth, and that of runs with neither the truth nor a note."""
    covered = silent = 0
    for _ in range(count):
        values, more = draw()
        report = computed("mae", values, np.zeros(len(values)), ci=0.95, **more, **options)
        ci = report.results[0].ci
        held = ci is not None and ci["low"] <= truth <= ci["high"]
        covered += held
        silent += not held and not report.warnings
    return covered / count, silent / count


def test_one_cluster_with_half_of_the_rows() -> None:
    """With as many degrees of freedom as there are clusters less one it was covered in 62 to 80 %."""
    rng = np.random.default_rng(12)
    cluster = np.repeat(np.arange(31), [150] + [5] * 30)

    def draw() -> tuple[Array, dict[str, Any]]:
        return 20.0 + rng.normal(size=31)[cluster] + 0.3 * rng.normal(size=300), {"cluster": cluster}

    covered, silent = coverage(draw, 20.0)
    assert covered >= 0.93 - 3 * (0.95 * 0.05 / 400) ** 0.5
    assert silent == 0.0


@pytest.mark.parametrize("share", [0.01, 0.05])
def test_losses_that_are_mostly_nought(share: float) -> None:
    rng = np.random.default_rng(13)
    _, silent = coverage(lambda: ((rng.random(200) < share) * rng.exponential(size=200), {}), share, 200)
    assert silent <= 0.02


@pytest.mark.parametrize("rows", [400, 40_000])
def test_groups_whose_interval_stands_on_few_rows_are_named(rows: int) -> None:
    """Of many rows from a sample of them. What is said of a group is what would be said of it alone."""
    rng = np.random.default_rng(rows)
    group = np.where(np.arange(rows) % 4 == 0, "rare", "plain")
    pred = np.where((group == "plain") | (rng.random(rows) < 5.0 / rows), rng.normal(size=rows), 1e-3)
    label, last = np.zeros(rows), np.arange(rows) >= rows - 6
    group[last] = "tiny"
    result = losscli.compute("mae", pred, label, by=group, ci=0.95)
    (note,) = [note for note in result.notes if "groups may be too short" in note]
    alone = losscli.compute("mae", pred[group == "rare"], label[group == "rare"], ci=0.95)
    assert alone.effective is not None
    assert f"rare ({alone.effective['df'] + 1:.3g})" in note or rows > 16_384
    assert "rare (" in note
    assert "tiny (6)" in note
    assert "plain" not in note
    assert not [note for note in losscli.compute("mae", pred, label, by=group).notes if "groups" in note]


def test_groups_by_cluster_are_named_too() -> None:
    rng = np.random.default_rng(1)
    group, user = np.arange(600) % 2, np.arange(600) // 4
    user[group == 1] %= 5
    result = losscli.compute("mae", rng.normal(size=600), np.zeros(600), by=group, cluster=user, ci=0.95)
    assert [note for note in result.notes if "the interval of 1 group may be too short" in note and "1 (5)" in note]
