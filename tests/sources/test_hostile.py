"""Every file of the hostile corpus, in a process of 3 GiB: the exit code and the words it must give, in little memory.

A run that does not end is killed after a minute, which is none of the codes."""

from __future__ import annotations

import io
import itertools
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from conftest import command, environment
from hostile import arrows, columns, make, texts
from hostile.case import Case
from hostile.runner import Ended, Runner

import losscli
from losscli.core.errors import DataProblem
from losscli.sources.formats.npz.npz_file import NpzTable
from losscli.sources.formats.parquet.parquet_file import ParquetTable
from losscli.sources.open import ReadOptions, open_table
from losscli.sources.table import Pick

pytestmark = pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="needs Linux")

ALL = list(make.cases())
MEMORY = 300 << 20  # resident, the program itself among it


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    made = Runner()
    yield made
    made.close()


def bounded(ended: Ended) -> None:
    """Whatever else: one of the named ends, in words, within bounds."""
    assert ended.code in (0, 2, 3), ended
    assert "Traceback" not in ended.err
    assert ended.err.replace("\n", "").isprintable(), ascii(ended.err)
    if ended.code:
        assert ended.out == ""
        assert ended.err.startswith("losscli: ")
        assert ended.err.count("\n") == 1
        assert ended.err.endswith((".\n", "?\n"))
    assert ended.memory < MEMORY


def check(case: Case, ended: Ended) -> None:
    bounded(ended)
    if case.code >= 0:
        assert ended.code == case.code, ended.err
    said = ended.out + (ended.err if ended.code else "")
    for words in case.words if ended.code == case.code else ():
        assert words in said


def sampled() -> Iterator[Any]:
    """Every case; of those that may end in any of the named ways, as one of a changed byte may, every third."""
    turns = itertools.count()
    for part, case in ALL:
        slow = case.code < 0 and next(turns) % 3
        yield pytest.param(case, id=ascii(f"{part}-{case.name}"[:90]), marks=pytest.mark.slow if slow else [])


@pytest.mark.parametrize("case", list(sampled()))
def test_corpus(runner: Runner, tmp_path: Path, case: Case) -> None:
    arguments = case.write(tmp_path)
    before = sorted(os.listdir(tmp_path))
    check(case, runner.run(*arguments, stdin=case.stdin, cwd=tmp_path))
    assert sorted(os.listdir(tmp_path)) == before


@pytest.mark.slow
def test_every_word_of_an_arrow_file(runner: Runner, tmp_path: Path) -> None:
    for case in arrows.extreme(4):
        arguments = case.write(tmp_path)
        check(case, runner.run(*arguments, cwd=tmp_path))


def test_the_corpus_is_large() -> None:
    assert len(ALL) > 700
    assert sum(case.code == 3 for _, case in ALL) > 300


@pytest.mark.slow
@pytest.mark.parametrize("case", [pytest.param(case, id=ascii(f"{part}-{case.name}"[:90])) for part, case in ALL])
def test_corpus_in_processes_of_their_own(tmp_path: Path, case: Case) -> None:
    """As users run it; what the server has in memory may not be what makes it pass."""
    import resource

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))

    arguments = case.write(tmp_path)
    stdin = open(tmp_path / case.stdin if case.stdin else os.devnull, "rb")  # noqa: SIM115
    with stdin:
        ended = subprocess.run(
            command(*arguments), stdin=stdin, capture_output=True, cwd=tmp_path, env=environment(), timeout=60,
            preexec_fn=limit, check=False,
        )  # fmt: skip
    check(case, Ended(ended.returncode, ended.stdout.decode(), ended.stderr.decode(), 0))


# -- what does not stand still ---------------------------------------------------------------------------------


def exhaust(loads: Any) -> None:
    for load in loads:
        load()


