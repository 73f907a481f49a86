"""Parts of a data set: their order, empty ones among them, and folders of tables of which a log says what counts."""

from __future__ import annotations

import gzip
import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import fs, parquet

import losscli
from losscli.core.errors import DataProblem
from losscli.core.natural_order import natural_key
from losscli.sources.datasets.file_listing import members_at, ordered
from losscli.sources.datasets.table_logs import refuse_stored_log
from losscli.sources.open import ReadOptions, open_table
from losscli.sources.remote import object_store
from losscli.sources.table import Pick


@pytest.fixture(autouse=True)
def _here(cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


NAMES = st.text(alphabet="ab-_.0123456789", min_size=1, max_size=12)


@given(st.lists(st.integers(0, 10**30), unique=True), st.text(alphabet="ab-_. ", max_size=3))
def test_numbers_in_names_are_counted(numbers: list[int], end: str) -> None:
    names = sorted((f"batch_{number}{end}.npy" for number in numbers), key=natural_key)
    assert names == [f"batch_{number}{end}.npy" for number in sorted(numbers)]


@given(st.lists(NAMES))
def test_padded_names_keep_their_order(names: list[str]) -> None:
    padded = [re.sub("[0-9]+", lambda run: run.group().zfill(12), name) for name in names]
    assert sorted(padded, key=natural_key) == sorted(padded)


@given(st.lists(NAMES, unique=True), st.randoms())
def test_the_order_does_not_depend_on_the_listing(names: list[str], dice: Any) -> None:
    mixed = list(names)
    dice.shuffle(mixed)
    one, other = (ordered((name, (name,)) for name in each) for each in (names, mixed))
    assert one == other


def test_the_same_order_everywhere_and_in_the_report() -> None:
    Path("d").mkdir()
    for number in (0, 1, 2, 9, 10, 11, 100):
        np.save(f"d/batch_{number}.npy", np.array([float(number)]))
    right = [0.0, 1, 2, 9, 10, 11, 100]
    names = [f"batch_{number:.0f}.npy" for number in right]
    assert [member.relative[-1] for member in members_at("d")] == names
    np.save("labels.npy", np.array(right))
    for given_ in ("d", "d/batch_*.npy"):
        result = losscli.compute("mse", given_, "labels.npy")
        assert result.value == 0
    table = open_table("d", ReadOptions())
    assert np.concatenate([load().arrays["x"] for load in table.blocks({"x": Pick()}, 3)]).tolist() == right
    assert table.files == tuple(names)
    table.close()


def test_the_report_lists_the_files(cli: Any) -> None:
    Path("d").mkdir()
    for number in (2, 10):
        Path(f"d/p{number}.csv").write_text("pred,label\n1,2\n")
    Path("d/p3.csv").write_text("")
    Path("d/p4.csv").write_text("pred,label\n")
    code, out, err = cli("compute", "mse", "d", "--json")
    assert code == 0, err
    assert "d: 2 files are empty and are passed over (p3.csv, p4.csv)." in err
    for each in json.loads(out)["inputs"]:
        assert each["files"] == ["p2.csv", "p3.csv", "p4.csv", "p10.csv"]
        assert (each["file_count"], each["empty_files"]) == (4, 2)


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "jsonl", "parquet", "npy"])
def test_empty_parts_are_passed_over(ending: str) -> None:
    Path("d").mkdir()
    for number, rows in enumerate([[], [1.0, 2.0], [], [4.0]]):
        path, data = Path(f"d/part-{number}.{ending}"), "".join(f"{row}\n" for row in rows)
        if ending == "npy":
            np.save(path, np.array(rows))
        elif ending == "parquet":
            parquet.write_table(pa.table({"x": pa.array(rows, pa.float64())}), path)
        elif ending == "jsonl":
            path.write_text("".join(f'{{"x": {row}}}\n' for row in rows))
        else:
            text = (f"x\n{data}" if rows else "").encode()
            path.write_bytes(gzip.compress(text) if ending.endswith("gz") else text)
    Path(f"d/part-9.{ending}").write_bytes(b"")
    table = open_table("d", ReadOptions())
    pick = Pick() if ending == "npy" else Pick(("x",))
    assert np.concatenate([load().arrays["x"] for load in table.blocks({"x": pick}, 2)]).tolist() == [1, 2, 4]
    assert table.empty_files == 3
    table.close()
    for path in Path("d").iterdir():
        path.write_bytes(b"")
    with pytest.raises(DataProblem, match="d has no rows"):
        open_table("d", ReadOptions())


