"""Arrow files, streams and Feather: every type, any size of record batch, compression, and damage at every byte."""

from __future__ import annotations

import decimal
import io
import itertools
import os
import random
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from conftest import environment
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import feather

from losscli.core.arrays.inputs import Ragged
from losscli.core.errors import DataProblem, LossCliError, UsageProblem
from losscli.sources.formats.arrow.arrow_file import ArrowTable
from losscli.sources.open import ReadOptions, open_table
from losscli.sources.table import Field, Pick

NUMBERS = [f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)] + [
    "float16",
    "float32",
    "float64",
    "bool",
]
CODECS = [None, "lz4", "zstd"]
KINDS = ["file", "stream"]


def written(data: pa.Table | dict[str, Any], kind: str = "file", codec: str | None = None, chunk: Any = None) -> bytes:
    made = data if isinstance(data, pa.Table) else pa.table(data)
    held = io.BytesIO()
    new = pa.ipc.new_file if kind == "file" else pa.ipc.new_stream
    with new(held, made.schema, options=pa.ipc.IpcWriteOptions(compression=codec)) as writer:
        writer.write_table(made, max_chunksize=chunk)
    return held.getvalue()


def table(data: pa.Table | dict[str, Any], *settings: Any) -> ArrowTable:
    return ArrowTable(io.BytesIO(written(data, *settings)), name="preds.arrow")


def joined(parts: list[Any]) -> Any:
    if isinstance(parts[0], Ragged):
        return [part.values[a:b].tolist() for part in parts for a, b in itertools.pairwise(part.offsets)]
    return np.concatenate(parts)


def read(source: ArrowTable, size: int = 1000, **picks: Pick) -> tuple[dict[str, Any], dict[str, Any], list[int]]:
    """The roles whole, their masks whole, and the lengths of the blocks."""
    blocks = [load() for load in source.blocks(picks, size)]
    lengths = [len(next(iter(block.arrays.values()))) for block in blocks]
    arrays = {role: joined([block.arrays[role] for block in blocks]) for role in picks}
    masks = {
        role: np.concatenate([b.missing.get(role, np.zeros(n, bool)) for b, n in zip(blocks, lengths, strict=True)])
        for role in picks
    }
    return arrays, masks, lengths


def problem(source: ArrowTable, **picks: Pick) -> str:
    with pytest.raises(DataProblem) as caught:
        read(source, **(picks or {"x": Pick()}))
    return str(caught.value)


# types


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
    for name in ("struct", "map", "union", "dense", "runs", "listview", "day"):
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
    assert problem(source, x=Pick(("t",))).startswith("preds.arrow: column t holds text. --classes")


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


# files


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
    with pytest.raises(DataProblem, match=r"is named \.csv but its content is Arrow"):
        open_table(str(path), ReadOptions())
    (tmp_path / "b.arrow").write_text("p,y\n1,2\n")
    with pytest.raises(DataProblem, match="cannot be read as Arrow"):
        open_table(str(tmp_path / "b.arrow"), ReadOptions())


def test_no_rows_and_no_columns() -> None:
    assert problem(table({"a": pa.array([], pa.float32())})) == "preds.arrow has no rows."
    with pytest.raises(DataProblem, match="has no columns"):
        table(pa.table({})).describe(Pick())
    with pytest.raises(DataProblem, match="two columns named 'a'"):
        table(pa.table([[1], [2]], ["a", "a"]))


def test_a_stream_without_an_end_is_noted() -> None:
    whole = written({"a": np.arange(5)}, "stream")
    assert not ArrowTable(io.BytesIO(whole), name="x").notes
    source = ArrowTable(io.BytesIO(whole[:-8]), name="x")
    assert source.notes == ["x does not say where it ends: is it cut short?"]
    assert source.rows == 5
    with pytest.raises(DataProblem, match=r"goes on after its end at byte \d+"):
        ArrowTable(io.BytesIO(whole + whole))


def test_a_file_that_changes_while_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.arrow"
    path.write_bytes(written({"a": np.arange(300_000.0)}))
    blocks = ArrowTable(path).blocks({"a": Pick()}, 1000)
    next(blocks)
    os.truncate(path, 1_000_000)
    with pytest.raises(DataProblem, match="became shorter while it was read"):
        list(blocks)


# cost


