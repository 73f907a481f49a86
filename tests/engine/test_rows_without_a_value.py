"""The engine and rows that have no value: NaN, missing, infinite, ignored."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from engine_data import compute, data_for, of_each_form
from pyarrow import parquet

import losscli
from losscli.core import registry
from losscli.core.errors import DataProblem
from losscli.core.loss import Loss


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many blocks of few rows: what may go wrong between blocks does so in small data."""
    for loss in registry.everything().values():
        monkeypatch.setattr(loss, "block_elements", min(loss.block_elements or 1 << 14, 1 << 14))


@pytest.fixture(params=of_each_form())
def loss(request: pytest.FixtureRequest) -> Loss:
    return registry.find(request.param)


def test_nan_is_an_error_that_names_the_first_row(loss: Loss) -> None:
    clean = data_for(loss, 60_000, 1)
    clean["label"] = clean["label"].astype(float)
    for role in ("pred", "label"):
        data = {name: array.copy() for name, array in clean.items()}
        name = {"pred": "predictions", "label": "labels"}[role]
        data[role][[40_001, 40_007, 59_999]] = np.nan
        if data[role].ndim > 1:
            data[role][40_001, :-1] = 0.25  # the last number of a row counts as the first
        for threads in (1, 4):
            with pytest.raises(DataProblem, match=rf"^{name} has NaN in row 40001 \(from 0\)"):
                compute(loss.name, data, threads=threads)


def test_nan_omitted_is_as_if_it_had_not_been_there(loss: Loss) -> None:
    data = data_for(loss, 60_000, 1)
    data["label"] = data["label"].astype(float)
    data["weight"] = np.random.default_rng(5).exponential(size=60_000)
    gone = np.zeros(60_000, dtype=bool)
    for number, array in enumerate(data.values()):
        at = 1000 + number + np.arange(0, 45_000, 317 * (number + 1))
        array[at] = np.nan
        gone[at] = True
    gone[:34_000] = True  # whole blocks
    data["pred"][:34_000] = np.nan
    kept = {role: array[~gone] for role, array in data.items()}
    expected = compute(loss.name, kept)
    for threads in (1, 3):
        found = compute(loss.name, data, nan="omit", threads=threads)
        assert found.value == pytest.approx(expected.value, rel=1e-12)
        assert found.counts == {**expected.counts, "nan": int(gone.sum()), "dropped": int(gone.sum())}
        assert found.n == expected.n
        assert found.weight_sum == pytest.approx(expected.weight_sum)


def test_nan_propagates_to_the_value(loss: Loss) -> None:
    clean = data_for(loss, 50_000, 1)
    clean["label"] = clean["label"].astype(float)
    for role in ("pred", "label"):
        data = {name: array.copy() for name, array in clean.items()}
        data[role][40_000] = np.nan
        found = compute(loss.name, data, nan="propagate", threads=2)
        assert found.status == "nan"
        assert np.isnan(found.value)
        assert found.stderr is None
        assert found.counts["dropped"] == 0
        if not loss.flat_is_one_row:
            assert found.n == 50_000


def test_all_rows_nan(loss: Loss) -> None:
    data = data_for(loss, 70_000, 1)
    data["pred"][:] = np.nan
    with pytest.raises(DataProblem, match="No rows are left of predictions"):
        compute(loss.name, data, nan="omit")
    assert compute(loss.name, data, nan="propagate").status == "nan"


def test_propagated_rows_keep_their_place() -> None:
    pred = np.array([[0.5, 0.5]] * 6)
    label = np.array([0.0, np.nan, 1.0, np.nan, 0.0, 1.0])
    found = losscli.compute(
        "ce", pred, label, input="probs", nan="propagate", reduction="none", weights=[1, 1, 2, 3, 4, 5]
    )
    np.testing.assert_allclose(found.rows, np.log(2) * np.array([1, np.nan, 2, np.nan, 4, 5]))
    assert found.n == 6
    assert found.weight_sum == 16
    found = losscli.compute("ce", pred, label, input="probs", nan="omit", reduction="none")
    np.testing.assert_allclose(found.rows, np.full(4, np.log(2)))
    unknown = losscli.compute("mse", [1.0, 2.0], [0.0, 0.0], weights=[1.0, np.nan], nan="propagate")
    assert unknown.status == "nan"