@pytest.mark.parametrize(
    ("log", "library"),
    [("_delta_log/0.json", "deltalake"), ("metadata/v1.metadata.json", "pyiceberg"), (".hoodie/x", "hudi")],
)
def test_tables_with_a_log_are_refused(log: str, library: str, cli: Any) -> None:
    Path("t/day=1").mkdir(parents=True)
    (Path("t") / log).parent.mkdir()
    (Path("t") / log).write_text("{}")
    Path("t/a.csv").write_text("pred,label\n1,2\n")
    Path("t/day=1/b.csv").write_text("pred,label\n1,2\n")
    for road in ("t", "t/*.csv", "t/**/*.csv", "t/day=1", "*/*.csv"):
        code, out, err = cli("compute", "mse", road)
        assert (code, out) == (3, ""), road
        assert library in err
        with pytest.raises(DataProblem, match="says which of its files count"):
            losscli.compute("mse", road)
    assert cli("compute", "mse", "t/a.csv").code == 0
    with pytest.raises(DataProblem, match=library):
        refuse_stored_log([("x", "a.csv"), ("x", *log.split("/"))], "s3://b/x")


def test_an_object_store_lists_and_refuses_alike() -> None:
    Path("bucket/d").mkdir(parents=True)
    for number in (2, 10, 1):
        Path(f"bucket/d/p{number}.csv").write_text("x\n" if number == 1 else f"x\n{number}\n")
    Path("bucket/d/p3.csv").write_text("")
    place = object_store._place("s3://bucket/d/")
    empty: set[str] = set()
    members = object_store._members(fs.LocalFileSystem(), place, empty)
    assert [member.relative[-1] for member in members] == ["p1.csv", "p2.csv", "p3.csv", "p10.csv"]
    assert empty == {"bucket/d/p3.csv"}
    Path("bucket/d/_delta_log").mkdir()
    Path("bucket/d/_delta_log/0.json").write_text("{}")
    with pytest.raises(DataProblem, match="Delta Lake"):
        object_store._members(fs.LocalFileSystem(), place, empty)


# numbers in other clothes


def test_numbers_as_text_are_those_of_csv(cli: Any) -> None:
    cells = ["0.9", " 0.25", "1e-3", "NA", "nan", "1.#QNAN", None, "0.1"]
    table = pa.table({"pred": cells, "label": ["1", "0"] * 4})
    parquet.write_table(table, "p.parquet")
    with pa.ipc.new_file("p.arrow", table.schema) as writer:
        writer.write_table(table)
    parquet.write_table(pa.table({name: table[name].dictionary_encode() for name in table.column_names}), "d.parquet")
    Path("p.csv").write_text(
        "pred,label\n" + "".join(f"{cell or ''},{1 - row % 2}\n" for row, cell in enumerate(cells))
    )
    said = ("--format", "value", "--nan", "omit", "--missing", "omit", "--input", "probs")
    right = cli("compute", "bce", "p.csv", *said)
    assert right.code == 0, right
    for name in ("p.parquet", "p.arrow", "d.parquet"):
        assert cli("compute", "bce", name, *said).out == right.out
    parquet.write_table(pa.table({"pred": ["0.5", "0,5"], "label": [1, 0]}), "x.parquet")
    with pytest.raises(
        DataProblem, match=r"x\.parquet: column pred, row 1 \(from 0\) holds '0,5', which is not a number"
    ):
        losscli.compute("bce", "x.parquet", input="probs")


VECTOR = pa.struct(
    [("type", pa.int8()), ("size", pa.int32()), ("indices", pa.list_(pa.int32())), ("values", pa.list_(pa.float64()))]
)


