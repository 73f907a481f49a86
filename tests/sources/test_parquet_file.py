"""Parquet: every type that holds numbers or names, nulls, lists, blocks across row groups, damaged files."""

from __future__ import annotations

import decimal
import io
import itertools
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from losscli.core.arrays.inputs import Ragged
from losscli.core.errors import DataProblem, UsageProblem
from losscli.sources.formats.parquet.parquet_file import ParquetTable
from losscli.sources.table import Field, Pick

SIZES = (1, 7, 1000, 65536)


def table(data: pa.Table | dict[str, Any], **options: Any) -> ParquetTable:
    buffer = io.BytesIO()
    pq.write_table(data if isinstance(data, pa.Table) else pa.table(data), buffer, **options)
    return ParquetTable(buffer, name="preds.parquet")


def joined(parts: list[Any]) -> Any:
    if isinstance(parts[0], Ragged):
        return [part.values[a:b].tolist() for part in parts for a, b in itertools.pairwise(part.offsets)]
    return np.concatenate(parts)


def read(source: ParquetTable, size: int = 1000, **picks: Pick) -> tuple[dict[str, Any], dict[str, Any], list[int]]:
    """The roles whole, their masks whole, and the lengths of the blocks."""
    blocks = [load() for load in source.blocks(picks, size)]
    lengths = [len(next(iter(block.arrays.values()))) for block in blocks]
    arrays = {role: joined([block.arrays[role] for block in blocks]) for role in picks}
    masks = {
        role: np.concatenate(
            [block.missing.get(role, np.zeros(n, bool)) for block, n in zip(blocks, lengths, strict=True)]
        )
        for role in picks
    }
    return arrays, masks, lengths


def problem(source: ParquetTable, **picks: Pick) -> str:
    with pytest.raises(DataProblem) as caught:
        read(source, **(picks or {"x": Pick()}))
    return str(caught.value)


