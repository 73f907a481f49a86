"""Losses over batches of rows: what a batch is, that blocks hold whole ones, and what the standard error stands on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

import losscli
from losscli.core.errors import DataProblem, UsageProblem

N, D, SIZE = 2000, 6, 33
LOSSES = ("ntxent", "supcon", "circle")


def data(n: int = N, seed: int = 0) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, D)), rng.integers(0, 5, n)


def by_hand(pred: Any, label: Any, size: int, temperature: float = 0.1) -> tuple[float, float]:
    """supcon and its standard error from the sums of batches, in plain NumPy."""
    unit = pred / np.linalg.norm(pred, axis=1, keepdims=True)
    sums, counts = [], []
    for start in range(0, len(pred), size):
        near, own = unit[start : start + size] @ unit[start : start + size].T / temperature, label[start : start + size]
        total = count = 0.0
        for i in range(len(near)):
            rest = np.arange(len(near)) != i
            mates = rest & (own == own[i])
            if mates.any():
                total += float((np.log(np.exp(near[i][rest]).sum()) - near[i][mates]).mean())
                count += 1
        sums.append(total)
        counts.append(count)
    t, w = np.array(sums), np.array(counts)
    value = t.sum() / w.sum()
    return value, float(np.sqrt(len(t) / (len(t) - 1) * ((t - value * w) ** 2).sum()) / w.sum())


def test_value_and_standard_error_are_those_of_batches() -> None:
    pred, label = data()
    result = losscli.compute("supcon", pred, label, batch_size=SIZE)
    value, stderr = by_hand(pred, label, SIZE)
    assert result.value == pytest.approx(value, rel=1e-12)
    assert result.stderr == pytest.approx(stderr, rel=1e-9)


def test_standard_error_is_that_of_repeated_draws() -> None:
    """Rows of a batch depend on each other; batches do not, and their spread is the spread of values."""
    results = [losscli.compute("ntxent", *data(400, seed), batch_size=20, temperature=0.5) for seed in range(200)]
    spread = float(np.std([result.value for result in results]))
    assert float(np.mean([result.stderr for result in results])) == pytest.approx(spread, rel=0.15)


@pytest.mark.parametrize("loss", LOSSES)
def test_threads_formats_and_others_in_the_reading_change_no_bit(loss: str, tmp_path: Path) -> None:
    pred, label = data(20_000)
    table = pa.table({**{f"e{i}": pred[:, i] for i in range(D)}, "y": label})
    pyarrow.parquet.write_table(table, tmp_path / "t.parquet", row_group_size=701)
    pyarrow.csv.write_csv(table, tmp_path / "t.csv")
    want = losscli.compute(loss, pred, label, batch_size=SIZE, threads=1)
    got = [losscli.compute(loss, pred, label, batch_size=SIZE, threads=3)]
    got += [
        losscli.compute(loss, tmp_path / f"t.{suffix}", pred="e*", label="y", batch_size=SIZE)
        for suffix in ("parquet", "csv")
    ]
    got += losscli.evaluate([f"{loss}:batch_size={SIZE}", "center", f"{loss}:batch_size=7"], pred, label).results[:1]
    assert {(each.value, each.stderr, each.n) for each in got} == {(want.value, want.stderr, want.n)}


@pytest.mark.parametrize("words", [True, False])
def test_a_column_names_batches(words: bool, tmp_path: Path) -> None:
    pred, label = data(30_000)
    rng = np.random.default_rng(1)
    number = np.repeat(np.arange(3000), rng.integers(2, 40, 3000))[: len(pred)]
    names = np.array([f"batch {i}" for i in number]) if words else number
    table = pa.table({**{f"e{i}": pred[:, i] for i in range(D)}, "y": label, "b": names})
    pyarrow.parquet.write_table(table, tmp_path / "t.parquet", row_group_size=5000)
    want = losscli.compute("supcon", pred, label, batch=names)
    for threads in (1, 3):
        got = losscli.compute("supcon", tmp_path / "t.parquet", pred="e*", label="y", batch="b", threads=threads)
        assert (got.value, got.stderr, got.n) == (want.value, want.stderr, want.n)
    first = number < 60
    alone = losscli.compute("supcon", pred[first], label[first], batch=names[first]).value
    each = [
        losscli.compute("supcon", pred[number == i], label[number == i])
        for i in range(60)
        if _pairs(label[number == i])
    ]
    assert alone == pytest.approx(np.average([r.value for r in each], weights=[r.n for r in each]), rel=1e-12)
    assert "batches:named" in want.signature


def _pairs(label: Any) -> bool:
    return bool(np.unique(label, return_counts=True)[1].max() > 1)


def test_named_and_counted_batches_are_the_same() -> None:
    pred, label = data()
    named = losscli.compute("ntxent", pred, label, batch=np.arange(N) // SIZE)
    counted = losscli.compute("ntxent", pred, label, batch_size=SIZE)
    assert named.value == pytest.approx(counted.value, rel=1e-14)
    assert named.stderr == pytest.approx(counted.stderr, rel=1e-12)


def test_rows_left_out_leave_the_other_batches_as_they_are() -> None:
    pred, label = data(90)
    pred[40] = np.nan
    keep = np.arange(90) != 40
    number = np.arange(90) // 30
    want = losscli.compute("supcon", pred[keep], label[keep], batch=number[keep])
    got = losscli.compute("supcon", pred, label, batch_size=30, nan="omit")
    assert got.value == pytest.approx(want.value, rel=1e-14)
    with pytest.raises(DataProblem, match="NaN in row 40"):
        losscli.compute("supcon", pred, label, batch_size=30)


def test_a_sum_of_losses_keeps_the_batches_of_each() -> None:
    pred, label = data(120)
    both = losscli.compute("supcon(batch_size=20) + 2 * circle(batch_size=30)", pred, label)
    one, other = (
        losscli.compute("supcon", pred, label, batch_size=20),
        losscli.compute("circle", pred, label, batch_size=30),
    )
    assert both.value == pytest.approx(one.value + 2 * other.value, rel=1e-13)


def test_shards_of_whole_batches_add_up(cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pred, label = data(SIZE * 40)
    monkeypatch.chdir(tmp_path)
    cut = SIZE * 17
    for i, rows in enumerate((slice(0, cut), slice(cut, None))):
        np.save(f"p{i}.npy", pred[rows])
        np.save(f"y{i}.npy", label[rows])
        options = ("--batch-size", SIZE, "--partial", "-o", f"part{i}.json")
        assert cli("compute", "supcon", f"p{i}.npy", f"y{i}.npy", *options).code == 0
    whole = losscli.compute("supcon", pred, label, batch_size=SIZE)
    merged = json.loads(cli("merge", "part0.json", "part1.json", "--format", "json").out)["results"][0]
    assert merged["value"] == pytest.approx(whole.value, rel=1e-14)
    assert merged["stderr"] == pytest.approx(whole.stderr, rel=1e-12)
    assert json.loads(Path("part0.json").read_text())["results"][0]["state"]["units"] == 17


def test_models_are_compared_by_batches() -> None:
    pred, label = data(600)
    worse = pred + np.random.default_rng(3).normal(size=pred.shape)
    comparison = losscli.compare("supcon", pred, worse, label, batch_size=30)
    values = [losscli.compute("supcon", each, label, batch_size=30).value for each in (pred, worse)]
    assert comparison.difference == pytest.approx(values[1] - values[0], rel=1e-12)
    sums = np.array(
        [
            [
                losscli.compute("supcon", each[i : i + 30], label[i : i + 30], reduction="sum").value
                for each in (pred, worse)
            ]
            for i in range(0, 600, 30)
        ]
    )
    counts = np.array([losscli.compute("supcon", pred[i : i + 30], label[i : i + 30]).n for i in range(0, 600, 30)])
    apart = sums[:, 1] - sums[:, 0] - comparison.difference * counts
    assert comparison.stderr == pytest.approx(np.sqrt(20 / 19 * (apart**2).sum()) / counts.sum(), rel=1e-9)


def test_notes_say_what_a_batch_was() -> None:
    pred, label = data(70)
    assert "all 70 rows were taken as one batch" in str(losscli.compute("ntxent", pred, label).notes)
    assert "the last batch has 6 rows, and the others 32" in str(
        losscli.compute("ntxent", pred, label, batch_size=32).notes
    )
    assert "less than a batch of 100" in str(losscli.compute("ntxent", pred, label, batch_size=100).notes)
    assert not losscli.compute("ntxent", pred, label, batch_size=35).notes
    assert not losscli.compute("ntxent", pred, label, like="optax").notes


X, Y = data(12)
WRONG: list[tuple[str, dict[str, Any], type[Exception], str]] = [
    ("ntxent", {"label": Y, "batch": np.arange(12) % 3}, DataProblem, r"batch 0 again in row 3 .* must stand together"),
    ("ntxent", {"label": Y, "batch": np.arange(12), "batch_size": 3}, UsageProblem, "both say what a batch is"),
    ("ntxent", {"label": Y, "batch": np.where(np.arange(12) == 5, np.nan, 1.0)}, DataProblem, "NaN in row 5"),
    ("ntxent", {"label": Y, "batch": np.ones((12, 2))}, UsageProblem, "takes one name a row"),
    ("ntxent", {"label": Y, "batch_size": 1}, UsageProblem, r"batch_size must be a whole number in \[2"),
    ("ntxent", {"label": Y, "other": X}, UsageProblem, "labels have no part in it"),
    ("ntxent", {}, UsageProblem, "needs labels, or other"),
    ("ntxent", {"label": Y, "cluster": Y, "ci": 95}, UsageProblem, "Leave out cluster"),
    ("info_nce", {}, UsageProblem, "needs other"),
    ("supcon", {}, UsageProblem, "needs labels"),
    ("supcon", {"label": np.arange(12)}, DataProblem, "No rows are left"),
]


@pytest.mark.parametrize(("name", "given", "kind", "message"), WRONG)
def test_mistakes(name: str, given: dict[str, Any], kind: type[Exception], message: str) -> None:
    given = dict(given)
    with pytest.raises(kind, match=message):
        losscli.compute(name, X, given.pop("label", None), **given)


def test_vectors_without_direction_or_beyond_floats() -> None:
    for far, more in ((0.0, {}), (1e200, {"normalize": False})):
        pred = X.copy()
        pred[4] = far
        with pytest.raises(DataProblem, match="in row 4"):
            losscli.compute("supcon", pred, Y, **more)


def test_too_many_rows_of_one_batch_ask_what_a_batch_is() -> None:
    pred, label = np.ones((70_000, 2)), np.zeros(70_000, dtype=int)
    with pytest.raises(DataProblem, match="nothing says which of them are a batch"):
        losscli.compute("ntxent", pred, label)


def test_reconcile_leaves_batches_to_compute() -> None:
    with pytest.raises(UsageProblem, match="losscli compute ntxent prints its value"):
        losscli.reconcile("ntxent", X, Y, expect="2.0", batch_size=4)


def test_the_batch_of_a_framework_is_what_its_call_is_given() -> None:
    """Two directions of CLIP are both: queries among keys, and keys among queries."""
    ahead = losscli.compute("info_nce", X, other=X[::-1] + 0.1).value
    back = losscli.compute("info_nce", X[::-1] + 0.1, other=X).value
    assert losscli.compute("info_nce", X, other=X[::-1] + 0.1, two_way=True).value == pytest.approx((ahead + back) / 2)


def test_a_job_in_parts_has_the_same_bits() -> None:
    from concurrent.futures import ThreadPoolExecutor

    pred, label = data(60_000)
    whole = losscli.compute("supcon", pred, label, batch_size=SIZE, ci=95)
    with ThreadPoolExecutor(2) as pool:
        parts = losscli.compute("supcon", pred, label, batch_size=SIZE, ci=95, executor=pool)
        assert (parts.value, parts.stderr, parts.ci) == (whole.value, whole.stderr, whole.ci)
        with pytest.raises(UsageProblem, match="in one piece, and not in parts"):
            losscli.compute("supcon", pred, label, batch=np.arange(60_000) // SIZE, executor=pool)
