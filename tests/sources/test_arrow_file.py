"""Arrow files, streams and Feather: every type, any size of record batch, compression, and damage at every byte."""

from __future__ import annotations

import decimal
import io
import itertools
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from arrow_tables import CODECS, KINDS, problem, read, table, written
from conftest import environment
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import feather

from losscli.core.errors import DataProblem, UsageProblem
from losscli.sources.formats.arrow.arrow_file import ArrowTable
from losscli.sources.open import ReadOptions, open_table
from losscli.sources.table import Field, Pick

NUMBERS = [f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)] + [
    "float16",
    "float32",
    "float64",
    "bool",
]


@pytest.mark.parametrize("dtype", NUMBERS)
@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_numbers_keep_their_dtype(dtype: str, gaps: bool, kind: str) -> None:
    values = np.arange(200).astype(dtype) if dtype != "bool" else np.arange(200) % 3 == 0
    if dtype.startswith(("int", "uint")):
        values[:2] = np.iinfo(dtype).min, np.iinfo(dtype).max
    mask = np.arange(200) % 5 == 3
    for codec, chunk in itertools.product(CODECS, (None, 77)):
        source = table({"z": ["x"] * 200, "a": pa.array(values, mask=mask if gaps else None)}, kind, codec, chunk)
        assert source.describe(Pick(("a",))) == Field((200,), dtype)
        assert not source.is_text("a")
        arrays, masks, lengths = read(source, 13, x=Pick(("a",)))
        assert arrays["x"].dtype == dtype
        assert lengths == [13] * 15 + [5]
        expected = values.copy()
        if gaps:
            expected[mask] = np.nan if values.dtype.kind == "f" else 0
            np.testing.assert_array_equal(masks["x"], mask)
        np.testing.assert_array_equal(arrays["x"], expected)