def changed(path: Path, table: Any, change: Any) -> str:
    """What is said where a file is changed once its first block has been read."""
    picks = {"pred": Pick(("pred",)), "label": Pick(("label",))} if table.columns else {"pred": Pick()}
    loads = table.blocks(picks, 1000)
    next(loads)()
    change(path)
    with pytest.raises(DataProblem) as caught:
        exhaust(loads)
    table.close()
    return str(caught.value)


def shrink(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"1,2\n")


def rewrite(path: Path) -> None:
    data = path.read_bytes()
    time.sleep(0.02)  # a tick of the clock of files
    path.write_bytes(data[:-1] + b"\n")


@cache
def large_bytes(suffix: str) -> bytes:
    table = {"pred": np.arange(300_000.0), "label": np.arange(300_000.0)}
    if suffix == ".npy":
        held = io.BytesIO()
        np.save(held, table["pred"])
        return held.getvalue()
    if suffix == ".csv":
        return ("pred,label\n" + "".join(f"{x},{x}\n" for x in table["pred"].tolist())).encode()
    return columns.parquet(table, row_group_size=50_000)


def large(path: Path) -> Any:
    path.write_bytes(large_bytes(path.suffix))
    return open_table(str(path), ReadOptions())


@pytest.mark.parametrize("change", [shrink, grow, rewrite])
@pytest.mark.parametrize("suffix", [".npy", ".csv", ".parquet"])
def test_a_file_that_changes_while_it_is_read(tmp_path: Path, suffix: str, change: Any) -> None:
    path = tmp_path / f"x{suffix}"
    said = changed(path, large(path), change)
    assert f"x{suffix}" in said
    if suffix != ".parquet":
        assert "while it was read" in said


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_file_that_is_replaced_before_it_is_read(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"x{suffix}"
    table = large(path)
    other = tmp_path / f"other{suffix}"
    large(other).close()
    os.replace(other, path)
    with pytest.raises(DataProblem, match="was changed while it was read"):
        exhaust(table.blocks({"pred": Pick(("pred",))}, 100_000))


def test_an_array_that_is_replaced_is_read_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "x.npy"
    table = large(path)
    np.save(tmp_path / "y.npy", np.zeros(3))
    os.replace(tmp_path / "y.npy", path)
    assert sum(len(load().arrays["x"]) for load in table.blocks({"x": Pick()}, 100_000)) == 300_000
    table.close()


def test_a_file_that_vanishes(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    table = large(path)
    path.unlink()
    with pytest.raises(DataProblem, match="cannot be read any more: no such file"):
        next(table.blocks({"pred": Pick(("pred",))}, 1000))()


# -- pipes and what cannot be read -----------------------------------------------------------------------------


FEEDER = """
import os, sys
data, taken = open("data", "rb").read(), 0
try:
    for _ in range(int(sys.argv[1])):
        for start in range(0, len(data), 1 << 16):
            taken += os.write(1, data[start : start + (1 << 16)])
except BrokenPipeError:
    pass
print(taken, file=sys.stderr)
"""


def fed(tmp_path: Path, data: bytes, count: int, *arguments: str) -> tuple[int, str, int]:
    """The program with a pipe that gives `data` over and over, until no one reads; and how many bytes that took."""
    (tmp_path / "data").write_bytes(data)
    with subprocess.Popen(
        [sys.executable, "-c", FEEDER, str(count)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path
    ) as source:
        ended = subprocess.run(
            command(*arguments), stdin=source.stdout, capture_output=True, text=True, cwd=tmp_path, env=environment(),
            timeout=60, check=False,
        )  # fmt: skip
        assert source.stdout
        assert source.stderr
        source.stdout.close()
        taken = int(source.stderr.read())
    return ended.returncode, ended.stderr, taken


def test_a_line_of_a_gibibyte_through_a_pipe(tmp_path: Path) -> None:
    code, err, taken = fed(tmp_path, b"1" * (1 << 20), 1 << 10, "compute", "mse", "-")
    assert (code, "longer than 16 MiB" in err, taken < 64 << 20) == (3, True, True)


def test_an_open_quote_in_a_pipe_without_end(tmp_path: Path) -> None:
    code, err, taken = fed(tmp_path, b'"' + b"1,2\n" * 7_000_000, 1 << 8, "compute", "mse", "-")
    assert (code, "longer than 16 MiB" in err, taken < 64 << 20) == (3, True, True)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read anything")
def test_a_file_that_may_not_be_read(cli: Any, tmp_path: Path) -> None:
    for suffix in ("npy", "npz", "csv", "parquet"):
        (tmp_path / f"x.{suffix}").write_bytes(b"x")
        (tmp_path / f"x.{suffix}").chmod(0)
        code, _, err = cli("compute", "mse", tmp_path / f"x.{suffix}")
        assert (code, "permission denied" in err) == (3, True)


# -- Parquet's pages -------------------------------------------------------------------------------------------


def test_pages_are_known_before_they_are_read(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    data = columns.parquet(
        {"pred": rng.normal(size=200_000), "label": np.zeros(200_000)}, use_dictionary=False, **columns.LONG_PAGES
    )
    (tmp_path / "x.parquet").write_bytes(data)
    table = ParquetTable(tmp_path / "x.parquet")
    table.describe(Pick(("pred",)))
    assert 1 << 20 <= table.held <= 1 << 22


@pytest.mark.parametrize("version", ["1.0", "2.0"])
@pytest.mark.parametrize("codec", ["none", "snappy", "gzip", "zstd", "lz4", "brotli"])
def test_no_honest_file_is_refused(codec: str, version: str) -> None:
    """Every codec, with nulls, dictionaries, lists, structs and names with dots."""
    rows = 3000
    table: dict[str, Any] = {
        "a": np.arange(rows) / 7,
        "a.b": pa.array([None if i % 3 == 0 else i for i in range(rows)]),
        "s": ["x", "y", None] * (rows // 3),
        "l": pa.array([[1.0] * (i % 5) if i % 7 else None for i in range(rows)]),
        "f": pa.array([[1.0, 2.0]] * rows, pa.list_(pa.float32(), 2)),
        "e": pa.array([None] * rows, pa.float64()),
        "t": pa.array([{"a": 1}] * rows),
    }
    for options in ({}, {"use_dictionary": False}, {"write_page_index": True, "write_page_checksum": True}):
        data = columns.parquet(
            table, compression=codec, data_page_version=version, row_group_size=700, data_page_size=512, **options
        )
        source = ParquetTable(io.BytesIO(data))
        picks = {"a": Pick(("a",)), "b": Pick(("a.b",)), "s": Pick(("s",), ("x", "y")), "l": Pick(("l",), ragged=True)}
        picks |= {"f": Pick(("f",)), "e": Pick(("e",))}
        assert sum(len(load().arrays["a"]) for load in source.blocks(picks, 500)) == rows


def test_little_memory_is_heeded_by_large_pages(tmp_path: Path) -> None:
    zeros = np.zeros(2_000_000)
    options = {"compression": "zstd", "use_dictionary": False, **columns.LONG_PAGES}
    path = tmp_path / "x.parquet"
    path.write_bytes(columns.parquet({"pred": zeros, "label": zeros}, **options))
    assert path.stat().st_size < 20_000
    with pytest.raises(DataProblem, match="more than max_memory allows"):
        losscli.compute("mse", str(path), max_memory=12 << 20)
    assert losscli.compute("mse", str(path), max_memory=1 << 30).value == 0


def test_members_within_folders_are_fine(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", **{"a/b": np.zeros(3), "c..d": np.zeros(3), "...": np.zeros(3)})
    table = NpzTable(str(tmp_path / "x.npz"), "x.npz")
    assert set(table.columns) == {"a/b", "c..d", "..."}
    table.close()


@pytest.mark.slow
def test_the_corpus_can_be_written(tmp_path: Path) -> None:
    case = next(texts.cases())
    assert case.write(tmp_path) == ["compute", "mse", "x.csv"]
    assert (tmp_path / "x.csv").exists()
