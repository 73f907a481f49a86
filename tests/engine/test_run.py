"""The engine: the same bits whatever the threads, the format and the cut; and what becomes of rows without a value."""

from __future__ import annotations

import io
import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import draw
import numpy as np
import pyarrow as pa
import pytest
from outcomes import bits
from pyarrow import parquet

import losscli
from losscli.core import registry
from losscli.core.binding import bind
from losscli.core.errors import DataProblem, LossCliError
from losscli.core.inputs import Ragged
from losscli.core.loss import Loss
from losscli.core.state import State
from losscli.engine.run import Outcome, Settings, run
from losscli.report.model import Result
from losscli.sources.arrays import ArrayTable
from losscli.sources.assembly import assemble
from losscli.sources.columns import InputRequest
from losscli.sources.formats.csv.csv_file import CsvTable
from losscli.sources.formats.npy.npy_file import NpyStream, NpyTable
from losscli.sources.formats.npz.npz_file import NpzTable
from losscli.sources.formats.parquet.parquet_file import ParquetTable
from losscli.sources.frame import Frame, Picked
from losscli.sources.table import Load, Pick

Array = np.ndarray[Any, Any]
Data = dict[str, Array]
THREADS = (1, 2, 3, 5)
C = 3  # classes
# a row's loss is one number, which a sum adds
ONE_A_ROW = ("multilabel_soft_margin", "multilabel_margin", "js_divergence", "generalized_kl", "preference")
APART = (
    "nll",
    "ctc",
    "triplet",
    "contrastive",
    "sphereface",
)  # need more than predictions and labels: tests of their own


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many blocks of few rows: what may go wrong between blocks does so in small data."""
    for loss in registry.everything().values():
        monkeypatch.setattr(loss, "block_elements", min(loss.block_elements or 1 << 14, 1 << 14))


def kind_for(loss: Loss) -> str:
    """The first kind of predictions that needs no other role."""
    return "cosines" if "cosines" in loss.pred else loss.pred[0]


def losses() -> list[str]:
    """Losses of predictions and labels alone."""
    return [
        name
        for name, loss in registry.everything().items()
        if not any(role.required for role in loss.roles) and name not in APART
    ]


def data_for(loss: Loss, rows: int, width: int, seed: int = 0) -> Data:
    """Predictions of the loss's first kind with labels that fit; width 1 is a 1-D array."""
    rng = np.random.default_rng(seed)
    if loss.pred_dims and 1 not in loss.pred_dims and width == 1:
        width = C
    names = loss.label({p.name: p.default for p in loss.params}) if callable(loss.label) else loss.label
    if width == 1 and not set(names) - {"index", "class", "distribution", "none"}:
        width = C
    if loss.pred_dims and 2 not in loss.pred_dims:
        width = 1
    width = 2 if loss.name in draw.OF_PAIRS else width
    shape = (rows, width) if width > 1 else (rows,)
    kind = kind_for(loss)
    pred = rng.normal(size=shape) * np.exp(rng.normal(size=shape))
    pred = np.abs(pred) if loss.name in draw.POSITIVE else pred
    if kind == "probs":
        pred = rng.uniform(0.01, 0.99, size=shape)
        pred = pred / pred.sum(axis=1, keepdims=True) if loss.name == "kl_divergence" and width > 1 else pred
    elif kind == "distances":
        pred = np.abs(pred)
    elif kind == "logprobs":
        pred = -np.abs(pred)
    elif kind == "cosines":
        pred = np.cos(pred)
    label = label_for(loss, shape, rng)
    return {"pred": np.abs(pred), "label": np.abs(label)} if draw.positive(loss) else {"pred": pred, "label": label}