@given(
    st.lists(st.none() | st.tuples(st.booleans(), st.lists(st.sampled_from([0.0, 0.5, 2.0]), min_size=3, max_size=3)))
)
def test_vectors_of_spark_are_vector_columns(tmp_path_factory: pytest.TempPathFactory, rows: list[Any]) -> None:
    rows = [(True, [1.0, 0, 3.0]), *rows]
    cells, right = [], []
    for row in rows:
        sparse, values = row or (False, [np.nan] * 3)
        at = [index for index, value in enumerate(values) if value]
        right.append(values)
        kind = {"type": 0, "size": 3, "indices": at, "values": [values[index] for index in at]}
        cells.append(None if row is None else kind if sparse else {"type": 1, "values": values})
    path = tmp_path_factory.mktemp("v") / "v.parquet"
    parquet.write_table(pa.table({"v": pa.array(cells, VECTOR)}), path)
    table = open_table(str(path), ReadOptions())
    read = np.concatenate([load().arrays["x"] for load in table.blocks({"x": Pick(("v",))}, 2)])
    np.testing.assert_array_equal(read, right)


def test_a_sparse_vector_that_contradicts_itself_is_named() -> None:
    bad = [
        {"type": 0, "size": 2, "indices": [0], "values": [1.0]},
        {"type": 0, "size": 2, "indices": [2], "values": [1.0]},
    ]
    parquet.write_table(pa.table({"v": pa.array(bad, VECTOR)}), "v.parquet")
    table = open_table("v.parquet", ReadOptions())
    with pytest.raises(DataProblem, match=r"row 1 \(from 0\) is a sparse vector whose indices do not fit"):
        list(table.blocks({"x": Pick(("v",))}, 2))


def bfloat16(values: np.ndarray) -> np.ndarray:
    """As ml_dtypes has them, and np.save writes them: two bytes of the type V2."""
    return (values.astype(np.float32).view(np.uint32) >> 16).astype(np.uint16).view("V2")


@pytest.mark.parametrize("order", ["C", "F"])
def test_bfloat16_is_read(cli: Any, order: Any) -> None:
    values = np.random.default_rng(3).integers(-8, 8, (9, 3)) / 4
    labels = np.arange(9) % 3
    halves = np.asarray(bfloat16(values.ravel()).reshape(9, 3), order=order)
    expected = losscli.compute("ce", values, labels).value
    np.save("y.npy", labels)
    np.save("z.npy", halves)
    np.savez("z.npz", logits=halves, labels=labels)
    for files, name in (("z.npy", "y.npy"), "z.npy"), (("z.npz",), "z.npz::logits"):
        ran = cli("compute", "ce", *files, "--format", "value")
        assert float(ran.out) == expected == losscli.compute("ce", *files).value
        assert f"{name} holds two-byte values (V2), as which ml_dtypes saves bfloat16" in ran.err
    assert losscli.compute("mse", "z.npy::1", values[:, 1]).value == 0
    with open("z.npy", "rb") as piped:
        ran = cli("compute", "ce", "-", "y.npy", "--format", "value", stdin=piped.read())
    assert float(ran.out) == expected


def test_bfloat16_keeps_what_marks_no_score() -> None:
    values = np.array([0.5, -np.inf, float.fromhex("-0x1.fep+127"), 1e-30])
    np.save("z.npy", bfloat16(values))
    rows = losscli.compute("bce", "z.npy", [1.0, 0, 0, 0], reduction="none").rows
    assert rows.tolist() == [math.log1p(math.exp(-0.5)), 0.0, 0.0, math.log(2)]


def test_two_bytes_of_something_else_are_refused() -> None:
    np.save("x.npy", np.random.default_rng(0).integers(0, 1 << 16, 500, dtype=np.uint16).view("V2"))
    with pytest.raises(DataProblem, match=r"unknown type \(V2\).*numpy\.save\('x\.npy', array\.astype\('float32'\)\)"):
        losscli.compute("mse", "x.npy", np.zeros(500))
    np.save("x.npy", np.zeros(3, "V1"))
    with pytest.raises(DataProblem, match=r"'\|V1'.*float8.*numpy\.save\('x\.npy', array\.astype\('float32'\)\)"):
        losscli.compute("mse", "x.npy", np.zeros(3))
    np.save("x.npy", np.zeros(3, [("a", "V2")]))
    with pytest.raises(DataProblem, match="records"):
        losscli.compute("mse", "x.npy", np.zeros(3))