def test_the_first_bad_row_of_many_in_many_threads() -> None:
    """Several threads find several bad rows, at any time; the first in the file is named, always."""
    pred, label = np.full(300_000, 0.25), np.zeros(300_000)
    for row in (70_123, 140_000, 200_000, 299_999):
        pred[row:] = np.where(np.arange(300_000 - row) % 50 == 0, np.nan, pred[row:])
    for _ in range(60):
        with pytest.raises(DataProblem, match="row 70123 "):
            losscli.compute("mse", pred, label, threads=4)
    bad = label.copy()
    bad[[70_500, 140_001]] = 7.0
    for _ in range(40):
        with pytest.raises(DataProblem, match=r"^labels: label 7 is outside \[0, 1\], in row 70500 "):
            losscli.compute("bce", np.zeros(300_000), bad, threads=4)


def test_the_lower_of_two_faults_in_a_block_is_named() -> None:
    pred, label = np.array([0.5, 0.5, 0.5, np.nan]), np.array([0.0, 1.0, 7.0, 1.0])
    with pytest.raises(DataProblem, match=r"label 7 is outside .* row 2 "):
        losscli.compute("bce", pred, label)
    with pytest.raises(DataProblem, match="predictions has NaN in row 0 "):
        losscli.compute("bce", pred[::-1], label[::-1])


@pytest.mark.parametrize("policy", ["nan", "missing"])
def test_rows_are_counted_as_in_the_file_whatever_was_left_out(policy: str, tmp_path: Path) -> None:
    """The row of a later error in the same block, after earlier rows were omitted."""
    word = "nan" if policy == "nan" else ""
    rows = [["0.5", "1"] for _ in range(20)]
    rows[3][0] = rows[5][1] = rows[11][0] = word
    for at, label in ((2, 2), (7, 2), (12, 2)):
        changed = [list(row) for row in rows]
        changed[at][1] = str(label)
        text = "pred,y\n" + "".join(f"{p},{y}\n" for p, y in changed)
        (tmp_path / "x.csv").write_text(text if policy == "missing" else text.replace(word, "NaN"))
        table = pa.table(
            {
                name: pa.array([None if row[i] == "" else float(row[i]) for row in changed])
                for i, name in enumerate(("pred", "y"))
            }
        )
        parquet.write_table(table, tmp_path / "x.parquet")
        files = ["x.parquet", "x.csv"] if policy == "missing" else ["x.parquet"]
        for file in files:
            with pytest.raises(DataProblem, match=rf"{file} column y: label 2 .* row {at} \(from 0\)"):
                losscli.compute("bce", str(tmp_path / file), **{policy: "omit"})


def blanked(folder: Path) -> dict[str, list[float | None]]:
    values: dict[str, list[float | None]] = {
        "pred": [0.5, None, 0.25, 0.125, 0.75, None],
        "y": [1.0, 0.0, None, 1.0, 0.0, None],
        "w": [1.0, 1.0, 1.0, 2.0, None, 1.0],
    }
    lines = [",".join("" if v is None else repr(v) for v in row) for row in zip(*values.values(), strict=True)]
    (folder / "x.csv").write_text("\n".join([",".join(values), *lines]) + "\n")
    parquet.write_table(pa.table(values), folder / "x.parquet")
    return values


