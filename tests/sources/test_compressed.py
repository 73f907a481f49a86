"""Compressed text: the same numbers, cut short and damaged files, and small files that unpack to much."""

from __future__ import annotations

import bz2
import gzip
import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from conftest import environment
from hypothesis import given, settings
from hypothesis import strategies as st

from losscli.core.errors import DataProblem, LossCliError, UsageProblem
from losscli.sources.open import ReadOptions, open_table
from losscli.sources.table import Pick

ROWS = "pred,label\n" + "".join(f"{i / 7!r},{i % 3}\n" for i in range(5000))
VALUE = ("--format", "value", "-q")
CODECS = {".gz": "gzip", ".bz2": "bz2", ".zst": "zstd"}
suffixes = pytest.mark.parametrize("suffix", CODECS)


def packed(data: bytes, suffix: str) -> bytes:
    if suffix == ".gz":
        return gzip.compress(data, mtime=0)
    if suffix == ".bz2":
        return bz2.compress(data)
    held = pa.BufferOutputStream()
    with pa.CompressedOutputStream(held, "zstd") as stream:
        stream.write(data)
    return bytes(held.getvalue().to_pybytes())


def column(path: Path, name: str = "pred") -> list[float]:
    table = open_table(str(path), ReadOptions())
    blocks = [load().arrays["x"] for load in table.blocks({"x": Pick((name,))}, 1000)]
    table.close()
    found: list[float] = np.concatenate(blocks).tolist()
    return found


@suffixes
@pytest.mark.parametrize("ending", [".csv", ".tsv"])
def test_the_same_numbers(suffix: str, ending: str, tmp_path: Path, cli: Any) -> None:
    text = (ROWS if ending == ".csv" else ROWS.replace(",", "\t")).encode()
    plain, small = tmp_path / f"a{ending}", tmp_path / f"a{ending}{suffix}"
    plain.write_bytes(text)
    small.write_bytes(packed(text, suffix))
    assert len(small.read_bytes()) < len(text)
    expected = cli("compute", "mse", plain, *VALUE)
    assert expected.code == 0
    assert cli("compute", "mse", small, *VALUE) == expected
    assert cli("compute", "mse", small, *VALUE, "--threads", "1") == expected
    if ending == ".csv":
        assert cli("compute", "mse", "-", *VALUE, stdin=small.read_bytes()) == expected