# blocks


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("group", [1, 500, 2999, 100_000])
def test_blocks_are_cut_exactly_whatever_the_row_groups(size: int, group: int, tmp_path: Path) -> None:
    count = 3001 if group > 1 else 301
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=count), rng.normal(size=count).astype(np.float32)
    v = [list(range(i % 4)) for i in range(count)]
    y = np.array(["no", "yes"])[np.arange(count) % 2]
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"a": a, "b": b, "v": v, "y": y.tolist()}), path, row_group_size=group)
    source = ParquetTable(path)
    assert (source.rows, source.path, source.format, source.repeatable) == (count, str(path), "parquet", True)
    assert source.columns == ("a", "b", "v", "y")
    picks = {"x": Pick(("b", "a")), "b": Pick(("b",)), "v": Pick(("v",), ragged=True), "y": Pick(("y",), ("yes", "no"))}
    for _ in range(2):
        arrays, masks, lengths = read(source, size, **picks)
        np.testing.assert_array_equal(arrays["x"], np.column_stack([b, a]))
        np.testing.assert_array_equal(arrays["b"], b)
        assert arrays["b"].dtype == np.float32
        assert arrays["v"] == v
        np.testing.assert_array_equal(arrays["y"], (y == "no").astype(int))
        assert lengths == [size] * (count // size) + ([count % size] if count % size else [])
        assert not any(mask.any() for mask in masks.values())
    assert next(source.blocks(picks, size))().arrays["x"].flags.c_contiguous
    source.close()


def test_a_block_is_not_reused() -> None:
    loads = list(table({"a": np.arange(10.0)}).blocks({"x": Pick(("a",))}, 3))
    blocks = [load().arrays["x"] for load in reversed(loads)]
    assert [block.tolist() for block in blocks] == [[9], [6, 7, 8], [3, 4, 5], [0, 1, 2]]


# types

NUMBERS = [
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "float16",
    "float32",
    "float64",
    "bool",
]


@pytest.mark.parametrize("dtype", NUMBERS)
@pytest.mark.parametrize("gaps", [False, True])
def test_numbers_keep_their_dtype(dtype: str, gaps: bool) -> None:
    values = np.arange(200).astype(dtype) if dtype != "bool" else np.arange(200) % 3 == 0
    if dtype.startswith(("int", "uint")):
        values[:2] = np.iinfo(dtype).min, np.iinfo(dtype).max
    mask = np.arange(200) % 5 == 3
    source = table({"a": pa.array(values, mask=mask if gaps else None)}, row_group_size=77)
    assert source.describe(Pick(("a",))) == Field((200,), dtype)
    assert not source.is_text("a")
    arrays, masks, _ = read(source, 13, x=Pick(("a",)))
    assert arrays["x"].dtype == dtype
    if gaps:
        values = values.copy()
        values[mask] = np.nan if values.dtype.kind == "f" else 0
        np.testing.assert_array_equal(masks["x"], mask)
    np.testing.assert_array_equal(arrays["x"], values)


def test_other_numbers() -> None:
    source = table(
        {
            "d": pa.array([decimal.Decimal("0.35"), None], pa.decimal128(5, 2)),
            "c": pa.array([7, None]).dictionary_encode(),
            "n": pa.nulls(2),
        }
    )
    arrays, masks, _ = read(source, d=Pick(("d",)), c=Pick(("c",)), n=Pick(("n",)))
    np.testing.assert_array_equal(arrays["d"], [0.35, np.nan])
    assert arrays["c"].tolist() == [7, 0]
    np.testing.assert_array_equal(arrays["n"], [np.nan, np.nan])
    assert [mask.tolist() for mask in masks.values()] == [[False, True], [False, True], [True, True]]
    assert source.describe(Pick(("n",))).dtype == "float64"


@pytest.mark.parametrize(
    ("one", "other", "common"),
    [
        ("float32", "float32", "float32"),
        ("float32", "float64", "float64"),
        ("float32", "int64", "float64"),
        ("int8", "uint8", "int16"),
        ("bool", "int8", "int8"),
    ],
)
def test_columns_side_by_side_have_their_common_dtype(one: str, other: str, common: str) -> None:
    source = table({"a": np.ones(3, one), "b": pa.array(np.ones(3, other), mask=np.array([False, True, False]))})
    assert source.describe(Pick(("a", "b"))) == Field((3, 2), common)
    arrays, masks, _ = read(source, x=Pick(("a", "b")))
    assert arrays["x"].dtype == common
    assert masks["x"].tolist() == [[False, False], [False, True], [False, False]]  # of the cells


def test_a_dot_in_a_name_is_no_path() -> None:
    source = table({"a.b": [1, 2], "a": [3, 4], "a.b.c": [5, 6]})
    assert read(source, x=Pick(("a",)), y=Pick(("a.b", "a.b.c")))[0]["x"].tolist() == [3, 4]
    assert read(source, y=Pick(("a.b", "a.b.c")))[0]["y"].tolist() == [[1, 5], [2, 6]]


@pytest.mark.parametrize(
    "data",
    [pa.array([1], pa.timestamp("s")), pa.array([[{"a": 1}]]), pa.array([[["x"]]]), pa.array([b"abc"], pa.binary(3))],
    ids=str,
)
def test_types_that_hold_no_numbers(data: pa.Array) -> None:
    found = problem(table({"a": data}))
    assert found.startswith("preds.parquet: column a is of type ")
    assert "which holds no numbers. Numbers, texts and lists of numbers are read." in found


# text


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.binary(), pa.dictionary(pa.int8(), pa.string())])
def test_classes_by_name(kind: pa.DataType) -> None:
    words = ["b", "a", None, "", "b", "NA"] * 50
    source = table({"y": pa.array(words).cast(kind)}, row_group_size=70)
    assert source.is_text("y")
    assert source.describe(Pick(("y",))) == Field((300,), "text")
    arrays, masks, _ = read(source, 11, x=Pick(("y",), ("a", "b", "", "NA")))
    assert arrays["x"].tolist() == [1, 0, 0, 2, 1, 3] * 50
    assert arrays["x"].dtype == np.int64
    assert masks["x"].tolist() == [word is None for word in words]


def test_an_unknown_class_names_its_row() -> None:
    source = table({"y": ["cat"] * 500 + ["owl\n"]}, row_group_size=70)
    assert problem(source, x=Pick(("y",), ("cat", "dog"))) == (
        "preds.parquet: column y, row 500 (from 0) holds 'owl\\n', which is not one of the classes cat, dog. "
        "--classes lists every class, in order."
    )
    assert problem(source) == (
        "preds.parquet: column y holds text ('cat'). --classes a,b,c gives the order of the classes."
    )


