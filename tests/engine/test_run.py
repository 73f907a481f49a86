"""The engine: the same bits with any threads and in any format, weights, labels, and two passes."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from engine_data import THREADS, Array, Data, compute, data_for, frame_of, kind_for, of_each_form, outcome
from outcomes import bits
from pyarrow import parquet

import losscli
from losscli.core import registry
from losscli.core.binding.binding import bind
from losscli.core.errors import DataProblem
from losscli.core.loss import Loss
from losscli.core.sums.state import State
from losscli.sources.arrays import ArrayTable
from losscli.sources.formats.csv.csv_file import CsvTable
from losscli.sources.formats.npy.npy_file import NpyStream, NpyTable
from losscli.sources.formats.npz.npz_file import NpzTable
from losscli.sources.formats.parquet.parquet_file import ParquetTable
from losscli.sources.frame import Frame, Picked
from losscli.sources.table import Pick

# a row's loss is one number, which a sum adds
ONE_A_ROW = ("multilabel_soft_margin", "multilabel_margin", "js_divergence", "generalized_kl", "preference")
ONE_A_ROW += ("ranking_softmax", "ndcg")


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many blocks of few rows: what may go wrong between blocks does so in small data."""
    for loss in registry.everything().values():
        monkeypatch.setattr(loss, "block_elements", min(loss.block_elements or 1 << 14, 1 << 14))


def twice(loss: Loss, data: Data) -> bool:
    """Whether the loss reads the data twice."""
    return bind(loss, frame_of(data).shapes, input=kind_for(loss)).needs_preparation


@pytest.fixture(params=of_each_form())
def loss(request: pytest.FixtureRequest) -> Loss:
    return registry.find(request.param)


SUMS_A_COLUMN = ("r2", "relative_squared_error")  # whose state grows with the columns


# -- threads, formats, cuts ---------------------------------------------------------------------------------


SLOW_SHAPES = ((60_001, 1), (200, 301), (200_001, 1), (50_003, 3), (700, 301))
LARGE = [pytest.param(*shape, marks=pytest.mark.slow) for shape in SLOW_SHAPES]


@pytest.mark.parametrize(("rows", "width"), [(20_003, 3), *LARGE])
def test_any_number_of_threads_gives_the_same_bits(loss: Loss, rows: int, width: int) -> None:
    width = min(width, 31) if loss.name in SUMS_A_COLUMN else width
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


@pytest.mark.parametrize(("rows", "width"), [(35_001, 1), (12_001, 3)])
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
    data = data_for(loss, 60_001, 1)
    bound = bind(loss, frame_of(data).shapes, input=kind_for(loss))
    if bound.pooled or bound.one_row or not {"none", "sum"} <= set(loss.reductions):
        pytest.skip("has no rows")
    data["weight"] = np.random.default_rng(9).integers(0, 3, size=60_001)
    rows = [compute(loss.name, data, reduction="none", threads=threads).rows for threads in THREADS]
    assert all(np.array_equal(rows[0], other) for other in rows[1:])
    some = np.arange(0, 60_001, 3001)
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
        ("count", 60_001),
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
    data = data_for(loss, 40_000, 1)
    data["weight"] = np.ones(40_000)
    data["weight"][[30_003, 39_000]] = bad
    for threads in (1, 4):
        with pytest.raises(DataProblem, match=rf"^weights\b.*{words}.* in row 30003 \(from 0\)"):
            compute(loss.name, data, threads=threads)


def test_weights_that_are_all_zero() -> None:
    with pytest.raises(DataProblem, match="all weights are zero"):
        losscli.compute("mse", [1.0, 2.0], [0.0, 0.0], weights=[0.0, 0.0])
    assert losscli.compute("mse", [1.0, 2.0], [0.0, 0.0], weights=[0.0, 0.0], reduction="sum").value == 0
    with pytest.raises(DataProblem, match="do not go along elements"):
        losscli.compute("mse", [1.0, 2.0], [0.0, 0.0], weights=[[1.0, 2.0], [3.0, 4.0]])


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