@suffixes
def test_a_file_is_read_again_and_hashed_as_it_lies(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.csv{suffix}"
    path.write_bytes(packed(ROWS.encode(), suffix))
    table = open_table(str(path), ReadOptions())
    assert (table.repeatable, table.path, table.format, table.columns) == (True, str(path), "csv", ("pred", "label"))
    for _ in range(2):
        assert sum(len(load().arrays["x"]) for load in table.blocks({"x": Pick(("pred",))}, 700)) == 5000
    assert table.rows == 5000


@suffixes
def test_content_decides_whether_it_is_compressed(suffix: str, tmp_path: Path) -> None:
    named, plain = tmp_path / "a.csv", tmp_path / f"b.csv{suffix}"
    named.write_bytes(packed(ROWS.encode(), suffix))
    plain.write_text(ROWS)
    assert column(named) == column(plain) == [i / 7 for i in range(5000)]


@suffixes
def test_members_one_after_the_other(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.csv{suffix}"
    path.write_bytes(packed(b"pred\n1\n", suffix) + packed(b"2\n3\n", suffix))
    assert column(path) == [1, 2, 3]


@suffixes
def test_cut_anywhere(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.csv{suffix}"
    whole = packed(b"pred\n" + b"".join(b"%d\n" % (i * 7919 % 1000) for i in range(100)), suffix)
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        with pytest.raises(DataProblem) as caught:
            column(path)
        if size > 4:
            assert str(caught.value) == f"{path} ends in the middle of its {CODECS[suffix]} data. It was cut short."


@suffixes
def test_cut_short_on_the_command_line(suffix: str, tmp_path: Path, cli: Any) -> None:
    path = tmp_path / f"a.csv{suffix}"
    path.write_bytes(packed(ROWS.encode(), suffix)[:-9])
    said = f"ends in the middle of its {CODECS[suffix]} data. It was cut short.\n"
    assert tuple(cli("compute", "mse", path, "-q")) == (3, "", f"losscli: {path} {said}")
    assert tuple(cli("compute", "mse", "-", "-q", stdin=path.read_bytes())) == (
        3,
        "",
        f"losscli: Standard input {said}",
    )


@suffixes
@settings(max_examples=60)
@given(data=st.data())
def test_damage(suffix: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / f"damaged.csv{suffix}"
    broken = bytearray(packed(ROWS[:4000].encode(), suffix))
    for _ in range(data.draw(st.integers(1, 4))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(broken)
    try:
        column(path)
    except LossCliError as found:
        if not str(found).isprintable():
            pytest.fail(repr(found))


def test_what_is_said_of_damage(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    whole = bytearray(packed(ROWS.encode(), ".gz"))
    whole[-6] ^= 1
    path.write_bytes(whole)
    with pytest.raises(DataProblem, match=r"a\.csv\.gz cannot be unpacked with gzip: .*\. It is damaged\.$"):
        column(path)
    path.write_bytes(packed(ROWS.encode(), ".gz") + b"more")
    with pytest.raises(DataProblem, match="cannot be unpacked with gzip"):
        column(path)


def test_only_text_is_read_compressed(tmp_path: Path) -> None:
    held = io.BytesIO()
    np.save(held, np.arange(3.0))
    path = tmp_path / "a.npy.gz"
    path.write_bytes(packed(held.getvalue(), ".gz"))
    with pytest.raises(UsageProblem, match=r"only text is read compressed\. Type gunzip <"):
        open_table(str(path), ReadOptions())
    for inner, looks in (
        (held.getvalue(), "NPY"),
        (packed(b"a\n1\n", ".bz2"), "compressed with bz2"),
        (b"PAR1", "Parquet"),
    ):
        (tmp_path / "b.csv.gz").write_bytes(packed(inner, ".gz"))
        with pytest.raises(DataProblem, match=f"is {looks} inside of gzip"):
            open_table(str(tmp_path / "b.csv.gz"), ReadOptions())


def test_faults_of_rows_are_told_as_of_plain_text(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(packed(b"pred\n" + b"1\n" * 200_000 + b"x\n", ".gz"))
    with pytest.raises(DataProblem, match=r"column pred, row 200000 \(from 0\) holds 'x', which is not a number"):
        column(path)


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_a_small_file_that_unpacks_to_much(suffix: str, tmp_path: Path) -> None:
    """80 MB of rows in a few hundred kB or less, within 80 MB of memory beside the interpreter and pyarrow."""
    pytest.importorskip("resource")
    path = tmp_path / f"a.csv{suffix}"
    path.write_bytes(packed(b"pred\n" + b"0.50000000000\n" * 6_000_000, suffix))
    assert path.stat().st_size < 1 << 20
    code = f"""
import resource
from losscli.sources.open import ReadOptions, open_table
from losscli.sources.table import Pick
small = open_table({str(path)!r}, ReadOptions(threads=2))
blocks = small.blocks({{"x": Pick(("pred",))}}, 8192)
next(blocks)()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
rows = 8192 + sum(len(load().arrays["x"]) for load in blocks)
print(rows, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment())
    rows, grown = map(int, done.stdout.split())
    assert rows == 6_000_000
    assert grown < 80


@suffixes
def test_a_row_without_an_end(suffix: str, tmp_path: Path) -> None:
    """A quote that is never closed in a bomb: refused at the longest row, not at the end."""
    path = tmp_path / f"a.csv{suffix}"
    path.write_bytes(packed(b'pred\n1\n"' + b"0" * (40 << 20), suffix))
    with pytest.raises(DataProblem, match="is longer than 16 MiB"):
        column(path)