def test_classes_leave_numbers_alone() -> None:
    assert read(table({"y": [1, 0]}), x=Pick(("y",), ("a", "b")))[0]["x"].tolist() == [1, 0]


# lists


@pytest.mark.parametrize("kind", [pa.list_(pa.float32()), pa.large_list(pa.float32()), pa.list_(pa.float32(), 3)])
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_lists_of_one_length(kind: pa.DataType, size: int) -> None:
    values = np.random.default_rng(0).normal(size=(300, 3)).astype(np.float32)
    source = table({"x": pa.array(values.tolist(), kind), "y": np.arange(300)}, row_group_size=70)
    assert source.describe(Pick(("x",))) == Field((300, 3), "float32")
    arrays, masks, _ = read(source, size, x=Pick(("x",)), y=Pick(("y",)), r=Pick(("x",), ragged=True))
    np.testing.assert_array_equal(arrays["x"], values)
    assert arrays["x"].dtype == np.float32
    assert arrays["r"] == values.tolist()
    assert not masks["x"].any()


@pytest.mark.parametrize("kind", [pa.list_(pa.float64()), pa.list_(pa.float64(), 2)])
def test_null_lists(kind: pa.DataType) -> None:
    rows = [None, [1.0, 2.0], None, [3.0, 4.0], None]
    try:
        source = table({"x": pa.array(rows * 40, kind)}, row_group_size=33)
    except pa.ArrowNotImplementedError:
        pytest.skip("this pyarrow does not write null lists of fixed size")
    arrays, masks, _ = read(source, 7, x=Pick(("x",)), r=Pick(("x",), ragged=True))
    gap = [np.nan, np.nan]
    np.testing.assert_array_equal(arrays["x"], [row or gap for row in rows] * 40)
    assert arrays["r"] == [row or [] for row in rows] * 40
    assert masks["x"].tolist() == masks["r"].tolist() == [row is None for row in rows] * 40


def test_null_lists_of_integers_are_zeros() -> None:
    arrays, _, _ = read(table({"x": pa.array([[1, 2], None])}), x=Pick(("x",)))
    assert arrays["x"].tolist() == [[1, 2], [0, 0]]
    source = table({"x": pa.array([None, None], pa.list_(pa.int8()))})
    assert source.describe(Pick(("x",))) == Field((2, 0), "int8")
    assert read(source, x=Pick(("x",)))[1]["x"].all()


def test_a_list_of_another_length() -> None:
    source = table({"x": [[1, 2]] * 1100 + [[1, 2, 3]]}, row_group_size=550)
    assert problem(source) == "preds.parquet: column x, row 1100 (from 0) is a list of 3 values where 2 are expected."
    assert source.describe(Pick(("x",), ragged=True)) == Field((1101, None), "int64")
    early = table({"x": [[1, 2]] * 100 + [[1, 2, 3]]})
    assert early.describe(Pick(("x",))) == Field((101, None), "int64")  # rows of differing length


def test_a_null_inside_a_list() -> None:
    rows: list[Any] = [[1, 2], None, []] * 30
    source = table({"x": [*rows, [1, None], [None]]}, row_group_size=33)
    assert problem(source, x=Pick(("x",), ragged=True)).startswith(
        "preds.parquet: column x, row 90 (from 0) is a list with a null in it."
    )


def test_a_list_column_stands_alone() -> None:
    with pytest.raises(UsageProblem, match="column x does not go side by side"):
        table({"y": [1], "x": [[1, 2]]}).describe(Pick())
    with pytest.raises(UsageProblem, match="column t does not go side by side"):
        table({"y": [1], "t": ["a"]}).describe(Pick())


# faults


def test_no_rows_and_no_columns() -> None:
    source = table({"a": pa.array([], pa.float32())})
    assert source.describe(Pick(("a",))) == Field((0,), "float32")
    assert problem(source) == "preds.parquet has no rows."
    assert table({"a": pa.array([], pa.list_(pa.float32()))}).describe(Pick(("a",))).shape == (0, 0)
    with pytest.raises(DataProblem, match="has no columns"):
        table(pa.table({})).describe(Pick())