@pytest.mark.parametrize("file", ["x.csv", "x.parquet"])
def test_missing_values(file: str, tmp_path: Path) -> None:
    blanked(tmp_path)
    path = str(tmp_path / file)
    with pytest.raises(DataProblem, match=rf"{file} column pred has no value in row 1 \(from 0\)"):
        losscli.compute("bce", path, input="probs")
    with pytest.raises(DataProblem, match=rf"{file} column w has no value in row 4 \(from 0\)"):
        losscli.compute("mse", f"{path}::w", [0.0] * 6)
    omitted = losscli.compute("bce", path, input="probs", missing="omit")
    expected = losscli.compute("bce", [0.5, 0.125, 0.75], [1, 1, 0], input="probs")
    assert omitted.value == expected.value
    assert omitted.counts == {"dropped": 3, "missing": 3, "nan": 0, "ignored": 0, "infinite": 0}
    weighted = losscli.compute("bce", path, input="probs", weight="w", missing="omit", reduction="none")
    np.testing.assert_allclose(weighted.rows, -np.log([0.5, 0.125]) * [1, 2])
    carried = losscli.compute("bce", path, input="probs", missing="propagate")
    assert carried.status == "nan"
    assert carried.n == 6
    rows = losscli.compute("bce", path, input="probs", missing="propagate", reduction="none").rows
    assert np.isnan(rows).tolist() == [False, True, True, False, False, True]
    weighted = losscli.compute("bce", path, input="probs", weight="w", missing="propagate")
    assert weighted.status == "nan"
    assert weighted.weight_sum == 6


@pytest.mark.parametrize("name", ["dice", "kl", "l2", "focal"])
def test_missing_blocks_of_any_loss(name: str, tmp_path: Path) -> None:
    """Whole blocks without a row, for losses of one sum and of two."""
    values = np.linspace(0.1, 0.9, 200_000)
    mask = np.arange(200_000) < 140_000
    table = pa.table({"pred": pa.array(values, mask=mask), "y": pa.array((values > 0.5) * 1.0)})
    parquet.write_table(table, tmp_path / "x.parquet")
    path = str(tmp_path / "x.parquet")
    options = {} if name == "l2" else {"input": "probs"}
    expected = losscli.compute(name, values[~mask], (values > 0.5)[~mask] * 1.0, **options)
    found = losscli.compute(name, path, missing="omit", threads=2, **options)
    assert found.value == pytest.approx(expected.value, rel=1e-13)
    assert losscli.compute(name, path, missing="propagate", **options).status == "nan"


def test_nothing_is_left(tmp_path: Path) -> None:
    parquet.write_table(
        pa.table({"pred": pa.array([None, None], pa.float64()), "y": [1.0, 0.0]}), tmp_path / "x.parquet"
    )
    for policy in ("omit", "error"):
        with pytest.raises(DataProblem, match="No rows are left" if policy == "omit" else "has no value in row 0"):
            losscli.compute("bce", str(tmp_path / "x.parquet"), missing=policy)
    assert losscli.compute("bce", str(tmp_path / "x.parquet"), missing="propagate").status == "nan"
    with pytest.raises(DataProblem, match=r"predictions has no rows\. There is nothing"):
        losscli.compute("mse", np.zeros(0), np.zeros(0))
    with pytest.raises(DataProblem, match="No rows are left"):
        losscli.compute("ce", np.zeros((2, 2)), [1, 1], ignore_index=1)


def test_a_null_sequence_is_missing_and_not_empty(tmp_path: Path) -> None:
    logits = np.random.default_rng(0).normal(size=(3, 5, 4))
    np.save(tmp_path / "p.npy", logits)
    parquet.write_table(pa.table({"y": pa.array([[1, 2], None, [3]])}), tmp_path / "y.parquet")
    paths = str(tmp_path / "p.npy"), str(tmp_path / "y.parquet")
    with pytest.raises(DataProblem, match="no value in row 1 "):
        losscli.compute("ctc", *paths)
    rows = losscli.compute("ctc", *paths, missing="propagate", reduction="none").rows
    assert np.isnan(rows).tolist() == [False, True, False]
    omitted = losscli.compute("ctc", *paths, missing="omit", reduction="none").rows
    np.testing.assert_array_equal(omitted, rows[[0, 2]])