def everything(rows: int) -> pa.Table:
    """A table whose columns of every layout lie between those that are read."""
    words = pa.array((["no", "yes", None] * rows)[:rows])
    lists = pa.array([None if i % 7 == 0 else list(range(i % 5)) for i in range(rows)], pa.list_(pa.int16()))
    fixed = pa.array([None if i % 7 == 0 else [i, i + 1.5, 2] for i in range(rows)], pa.list_(pa.float32(), 3))
    tags = pa.array([0] * rows, pa.int8())
    return pa.table(
        {
            "struct": pa.array([{"q": i, "z": "t"} for i in range(rows)]),
            "words": words,
            "map": pa.array([[("k", i)] for i in range(rows)], pa.map_(pa.string(), pa.int64())),
            "large": words.cast(pa.large_string()),
            "union": pa.UnionArray.from_sparse(tags, [pa.array(range(rows)), pa.array(["a"] * rows)]),
            "view": words.cast(pa.string_view()),
            "dense": pa.UnionArray.from_dense(tags, pa.array(range(rows), pa.int32()), [pa.array(range(rows))]),
            "bytes": words.cast(pa.binary()),
            "runs": pa.RunEndEncodedArray.from_arrays(pa.array([rows], pa.int32()), pa.array([5])),
            "coded": words.dictionary_encode(),
            "listview": pa.array([[1, 2]] * rows, pa.list_view(pa.int8())),
            "lists": lists,
            "day": pa.array([1] * rows, pa.date32()),
            "large_lists": lists.cast(pa.large_list(pa.int16())),
            "nothing": pa.nulls(rows),
            "fixed": fixed,
            "decimal": pa.array([decimal.Decimal(i).scaleb(-2) for i in range(rows)], pa.decimal128(9, 2)),
            "number": pa.array([i % 4 for i in range(rows)]).dictionary_encode(),
            "last": pa.array([i / 7 for i in range(rows)]),
        }
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("chunk", [None, 500, 13])
def test_every_layout_is_read_or_passed_over(kind: str, codec: str | None, chunk: int | None) -> None:
    rows = 1003
    data = everything(rows)
    source = table(data, kind, codec, chunk)
    texts = ("words", "large", "view", "bytes", "coded")
    picks = {name: Pick((name,), ("no", "yes")) for name in texts}
    picks |= {name: Pick((name,), ragged=True) for name in ("lists", "large_lists")}
    picks |= {name: Pick((name,)) for name in ("nothing", "fixed", "decimal", "number", "last")}
    arrays, masks, lengths = read(source, 77, **picks)
    assert lengths == [77] * 13 + [2]
    for name in picks:
        expected = data[name].to_pylist()
        np.testing.assert_array_equal(masks[name], [value is None for value in expected], err_msg=name)
        found = arrays[name] if name.endswith("lists") else arrays[name].tolist()
        numbers = {"no": 0, "yes": 1, b"no": 0, b"yes": 1}
        for value, wanted in zip(found, expected, strict=True):
            if isinstance(wanted, str | bytes):
                assert value == numbers[wanted]
            elif wanted is not None:
                assert value == (float(wanted) if isinstance(wanted, decimal.Decimal) else wanted)
    assert source.describe(Pick(("fixed",))) == Field((rows, 3), "float32")
    assert source.describe(Pick(("words",))) == Field((rows,), "text")
    assert any(name.startswith("struct.") for name in source.columns)
    for name in ("map", "union", "dense", "runs", "listview", "day"):
        with pytest.raises(DataProblem, match=f"column {name} is of type .* which holds no numbers"):
            source.describe(Pick((name,)))


def test_columns_side_by_side() -> None:
    source = table({"a": np.ones(30, "float32"), "b": np.arange(30, dtype="int8"), "t": ["x"] * 30}, "file", None, 7)
    assert source.describe(Pick(("b", "a"))) == Field((30, 2), "float32")
    np.testing.assert_array_equal(read(source, 11, x=Pick(("b", "a")))[0]["x"][:, 0], np.arange(30))
    with pytest.raises(UsageProblem, match="does not go side by side"):
        source.describe(Pick())
    with pytest.raises(UsageProblem, match="no column bb"):
        source.describe(Pick(("bb",)))
    assert problem(source, x=Pick(("t",))).startswith("preds.arrow: column t holds text ('x'). --classes")


def test_a_stream_may_change_its_dictionary() -> None:
    held = io.BytesIO()
    first, second = (pa.array(words).dictionary_encode() for words in (["a", "b", "a"], ["c", "a"]))
    schema = pa.schema([("y", first.type)])
    with pa.ipc.new_stream(held, schema) as writer:
        for array in (first, second, first):
            writer.write_batch(pa.record_batch([array], schema=schema))
    source = ArrowTable(io.BytesIO(held.getvalue()), name="x")
    assert read(source, 4, y=Pick(("y",), ("a", "b", "c")))[0]["y"].tolist() == [0, 1, 0, 2, 0, 0, 1, 0]


@pytest.mark.parametrize("kind", KINDS)
def test_a_dictionary_may_grow(kind: str) -> None:
    held = io.BytesIO()
    words = [["a"], ["a", "b"], ["a", "b", "c"]]
    arrays = [pa.DictionaryArray.from_arrays(pa.array([len(w) - 1, 0], pa.int8()), w) for w in words]
    schema = pa.schema([("y", arrays[0].type)])
    new = pa.ipc.new_file if kind == "file" else pa.ipc.new_stream
    with new(held, schema, options=pa.ipc.IpcWriteOptions(emit_dictionary_deltas=True)) as writer:
        for array in arrays:
            writer.write_batch(pa.record_batch([array], schema=schema))
    source = ArrowTable(io.BytesIO(held.getvalue()), name="x")
    assert read(source, y=Pick(("y",), ("a", "b", "c")))[0]["y"].tolist() == [0, 0, 1, 0, 2, 0]


@settings(max_examples=80)
@given(
    st.lists(
        st.tuples(
            st.one_of(st.none(), st.floats()),
            st.one_of(st.none(), st.lists(st.integers(-9, 9), max_size=4)),
            st.one_of(st.none(), st.sampled_from(["a", "b", "é"])),
        ),
        min_size=1,
        max_size=60,
    ),
    st.integers(1, 40),
    st.integers(1, 70),
    st.sampled_from(CODECS),
    st.sampled_from(KINDS),
)
def test_any_values_come_back(rows: list[Any], size: int, chunk: int, codec: str | None, kind: str) -> None:
    columns = [pa.array(values, type_) for values, type_ in zip(zip(*rows, strict=True), TYPES, strict=True)]
    source = table({"a": columns[0], "v": columns[1], "y": columns[2]}, kind, codec, chunk)
    picks = {"a": Pick(("a",)), "v": Pick(("v",), ragged=True), "y": Pick(("y",), ("a", "b", "é"))}
    arrays, masks, lengths = read(source, size, **picks)
    np.testing.assert_array_equal(arrays["a"], [np.nan if a is None else a for a, _, _ in rows])
    assert arrays["v"] == [v or [] for _, v, _ in rows]
    assert arrays["y"].tolist() == [0 if y is None else "abé".index(y) for _, _, y in rows]
    for index, role in enumerate(picks):
        assert masks[role].tolist() == [row[index] is None for row in rows]
    assert lengths[:-1] == [size] * (len(lengths) - 1)


TYPES = (pa.float64(), pa.list_(pa.int16()), pa.string())


@pytest.mark.parametrize("codec", ["uncompressed", "lz4", "zstd"])
def test_feather(codec: str, tmp_path: Path) -> None:
    path = tmp_path / "a.feather"
    feather.write_feather(pa.table({"p": np.arange(100.0)}), path, compression=codec, chunksize=30)
    source = open_table(str(path), ReadOptions())
    assert (source.format, source.path, source.rows, source.columns) == ("feather", str(path), 100, ("p",))
    np.testing.assert_array_equal(read(source, 7, p=Pick())[0]["p"], np.arange(100.0))


def test_feather_version_1(tmp_path: Path) -> None:
    path = tmp_path / "a.feather"
    path.write_bytes(b"FEA1" + bytes(60) + b"FEA1")
    with pytest.raises(DataProblem, match="Feather version 1, which is no longer written"):
        open_table(str(path), ReadOptions())


@pytest.mark.parametrize("name", ["a.arrow", "a.arrows", "a.ipc", "a.feather", "a"])
@pytest.mark.parametrize("kind", KINDS)
def test_content_tells_file_from_stream(name: str, kind: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(written({"p": [1.0, 2.0]}, kind))
    assert read(open_table(str(path), ReadOptions()), p=Pick())[0]["p"].tolist() == [1, 2]


@pytest.mark.parametrize("kind", KINDS)
def test_standard_input(cli: Any, kind: str) -> None:
    data = written({"pred": [1.0, 2.0], "label": [1.0, 4.0]}, kind, "lz4")
    assert tuple(cli("compute", "mse", "-", "--format", "value", "-q", stdin=data)) == (0, "2.0\n", "")


def test_arrow_under_another_name(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(written({"p": [1.0]}))
    assert open_table(str(path), ReadOptions()).format.startswith("arrow")
    (tmp_path / "b.arrow").write_text("p,y\n1,2\n")
    assert open_table(str(tmp_path / "b.arrow"), ReadOptions()).columns == ("p", "y")
    (tmp_path / "c.arrow").write_text("\0, 1")
    with pytest.raises(DataProblem, match="cannot be read as Arrow"):
        open_table(str(tmp_path / "c.arrow"), ReadOptions())


def test_no_rows_and_no_columns() -> None:
    assert problem(table({"a": pa.array([], pa.float32())})) == "preds.arrow has no rows."
    with pytest.raises(DataProblem, match="has no columns"):
        table(pa.table({})).describe(Pick())
    with pytest.raises(DataProblem, match="two columns named 'a'"):
        table(pa.table([[1], [2]], ["a", "a"]))


@pytest.mark.parametrize("kind", KINDS)
def test_columns_that_are_not_needed_are_not_read(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "a.arrow"
    marks = np.full(1000, 0x1234567890ABCDEF)
    marks[::2] = np.arange(500)
    whole = written({"p": np.arange(1000.0), "q": marks, "r": pa.array([True] * 1000)}, kind, "lz4")
    packed = pa.compress(marks.tobytes(), "lz4", asbytes=True)
    at = whole.index(packed[20:400]) - 20
    path.write_bytes(whole[:at] + b"\xff" * 400 + whole[at + 400 :])
    assert read(ArrowTable(path), p=Pick(("p",)))[0]["p"][-1] == 999
    assert "cannot be read as Arrow" in problem(ArrowTable(path), q=Pick(("q",)))


def test_neither_pandas_nor_dataset_is_imported(tmp_path: Path) -> None:
    path = tmp_path / "a.arrow"
    path.write_bytes(written({"p": [0.5, None], "y": pa.array(["a", "b"]).dictionary_encode()}))
    code = f"""
import sys
from losscli.sources.formats.arrow.arrow_file import ArrowTable
assert "pyarrow" not in sys.modules
from losscli.sources.table import Pick
picks = {{"p": Pick(("p",)), "y": Pick(("y",), ("a", "b"))}}
print([load().arrays["p"].shape for load in ArrowTable({str(path)!r}).blocks(picks, 1)])
print([name for name in ("pandas", "pyarrow.dataset", "pyarrow.compute", "pyarrow.csv") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment())
    assert done.stdout.splitlines() == ["[(1,), (1,)]", "[]"]