def label_for(loss: Loss, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    names = loss.label({p.name: p.default for p in loss.params}) if callable(loss.label) else loss.label
    form = next(
        name for name in names if name != "none" and (len(shape) > 1 or name not in ("index", "class", "distribution"))
    )
    if form in ("index", "class"):
        return rng.integers(0, shape[1], size=shape[0])
    if form == "values":
        values = rng.normal(size=shape)
        return (
            np.abs(values) if loss.name in draw.POSITIVE else -np.abs(values) if loss.name in draw.OF_PAIRS else values
        )
    if form == "distribution":
        return rng.dirichlet(np.ones(shape[1]), size=shape[0])
    if form == "sign":
        return rng.choice([-1, 1], size=shape)
    return rng.integers(0, 2, size=shape if form in ("binary", "match") else shape[:1])


def outcome(loss: Loss, frame: Frame, threads: int = 1, **settings: Any) -> Outcome:
    return run(bind(loss, frame.shapes, input=kind_for(loss)), frame, Settings(threads=threads, **settings))


def frame_of(data: Data) -> Frame:
    return Frame({role: (ArrayTable(array, role), Pick()) for role, array in data.items()})


def twice(loss: Loss, data: Data) -> bool:
    """Whether the loss reads the data twice."""
    return bind(loss, frame_of(data).shapes, input=kind_for(loss)).needs_preparation


def compute(name: str, data: Data, **options: Any) -> Result:
    options.setdefault("input", kind_for(registry.find(name)))
    return losscli.compute(name, data["pred"], data.get("label"), weights=data.get("weight"), **options)


@pytest.fixture(params=losses())
def loss(request: pytest.FixtureRequest) -> Loss:
    return registry.find(request.param)


# -- threads, formats, cuts ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("rows", "width"), [(200_001, 1), (50_003, 3), (700, 301)])
def test_any_number_of_threads_gives_the_same_bits(loss: Loss, rows: int, width: int) -> None:
    data = data_for(loss, rows, width)
    data["weight"] = np.random.default_rng(9).exponential(size=rows)
    for given in ({"pred": data["pred"], "label": data["label"]}, data):
        first, *others = (bits(outcome(loss, frame_of(given), threads)) for threads in THREADS)
        assert all(other == first for other in others)


def named(data: Data) -> dict[str, dict[str, Array]]:
    """Columns of each role, for formats that have columns."""
    return {
        role: {f"{role}{i}": column for i, column in enumerate(np.atleast_2d(array.T))} for role, array in data.items()
    }


def csv_bytes(columns: dict[str, Array]) -> bytes:
    texts = [[repr(value) for value in column.tolist()] for column in columns.values()]
    return (",".join(columns) + "\n" + "\n".join(map(",".join, zip(*texts, strict=True))) + "\n").encode()


def sources(data: Data, folder: Path) -> Iterator[tuple[str, dict[str, Picked]]]:
    """The same numbers in every format."""
    columns = {name: column for each in named(data).values() for name, column in each.items()}
    picks = {role: Pick(tuple(each)) for role, each in named(data).items()}
    for role, array in data.items():
        np.save(folder / f"{role}.npy", array)
    yield "npy", {role: (NpyTable(str(folder / f"{role}.npy"), role), Pick()) for role in data}
    for name, save in (("stored", np.savez), ("deflated", np.savez_compressed)):
        save(folder / f"{name}.npz", **data)  # type: ignore[arg-type]
        archive = NpzTable(str(folder / f"{name}.npz"), name)
        yield name, {role: (archive, Pick((role,))) for role in data}
    turned = {role: np.asfortranarray(array).astype(array.dtype.newbyteorder(">")) for role, array in data.items()}
    yield "turned arrays", {role: (ArrayTable(array, role), Pick()) for role, array in turned.items()}
    for role, array in turned.items():
        np.save(folder / f"turned {role}.npy", array)
    yield "turned npy", {role: (NpyTable(str(folder / f"turned {role}.npy"), role), Pick()) for role in data}
    streams = {role: io.BytesIO((folder / f"{role}.npy").read_bytes()) for role in data}
    yield "streams", {role: (NpyStream(stream, role), Pick()) for role, stream in streams.items()}
    for group in (1000, 7777, 1 << 20):
        parquet.write_table(pa.table(columns), folder / f"{group}.parquet", row_group_size=group)
        file = ParquetTable(str(folder / f"{group}.parquet"))
        yield f"parquet {group}", {role: (file, pick) for role, pick in picks.items()}
    text = csv_bytes(columns)
    (folder / "x.csv").write_bytes(text)
    for made in (CsvTable(str(folder / "x.csv")), CsvTable(io.BytesIO(text), name="standard input")):
        yield "csv", {role: (made, pick) for role, pick in picks.items()}


@pytest.mark.parametrize(("rows", "width"), [(70_001, 1), (23_001, 3)])
def test_every_format_gives_the_same_bits(loss: Loss, rows: int, width: int, tmp_path: Path) -> None:
    data = data_for(loss, rows, width)
    data["weight"] = np.random.default_rng(9).exponential(size=rows)
    expected = bits(outcome(loss, frame_of(data)))
    for name, roles in sources(data, tmp_path):
        if twice(loss, data) and not Frame(roles).repeatable:
            continue
        assert bits(outcome(loss, Frame(roles), 2)) == expected, name
        for table, _ in roles.values():
            table.close()


def test_shards_cut_at_blocks_merge_to_the_whole(loss: Loss) -> None:
    data = data_for(loss, 50_000, 3)
    data["weight"] = np.random.default_rng(9).exponential(size=50_000)
    if twice(loss, data):
        pytest.skip("reads all rows before the first")
    whole = outcome(loss, frame_of(data))
    size = whole.bound.block_rows
    cuts = [0, size, 2 * size, 50_000]
    states = []
    for start, stop in itertools.pairwise(cuts):
        shard = {role: array[start:stop] for role, array in data.items()}
        state = outcome(loss, frame_of(shard), 2).state
        states.append(State.from_dict(state.to_dict()))
    assert states[2] + (states[0] + states[1]) == whole.state
    assert (states[1] + states[0]) + states[2] == whole.state


def test_the_rows_are_in_order_and_add_up(loss: Loss) -> None:
    data = data_for(loss, 150_001, 1)
    bound = bind(loss, frame_of(data).shapes, input=kind_for(loss))
    if bound.pooled or bound.one_row or "none" not in loss.reductions:
        pytest.skip("has no rows")
    data["weight"] = np.random.default_rng(9).integers(0, 3, size=150_001)
    rows = [compute(loss.name, data, reduction="none", threads=threads).rows for threads in THREADS]
    assert all(np.array_equal(rows[0], other) for other in rows[1:])
    some = np.arange(0, 150_001, 7501)
    if not bound.needs_preparation:
        single = loss(data["pred"][some], data["label"][some], input=kind_for(loss)) * data["weight"][some]
        np.testing.assert_allclose(rows[0][some], single, rtol=1e-15)
    columns = 1 if bound.loss.item == "sum" or data["pred"].ndim == 1 else data["pred"].shape[1]
    collapsed = {"values", "binary", "sign", "distribution"} & {bound.form.name if bound.form else ""}
    factor = columns if collapsed and loss.item == "mean" and loss.name not in ONE_A_ROW else 1
    total = compute(loss.name, data, reduction="sum").value
    assert total == pytest.approx(rows[0].sum() * factor, rel=1e-12)
    for denominator, count in (
        ("weights", data["weight"].sum()),
        ("count", 150_001),
        ("nonzero", np.count_nonzero(data["weight"])),
    ):
        mean = compute(loss.name, data, reduction="mean", denominator=denominator).value
        assert mean == pytest.approx(rows[0].sum() / count, rel=1e-12)


# -- weights ------------------------------------------------------------------------------------------------


def test_a_weight_of_two_is_the_row_twice_and_of_zero_its_absence(loss: Loss) -> None:
    data = data_for(loss, 3000, 1)
    times = np.random.default_rng(5).integers(0, 3, size=3000)
    repeated = {role: np.repeat(array, times, axis=0) for role, array in data.items()}
    weighted = compute(loss.name, {**data, "weight": times})
    assert weighted.value == pytest.approx(compute(loss.name, repeated).value, rel=1e-12)
    assert weighted.weight_sum == len(repeated["pred"])
    kept = {role: array[times > 0] for role, array in data.items()}
    absent = compute(loss.name, {**data, "weight": (times > 0) * 1.5})
    assert absent.value == pytest.approx(compute(loss.name, {**kept, "weight": np.full(len(kept["pred"]), 1.5)}).value)


def test_a_weight_of_zero_leaves_out_a_row_that_costs_inf() -> None:
    pred, label = [0.0, 1.0, 0.25], [1, 0, 0]
    plain = losscli.compute("bce", pred, label, input="probs")
    assert plain.value == np.inf
    assert plain.status == "inf"
    assert plain.stderr is None
    found = losscli.compute("bce", pred, label, input="probs", weights=[0, 0, 2])
    assert found.value == pytest.approx(-np.log(0.75))
    assert losscli.compute("bce", pred, label, input="probs", weights=[0, 0, 2], reduction="none").rows[0] == 0


@pytest.mark.parametrize(
    ("bad", "words"),
    [(-1.0, "weight -1 is negative"), (np.nan, "has NaN"), (np.inf, "infinite"), (-np.inf, "negative")],
)
def test_bad_weights_name_their_row(loss: Loss, bad: float, words: str) -> None:
    data = data_for(loss, 100_000, 1)
    data["weight"] = np.ones(100_000)
    data["weight"][[70_003, 90_000]] = bad
    for threads in (1, 4):
        with pytest.raises(DataProblem, match=rf"^weights\b.*{words}.* in row 70003 \(from 0\)"):
            compute(loss.name, data, threads=threads)


def test_weights_that_are_all_zero() -> None:
    with pytest.raises(DataProblem, match="all weights are zero"):
        losscli.compute("mse", [1.0, 2.0], [0.0, 0.0], weights=[0.0, 0.0])
    assert losscli.compute("mse", [1.0, 2.0], [0.0, 0.0], weights=[0.0, 0.0], reduction="sum").value == 0
    with pytest.raises(DataProblem, match="not one weight a row"):
        losscli.compute("mse", [1.0, 2.0], [0.0, 0.0], weights=[[1.0, 2.0], [3.0, 4.0]])


# -- rows without a value -----------------------------------------------------------------------------------


def test_nan_is_an_error_that_names_the_first_row(loss: Loss) -> None:
    clean = data_for(loss, 150_000, 1)
    clean["label"] = clean["label"].astype(float)
    for role in ("pred", "label"):
        data = {name: array.copy() for name, array in clean.items()}
        name = {"pred": "predictions", "label": "labels"}[role]
        data[role][[80_001, 80_007, 149_999]] = np.nan
        if data[role].ndim > 1:
            data[role][80_001, :-1] = 0.25  # the last number of a row counts as the first
        for threads in (1, 4):
            with pytest.raises(DataProblem, match=rf"^{name} has NaN in row 80001 \(from 0\)"):
                compute(loss.name, data, threads=threads)


def test_nan_omitted_is_as_if_it_had_not_been_there(loss: Loss) -> None:
    data = data_for(loss, 150_000, 1)
    data["label"] = data["label"].astype(float)
    data["weight"] = np.random.default_rng(5).exponential(size=150_000)
    gone = np.zeros(150_000, dtype=bool)
    for number, array in enumerate(data.values()):
        at = 1000 + number + np.arange(0, 90_000, 317 * (number + 1))
        array[at] = np.nan
        gone[at] = True
    gone[:70_000] = True  # whole blocks
    data["pred"][:70_000] = np.nan
    kept = {role: array[~gone] for role, array in data.items()}
    expected = compute(loss.name, kept)
    for threads in (1, 3):
        found = compute(loss.name, data, nan="omit", threads=threads)
        assert found.value == pytest.approx(expected.value, rel=1e-12)
        assert found.counts == {**expected.counts, "nan": int(gone.sum()), "dropped": int(gone.sum())}
        assert found.n == expected.n
        assert found.weight_sum == pytest.approx(expected.weight_sum)


def test_nan_propagates_to_the_value(loss: Loss) -> None:
    clean = data_for(loss, 100_000, 1)
    clean["label"] = clean["label"].astype(float)
    for role in ("pred", "label"):
        data = {name: array.copy() for name, array in clean.items()}
        data[role][70_000] = np.nan
        found = compute(loss.name, data, nan="propagate", threads=2)
        assert found.status == "nan"
        assert np.isnan(found.value)
        assert found.stderr is None
        assert found.counts["dropped"] == 0
        if not loss.flat_is_one_row:
            assert found.n == 100_000


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


# -- labels -------------------------------------------------------------------------------------------------


def test_hinge_labels_of_two_habits_in_two_blocks() -> None:
    rng = np.random.default_rng(0)
    pred, sign = rng.normal(size=200_000), rng.choice([-1.0, 1.0], size=200_000)
    minus, zero = (losscli.compute("hinge", pred, labels, threads=2) for labels in (sign, np.maximum(sign, 0.0)))
    assert (minus.value, minus.stderr) == (zero.value, zero.stderr)
    assert minus.counts == zero.counts
    mixed = np.where(np.arange(200_000) < 150_000, sign, np.maximum(sign, 0))
    for threads in (1, 3):
        with pytest.raises(DataProblem, match="labels has both -1 and 0"):
            losscli.compute("hinge", pred, mixed, threads=threads)
    pred[150_000:] = np.nan  # rows left out have no say
    assert losscli.compute("hinge", pred, mixed, nan="omit").n == 150_000


def test_a_bad_label_is_named_by_its_row() -> None:
    pred, label = np.zeros((100_000, 3)), np.zeros(100_000, dtype=np.int64)
    label[77_777] = 3
    with pytest.raises(DataProblem, match=r"^labels: label 3 is outside 0 \.\.\. 2, in row 77777 \(from 0\)"):
        losscli.compute("ce", pred, label, threads=3)
    pred[5_000, 2] = np.nan
    with pytest.raises(DataProblem, match="row 77777 "):
        losscli.compute("ce", pred, label, threads=3, nan="omit")


# -- two passes ---------------------------------------------------------------------------------------------


def test_class_means_do_not_depend_on_threads() -> None:
    rng = np.random.default_rng(0)
    pred, label = rng.normal(size=(60_000, 5)), rng.integers(0, 7, size=60_000)
    first, *others = (compute("center", {"pred": pred, "label": label}, threads=threads) for threads in THREADS)
    assert all((other.value, other.stderr) == (first.value, first.stderr) for other in others)
    with_nan = label.astype(float)
    with_nan[[3, 40_000]] = np.nan
    with pytest.raises(DataProblem, match=r"^labels has NaN in row 3 "):
        compute("center", {"pred": pred, "label": with_nan})
    keep = ~np.isnan(with_nan)
    found = compute("center", {"pred": pred, "label": with_nan}, nan="omit")
    assert found.value == pytest.approx(compute("center", {"pred": pred[keep], "label": label[keep]}).value)
    assert found.counts["nan"] == 2
    assert compute("center", {"pred": pred, "label": with_nan}, nan="propagate").status == "nan"
    bad = label.copy()
    bad[50_000] = -4
    with pytest.raises(DataProblem, match=r"^labels: label -4 is negative, in row 50000 "):
        compute("center", {"pred": pred, "label": bad})


# -- trouble ------------------------------------------------------------------------------------------------


class Odd:
    """A table whose block `at` does something else."""

    name, path, format, columns, repeatable = "odd", None, "array", (), True

    def __init__(self, rows: int, at: int, act: Callable[[], None]) -> None:
        self.inner, self.at, self.act = ArrayTable(np.zeros(rows), "odd"), at, act
        self.rows = rows
        self.describe = self.inner.describe

    def blocks(self, picks: dict[str, Pick], size: int) -> Iterator[Load]:
        for number, load in enumerate(self.inner.blocks(picks, size)):
            yield (lambda: (self.act(), load())[1]) if number == self.at else load  # noqa: B023

    def close(self) -> None: ...


def broken(kind: type[BaseException]) -> Callable[[], None]:
    def act() -> None:
        time.sleep(0.02)
        raise kind("broken")

    return act


@pytest.mark.parametrize("kind", [ValueError, MemoryError, DataProblem, RuntimeError])
@pytest.mark.parametrize("at", [0, 3, 9])
def test_an_exception_in_any_thread_ends_the_run(kind: type[Exception], at: int) -> None:
    for threads in THREADS:
        before = threading.active_count()
        table: Any = Odd(10 << 16, at, broken(kind))
        frame = Frame({"pred": (table, Pick()), "label": (ArrayTable(np.zeros(10 << 16), "labels"), Pick())})
        with pytest.raises(kind, match="broken"):
            outcome(registry.find("mse"), frame, threads)
        assert threading.active_count() == before


def test_an_exception_while_blocks_are_cut_ends_the_run() -> None:
    class Torn(Odd):
        def blocks(self, picks: dict[str, Pick], size: int) -> Iterator[Load]:
            for number, load in enumerate(self.inner.blocks(picks, size)):
                if number == self.at:
                    raise DataProblem("torn")
                yield load

    for threads in THREADS:
        table: Any = Torn(10 << 16, 4, broken(ValueError))
        frame = Frame({"pred": (table, Pick()), "label": (ArrayTable(np.zeros(10 << 16), "labels"), Pick())})
        with pytest.raises(DataProblem, match="torn"):
            outcome(registry.find("mse"), frame, threads)


def test_an_interrupt_does_not_wait_for_a_thread_that_is_stuck() -> None:
    """A thread in a read that never returns must not hold Ctrl-C up."""
    released, let_go, before = threading.Event(), [], threading.active_count()
    main = threading.main_thread()

    def act() -> None:
        if threading.current_thread() is main:
            raise KeyboardInterrupt
        let_go.append(released.wait(60))

    class Stuck(Odd):
        def blocks(self, picks: dict[str, Pick], size: int) -> Iterator[Load]:
            for load in self.inner.blocks(picks, size):
                yield lambda load=load: (act(), load())[1]  # type: ignore[misc]

    table: Any = Stuck(10 << 16, 0, act)
    frame = Frame({"pred": (table, Pick()), "label": (ArrayTable(np.zeros(10 << 16), "labels"), Pick())})
    with pytest.raises(KeyboardInterrupt):
        outcome(registry.find("mse"), frame, 3)
    assert let_go == []  # the threads are stuck still
    assert threading.active_count() > before
    released.set()
    until = time.monotonic() + 60
    while threading.active_count() > before and time.monotonic() < until:
        time.sleep(0.01)
    assert threading.active_count() <= before
    assert all(let_go)


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize("kind", ["npy", "csv"])
def test_ctrl_c_in_a_pipe_without_end(kind: str, tmp_path: Path) -> None:
    np.save(tmp_path / "y.npy", np.zeros(500_000))
    held = io.BytesIO()
    np.save(held, np.zeros(500_000))
    start = held.getvalue()[: 8 * 200_000] if kind == "npy" else b"pred\n" + b"0.5\n" * 200_000
    command = [sys.executable, "-m", "losscli", "compute", "mse", "--threads", "3", "-", str(tmp_path / "y.npy")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdin is not None
        child.stdin.write(start)
        child.stdin.flush()
        time.sleep(0.3)  # more was taken than a pipe holds, so the child runs
        assert child.poll() is None
        child.send_signal(signal.SIGINT)
        assert child.wait(timeout=60) == 130
        assert child.stdout is not None
        assert child.stderr is not None
        assert child.stdout.read() == b""
        assert child.stderr.read() == b"losscli: interrupted.\n"


def test_infinite_losses_say_nothing_on_stderr(tmp_path: Path) -> None:
    """NumPy's warnings are for programmers; here they would be errors."""
    huge = np.array([1e200, -1e308, 1.0])
    for threads in (1, 2):
        assert losscli.compute("mse", huge, -huge, threads=threads).status == "inf"
        assert losscli.compute("mse", huge, -huge, weights=[1e308, 0.0, 1.0], threads=threads).status == "inf"
    assert losscli.compute("mse", [np.inf], [np.inf]).status == "nan"


def test_ragged_rows_in_memory_are_cut_like_any() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(40, 6, 4))
    sizes = rng.integers(0, 4, size=40)
    labels = Ragged(rng.integers(1, 4, size=int(sizes.sum())), np.concatenate(([0], np.cumsum(sizes))))
    assembly = assemble(registry.find("ctc"), InputRequest({"pred": logits, "label": labels}), {}, "logits")
    found = outcome(registry.find("ctc"), assembly.frame, 2)
    padded, _ = labels.padded()
    lengths = {"label_lengths": sizes}
    expected = losscli.compute("ctc", logits, padded, **lengths)
    assert bits(found)[0] == expected.value
    with pytest.raises(LossCliError):
        losscli.compute("ctc", logits, Ragged(labels.values, labels.offsets[:-1]))