def test_names() -> None:
    with pytest.raises(UsageProblem, match="no column labl"):
        table({"label": [1]}).blocks({"x": Pick(("labl",))}, 1)
    with pytest.raises(DataProblem, match="two columns named 'a'"):
        table(pa.table([[1], [2]], ["a", "a"]))


def test_not_parquet(tmp_path: Path) -> None:
    for data in (b"", b"PAR1", b"a,b\n1,2\n", b"PAR1" + b"\xff" * 100 + b"PAR1"):
        with pytest.raises(DataProblem, match="cannot be read as Parquet"):
            ParquetTable(io.BytesIO(data))
    with pytest.raises(DataProblem, match="cannot be read"):
        ParquetTable(tmp_path / "none.parquet")


def test_damaged_files_are_data_problems() -> None:
    buffer = io.BytesIO()
    rng = np.random.default_rng(0)
    data = {"a": rng.normal(size=2000), "v": [[1, 2]] * 2000, "y": ["x", "y"] * 1000}
    pq.write_table(pa.table(data), buffer, row_group_size=500, compression="snappy")
    whole = buffer.getvalue()
    dice = random.Random(1)
    refused = 0
    for _ in range(150):
        broken = bytearray(whole)
        for _ in range(dice.choice([1, 3, 30])):
            broken[dice.randrange(len(broken) // 2 if dice.random() < 0.3 else len(broken))] = dice.randrange(256)
        try:
            source = ParquetTable(io.BytesIO(bytes(broken)))
            read(source, 300, a=Pick(("a",)), v=Pick(("v",), ragged=True), y=Pick(("y",), ("x", "y")))
        except (DataProblem, UsageProblem) as found:
            sentence = str(found)
            refused += 1
        else:
            sentence = "as good as whole"
        assert sentence.isprintable()
    assert refused > 50


def test_a_footer_that_lies_about_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    source = table({"a": np.arange(10)})
    source.rows = 20
    assert problem(source, x=Pick(("a",))).startswith("preds.parquet holds 10 rows where its footer says 20.")

    class Lie:
        num_row_groups = 0
        num_rows = -1

    for rows in (-1, 5, 1 << 60):
        source._metadata = Lie()
        source._metadata.num_rows = rows
        with pytest.raises(DataProblem, match="row counts"):
            source._checked_rows()


# round trips and cost


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(st.one_of(st.none(), st.floats()), st.one_of(st.none(), st.lists(st.integers(-9, 9), max_size=4)))
    ),
    st.integers(1, 9),
    st.integers(1, 9),
)
def test_any_values_come_back(rows: list[tuple[float | None, list[int] | None]], size: int, group: int) -> None:
    if not rows:
        return
    floats = pa.array([a for a, _ in rows], pa.float64())
    source = table({"a": floats, "v": pa.array([v for _, v in rows], pa.list_(pa.int16()))}, row_group_size=group)
    arrays, masks, lengths = read(source, size, a=Pick(("a",)), v=Pick(("v",), ragged=True))
    np.testing.assert_array_equal(arrays["a"], [np.nan if a is None else a for a, _ in rows])
    assert masks["a"].tolist() == [a is None for a, _ in rows]
    assert arrays["v"] == [v or [] for _, v in rows]
    assert masks["v"].tolist() == [v is None for _, v in rows]
    assert lengths[:-1] == [size] * (len(lengths) - 1)


def test_neither_pandas_nor_dataset_is_imported(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(
        pa.table({"p": [0.5, None], "z": [1, 2], "y": ["a", "b"], "v": [[1], [2, 3]], "c": pa.array([True, None])}),
        path,
    )
    code = f"""
import sys
from losscli.sources.formats.parquet.parquet_file import ParquetTable
assert "pyarrow" not in sys.modules
from losscli.sources.table import Pick
picks = {{"p": Pick(("p", "z")), "y": Pick(("y",), ("a", "b")), "v": Pick(("v",), ragged=True), "c": Pick(("c",))}}
print([load().arrays["p"].shape for load in ParquetTable({str(path)!r}).blocks(picks, 1)])
print([name for name in ("pandas", "pyarrow.dataset", "pyarrow.compute", "pyarrow.csv") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[(1, 2), (1, 2)]", "[]"]
