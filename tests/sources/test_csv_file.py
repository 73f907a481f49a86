"""CSV and TSV: what pyarrow's defaults would get wrong, and what the user is told about a bad file."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from csv_tables import read, table
from hypothesis import given, settings
from hypothesis import strategies as st

from losscli.core.errors import DataProblem
from losscli.sources.formats.csv.csv_file import CsvTable
from losscli.sources.table import Pick

SIZES = (1, 7, 1000, 65536)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.usefixtures("small_chunks")
def test_blocks_are_cut_exactly_and_hold_the_values(size: int, threads: int, tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(size=(3001, 3))
    path = tmp_path / "a.csv"
    path.write_text("a,b,c\n" + "".join(",".join(map(repr, row)) + "\n" for row in values.tolist()))
    source = CsvTable(path, threads=threads)
    assert (source.rows, source.repeatable, source.path) == (None, True, str(path))
    for _ in range(2):
        arrays, masks, lengths = read(source, size, x=Pick(("c", "a")), y=Pick(("b",)))
        np.testing.assert_array_equal(arrays["x"], values[:, [2, 0]])
        np.testing.assert_array_equal(arrays["y"], values[:, 1])
        assert not any(mask.any() for mask in masks.values())
        assert lengths == [size] * (3001 // size) + ([3001 % size] if 3001 % size else [])
        assert source.rows == 3001
    block = next(source.blocks({"x": Pick(("c", "a"))}, size))()
    assert block.arrays["x"].flags.c_contiguous
    assert not block.missing


def test_all_columns_by_an_empty_pick() -> None:
    assert read(table("a,b\n1,2\n"), x=Pick())[0]["x"].tolist() == [[1.0, 2.0]]


def test_integers_for_megabytes_and_then_a_fraction() -> None:
    count = 2_500_000
    arrays, _, _ = read(table("p\n" + "1\n" * count + "0.5\n"), 65536, x=Pick(("p",)))
    assert len(arrays["x"]) == count + 1
    assert arrays["x"][-1] == 0.5
    assert arrays["x"].sum() == count + 0.5


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("nan", np.nan),
        ("NaN", np.nan),
        ("-nan", np.nan),
        ("inf", np.inf),
        ("-inf", -np.inf),
        ("Infinity", np.inf),
        ("+1", 1.0),
        (" 2 ", 2.0),
        ("1e400", np.inf),
        ('"1.5"', 1.5),
        ("9007199254740993", 9007199254740992.0),
    ],
)
def test_number_texts(text: str, value: float) -> None:
    arrays, masks, _ = read(table(f"a,b\n{text},0\n"), x=Pick(("a",)))
    np.testing.assert_array_equal(arrays["x"], [value])
    assert not masks["x"].any()


@pytest.mark.parametrize("text", ["", '""', "NA", "N/A", "null", "NULL", "None", "#N/A"])
def test_missing_texts(text: str) -> None:
    arrays, masks, _ = read(table(f"a,b\n1,0\n{text},2\n"), x=Pick(("a",)), y=Pick(("b",)), z=Pick(("b", "a")))
    np.testing.assert_array_equal(arrays["x"], [1, np.nan])
    assert masks["x"].tolist() == [False, True]
    assert masks["y"].tolist() == [False, False]
    assert masks["z"].tolist() == [[False, False], [False, True]]


def test_blank_lines_are_missing_rows() -> None:
    arrays, masks, _ = read(table("a\n1\n\n2\n\n"), x=Pick(("a",)))
    assert masks["x"].tolist() == [False, True, False, True]
    np.testing.assert_array_equal(arrays["x"], [1, np.nan, 2, np.nan])
    arrays, masks, _ = read(table("a,b\r\n1,2\r\n\r\n3,4"), x=Pick(("a", "b")))
    assert masks["x"].tolist() == [[False, False], [True, True], [False, False]]


def test_missing_only_in_its_own_block() -> None:
    blocks = [load() for load in table("a\n1\n\n2\n3\n").blocks({"x": Pick(("a",))}, 2)]
    assert [list(block.missing) for block in blocks] == [["x"], []]


def test_a_pipe_is_read_once_and_in_short_pieces(tmp_path: Path) -> None:
    class Slow(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(size or 0, 11))

    source = CsvTable(Slow(b"a,b\n" + b"1,2\n" * 50_000), name="stdin")
    assert (source.repeatable, source.path, source.describe(Pick(("a",))).shape) == (False, None, (None,))
    assert read(source, x=Pick(("a",)))[0]["x"].sum() == 50_000
    assert source.rows == 50_000
    with pytest.raises(DataProblem, match="read only once"):
        source.blocks({"x": Pick(("a",))}, 10)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_named_pipe_is_a_stream(tmp_path: Path) -> None:
    path = tmp_path / "pipe.csv"
    os.mkfifo(path)
    writer = threading.Thread(target=lambda: path.write_bytes(b"a\n" + b"1\n" * 100_000))
    writer.start()
    source = CsvTable(path)
    assert (source.repeatable, source.path) == (False, None)
    assert read(source, x=Pick(("a",)))[0]["x"].sum() == 100_000
    source.close()
    writer.join()


def test_classes_by_name_in_the_order_given() -> None:
    text = 'y,p\ncat,1\n"dog",2\n,3\nNA,4\nbird,5\n'
    source = table(text)
    assert source.is_text("y")
    assert not source.is_text("p")
    assert source.describe(Pick(("y",))).dtype == "text"
    arrays, masks, _ = read(source, 2, x=Pick(("y",), ("dog", "cat", "bird")))
    assert arrays["x"].tolist() == [1, 0, 0, 0, 2]
    assert arrays["x"].dtype == np.int64
    assert masks["x"].tolist() == [False, False, True, True, False]


def test_classes_named_none_and_by_numbers() -> None:
    arrays, masks, _ = read(table("y\nNone\nSome\n"), x=Pick(("y",), ("Some", "None")))
    assert arrays["x"].tolist() == [1, 0]
    assert not masks["x"].any()
    assert read(table("y\n5\n3\n"), x=Pick(("y",), ("3", "5")))[0]["x"].tolist() == [1, 0]
    assert read(table("y\n1\n0\n"), x=Pick(("y",), ("cat", "dog")))[0]["x"].tolist() == [1.0, 0.0]
    both = read(table("y,z\na,b\nb,b\n"), x=Pick(("y", "z"), ("a", "b")))[0]["x"]
    assert both.tolist() == [[0, 1], [1, 1]]


floats = st.floats(allow_nan=True, allow_infinity=True)


@settings(max_examples=60)
@given(
    st.lists(st.tuples(floats, st.one_of(st.none(), floats)), min_size=1, max_size=40),
    st.integers(1, 50),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.booleans(),
)
def test_any_floats_come_back(rows: list[tuple[float, float | None]], size: int, end: str, quoted: bool) -> None:
    mark = '"' if quoted else ""
    text = f"a,b{end}" + "".join(f"{mark}{a!r}{mark},{'' if b is None else repr(b)}{end}" for a, b in rows)
    arrays, masks, lengths = read(table(text), size, x=Pick(("a",)), y=Pick(("b",)))
    np.testing.assert_array_equal(arrays["x"], [a for a, _ in rows])
    np.testing.assert_array_equal(arrays["y"], [np.nan if b is None else b for _, b in rows])
    assert masks["y"].tolist() == [b is None for _, b in rows]
    assert lengths[:-1] == [size] * (len(lengths) - 1)


def test_neither_pandas_nor_dataset_is_imported(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("p,y,z\n0.5,cat,1\n,dog,2\n")
    code = f"""
import sys
from losscli.sources.formats.csv.csv_file import CsvTable
assert "pyarrow" not in sys.modules
from losscli.sources.table import Pick
picks = {{"p": Pick(("p", "z")), "y": Pick(("y",), ("cat", "dog"))}}
print([load().arrays["p"].shape for load in CsvTable({str(path)!r}).blocks(picks, 1)])
print([name for name in ("pandas", "pyarrow.dataset", "pyarrow.compute", "pyarrow.parquet") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[(1, 2), (1, 2)]", "[]"]