@pytest.mark.parametrize("codec", CODECS)
def test_memory_does_not_grow_with_a_record_batch(codec: str | None, tmp_path: Path) -> None:
    """16 MB a column in one record batch: a few thousand rows of it are held, or the column where it is unpacked."""
    path = tmp_path / "a.arrow"
    path.write_bytes(
        written({"p": np.random.default_rng(0).normal(size=2_000_000), "q": np.ones(2_000_000)}, "file", codec)
    )
    source = ArrowTable(path)
    pa.default_memory_pool().release_unused()
    before = pa.total_allocated_bytes()
    tracemalloc.start()
    for load in source.blocks({"p": Pick(("p",))}, 8192):
        load()
        assert pa.total_allocated_bytes() - before < (4 << 20) + (16_000_000 if codec else 0)
    assert tracemalloc.get_traced_memory()[1] < 6 << 20
    tracemalloc.stop()


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


# damage

PICKS = {
    "a": Pick(("a",)),
    "v": Pick(("v",), ragged=True),
    "y": Pick(("y",), ("x", "y")),
    "c": Pick(("c",), ("x", "y")),
}


def small(kind: str, codec: str | None) -> bytes:
    words = ["x", "y", None, "y"]
    data = {
        "a": [0.5, None, 2.0, 3.0],
        "v": [[1, 2], [], None, [3]],
        "y": words,
        "c": pa.array(words).dictionary_encode(),
    }
    return written(data, kind, codec)


def outcome(data: bytes) -> str:
    try:
        read(ArrowTable(io.BytesIO(data), name="x.arrow"), 3, **PICKS)
    except LossCliError as found:
        return str(found) if str(found).isprintable() else pytest.fail(repr(found))
    return ""


@pytest.mark.parametrize("step", [7, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.parametrize(("kind", "codec"), [("file", None), ("file", "lz4"), ("stream", None), ("stream", "zstd")])
def test_damage_at_every_byte(kind: str, codec: str | None, step: int) -> None:
    """At every seventh by default, and all over the two ends."""
    whole, dice = small(kind, codec), random.Random(0)
    assert outcome(whole) == ""
    refused = 0
    places = {*range(0, len(whole), step), *range(64), *range(len(whole) - 64, len(whole))}
    for at in sorted(places):
        broken = bytearray(whole)
        broken[at] = dice.choice([0, 255, whole[at] ^ 1, whole[at] ^ 128, dice.randrange(256)])
        refused += bool(outcome(bytes(broken)))
    assert refused > len(places) // 8


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("codec", [None, "zstd"])
def test_a_file_cut_anywhere(kind: str, codec: str | None) -> None:
    whole = small(kind, codec)
    ends = {len(whole) - 8, len(whole) - 4} if kind == "stream" else set()  # all but the mark of its end
    for size in range(len(whole)):
        found = outcome(whole[:size])
        assert "x.arrow" in found or size in ends or (kind == "stream" and "no rows" in found), size


@settings(max_examples=150)
@given(st.data(), st.sampled_from(KINDS), st.sampled_from(CODECS))
def test_words_of_a_file_replaced(data: st.DataObject, kind: str, codec: str | None) -> None:
    """Lengths, offsets and counts are words of 4 and 8 bytes; each may claim anything."""
    broken = bytearray(small(kind, codec))
    for _ in range(data.draw(st.integers(1, 3))):
        width = data.draw(st.sampled_from([4, 8]))
        at = data.draw(st.integers(0, len(broken) // width - 1)) * width
        number = data.draw(st.sampled_from([-1, 1, 2, 7, 1 << 20, (1 << 31) - 1, 1 << 40, (1 << 63) - 1, -(1 << 63)]))
        broken[at : at + width] = number.to_bytes(8, "little", signed=True)[:width]
    outcome(bytes(broken))


@pytest.mark.parametrize("codec", CODECS)
def test_a_small_file_of_huge_lists(codec: str | None) -> None:
    """Lists of nulls take no bytes at all, those of zeros few: none is decoded."""
    for kind in (pa.null(), pa.int8()):
        many = 1 << 29
        if kind == pa.null():
            child = pa.nulls(many)
        else:
            child = pa.Array.from_buffers(kind, many, [None, pa.py_buffer(np.zeros(many, np.int8))])
        if codec is None and kind != pa.null():
            continue
        rows = pa.ListArray.from_arrays(pa.array([0, many], pa.int32()), child)
        source = table({"v": rows}, "file", codec)
        why = "at once" if codec is None or kind == pa.null() else "is said to unpack to 5368709"
        assert why in problem(source, v=Pick(("v",), ragged=True))


def test_damage_on_the_command_line(cli: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.arrow"
    path.write_bytes(written({"pred": [1.0, 2.0], "label": [1.0, 4.0]})[:-30])
    code, out, err = cli("compute", "mse", path)
    assert (code, out) == (3, "")
    why = "it is cut short: its end is missing"
    assert err == f"losscli: {path} cannot be read as Arrow: {why}. It is damaged, or not Arrow.\n"
