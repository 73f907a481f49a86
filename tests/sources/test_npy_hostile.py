"""Hostile NPY and NPZ files, files that change, and systems that differ."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hostile_npy
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from npy_arrays import Array, check, read, same

import losscli
from losscli.core.errors import DataProblem, LossCliError
from losscli.sources.formats.npy.npy_file import NpyStream, NpyTable
from losscli.sources.formats.npz.npz_file import NpzTable
from losscli.sources.open import ReadOptions, open_table
from losscli.sources.table import Load, Pick, Table


def exhaust(table: Table, loads: Iterator[Load] | None = None, size: int = 1000, **picks: Pick) -> None:
    """Read all blocks, and keep nothing."""
    for load in table.blocks(picks, size) if loads is None else loads:
        load()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("npy")


def whole(path: str, size: int = 4) -> None:
    """Open a file and read all of it, as a run does."""
    table = open_table(path, ReadOptions())
    try:
        pick = Pick(("x",)) if table.format == "npz" else Pick()
        field = table.describe(pick)
        if 0 in field.shape:
            raise DataProblem("There are no rows.")
        for load in table.blocks({"x": pick}, size):
            load()
    finally:
        table.close()


def refused(path: Path, words: str) -> None:
    """DataProblem with a sentence, and with little memory."""
    tracemalloc.start()
    try:
        with pytest.raises(DataProblem) as caught:
            whole(str(path))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 80 << 20
    message = caught.value.message
    assert words in str(caught.value)
    assert path.name in message
    assert message.endswith(".")
    assert "\n" not in message


HOSTILE = list(hostile_npy.files())

# -- hostile files ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("data", "words"), [case[1:] for case in HOSTILE], ids=[case[0] for case in HOSTILE])
def test_hostile_files(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "x.npy"
    path.write_bytes(data)
    refused(path, words)


def streamed(data: bytes) -> None:
    stream = NpyStream(io.BytesIO(data), "standard input")
    stream.describe(Pick())
    exhaust(stream, size=4, x=Pick())


@pytest.mark.parametrize("data", [case[1] for case in HOSTILE], ids=[case[0] for case in HOSTILE])
def test_hostile_streams(data: bytes) -> None:
    """The size of a stream is not known, so that a promise of much is found out only by reading."""
    tracemalloc.start()
    try:
        with pytest.raises(DataProblem):
            streamed(data)
        assert tracemalloc.get_traced_memory()[1] < 80 << 20
    finally:
        tracemalloc.stop()


ARCHIVES = list(hostile_npy.archives())


@pytest.mark.parametrize(("data", "words"), [case[1:] for case in ARCHIVES], ids=[case[0] for case in ARCHIVES])
def test_hostile_archives(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "x.npz"
    path.write_bytes(data)
    refused(path, words)


def test_the_last_member_is_checked_to_its_end(tmp_path: Path) -> None:
    """Roles are read side by side, and all of them have a checksum at the end."""
    data = hostile_npy.saved(np.arange(100_000.0))
    archive = bytearray(hostile_npy.zipped({"a.npy": data, "b.npy": data}, 0))
    archive[archive.rindex(data) + len(data) - 3] ^= 1
    (tmp_path / "x.npz").write_bytes(archive)
    table = NpzTable(str(tmp_path / "x.npz"), "x.npz")
    with pytest.raises(DataProblem, match="CRC"):
        exhaust(table, p=Pick(("a",)), q=Pick(("b",)))
    table.close()


LIMITED = """
import os, resource, sys
import numpy, zipfile, tempfile, losscli.sources.formats.npz.npz_file
from losscli.core.errors import DataProblem
sys.path[:0] = [sys.argv[1], os.path.dirname(sys.argv[1])]
from test_npy_hostile import whole
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
for path in sys.argv[2:]:
    try:
        whole(path)
    except DataProblem as problem:
        print("refused", problem)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs RLIMIT_AS")
def test_all_of_them_within_one_gibibyte(tmp_path: Path) -> None:
    paths = []
    for suffix, cases in ((".npy", HOSTILE), (".npz", ARCHIVES)):
        for number, (_, data, _) in enumerate(cases):
            paths.append(tmp_path / f"{number}{suffix}")
            paths[-1].write_bytes(data)
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-c", LIMITED, str(Path(__file__).parent), *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, check=False)
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert len(lines) == len(paths)
    assert all(line.startswith("refused ") for line in lines)


def test_many_rows_of_nothing_are_refused(tmp_path: Path) -> None:
    for shape, words in ((f"({10**11}, 0)", "rows are empty"), ("(0, 99999999999)", "no rows")):
        (tmp_path / "x.npy").write_bytes(hostile_npy.npy(shape, body=b""))
        with pytest.raises(DataProblem, match=words):
            losscli.compute("mse", str(tmp_path / "x.npy"), str(tmp_path / "x.npy"))


def test_a_stream_that_goes_on_is_refused_by_the_run(tmp_path: Path) -> None:
    stream = NpyStream(io.BytesIO(hostile_npy.npy() + b"\0"), "standard input")
    with pytest.raises(DataProblem, match="goes on after its 8 rows"):
        exhaust(stream, x=Pick())


SEEDS = [
    hostile_npy.saved(np.arange(12.0).reshape(4, 3)),
    hostile_npy.saved(np.asfortranarray(np.arange(12, dtype=">i2").reshape(4, 3))),
    hostile_npy.saved(np.array(["cat", "dog"])),
    hostile_npy.npy("(2, 4)", version=2),
    hostile_npy.npy("(8L,)"),
    hostile_npy.npy("(2, 4)", version=3),
]


def mutated(draw: st.DrawFn, data: bytes) -> bytes:
    held = bytearray(data)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, max(0, len(held) - 1)))
        how = draw(st.sampled_from(["set", "set", "set", "digit", "cut", "insert", "drop"]))
        if how == "set":
            held[at : at + 1] = bytes((draw(st.integers(0, 255)),))
        elif how == "digit":
            held[at : at + 1] = draw(st.sampled_from(b"0123456789<>|=fiubOVSUcMm,() '{}L")).to_bytes(1, "little")
        elif how == "cut":
            del held[at:]
        elif how == "insert":
            held[at:at] = draw(st.binary(min_size=1, max_size=4))
        else:
            del held[at : at + draw(st.integers(1, 8))]
    return bytes(held)


@st.composite
def mutants(draw: st.DrawFn) -> bytes:
    return mutated(draw, draw(st.sampled_from(SEEDS)))


def load_or_nothing(data: bytes) -> Array | None:
    try:
        return np.load(io.BytesIO(data), allow_pickle=False)
    except Exception:  # NumPy raises a dozen kinds
        return None


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::SyntaxWarning", "ignore::DeprecationWarning")
@given(mutants())
@settings(max_examples=200)
def test_a_mutant_is_refused_or_read_as_np_load_does(folder: Path, data: bytes) -> None:
    path = folder / "mutant.npy"
    path.write_bytes(data)
    found: list[Array] = []
    for make in (lambda: NpyTable(str(path), "x"), lambda: NpyStream(io.BytesIO(data), "x")):
        try:
            table = make()
        except DataProblem:
            continue
        try:
            field = table.describe(Pick())
            got = None if 0 in field.shape else read(table, Pick(classes=("cat", "dog")), 3)
            found.append(np.zeros(field.shape) if got is None else got)
        except LossCliError:
            continue
        finally:
            table.close()
    for array in found:
        expected = load_or_nothing(data)
        assert expected is not None
        assert array.shape == expected.shape
        if array.size and expected.dtype.kind in "US":
            texts = expected.astype(str)
            expected = np.where(texts == "cat", 0, np.where(texts == "dog", 1, -1))
        if array.size:
            same(array, expected)


@given(st.data())
@settings(max_examples=100)
def test_a_mutant_archive_is_refused_or_read_as_np_load_does(folder: Path, data: st.DataObject) -> None:
    array = np.arange(40.0)
    method = data.draw(st.sampled_from([0, 8]))
    raw = mutated(data.draw, hostile_npy.zipped({"x.npy": hostile_npy.saved(array)}, method))
    path = folder / "mutant.npz"
    path.write_bytes(raw)
    try:
        table = NpzTable(str(path), "x.npz")
        try:
            pick = Pick(table.columns[:1])
            assert table.describe(pick).shape == (40,)
            same(read(table, pick, 7), array)
        finally:
            table.close()
    except LossCliError:
        pass


# -- files that change, systems that differ -----------------------------------------------------------------


def test_a_file_that_shrinks_while_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x.npy"
    np.save(path, np.arange(100_000.0))
    table = NpyTable(str(path), "x.npy")
    loads = table.blocks({"x": Pick()}, 1000)
    next(loads)()
    os.truncate(path, 4096)
    with pytest.raises(DataProblem, match=r"x\.npy became shorter while it was read"):
        exhaust(table, loads)
    table.close()


def test_a_device_that_fails_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.save(tmp_path / "x.npy", np.arange(10.0))
    table = NpyTable(str(tmp_path / "x.npy"), "x.npy")

    def broken(*_: Any) -> int:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "preadv", broken, raising=False)
    with pytest.raises(DataProblem, match=r"x\.npy cannot be read: input/output error\."):
        next(table.blocks({"x": Pick()}, 4))()
    table.close()


def test_without_preadv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows has none; threads then take turns."""
    rng = np.random.default_rng(1)
    np.save(tmp_path / "p.npy", np.asfortranarray(rng.normal(size=(90_000, 2))))
    np.save(tmp_path / "y.npy", rng.normal(size=(90_000, 2)))
    paths = str(tmp_path / "p.npy"), str(tmp_path / "y.npy")
    expected = losscli.compute("mse", *paths, threads=3)
    monkeypatch.delattr(os, "preadv", raising=False)
    check(hostile_npy.saved(np.arange(3000, dtype=">i4").reshape(1000, 3)), tmp_path, 64)
    found = losscli.compute("mse", *paths, threads=3)
    assert (found.value, found.stderr) == (expected.value, expected.stderr)
    os.truncate(tmp_path / "y.npy", 5000)
    with pytest.raises(DataProblem, match="cut short"):
        losscli.compute("mse", *paths)


def test_a_refused_file_is_closed(tmp_path: Path) -> None:
    """Warnings are errors here: a file left open would fail the test when it is collected."""
    import gc

    for name, cases in (("x.npy", HOSTILE[:3]), ("x.npz", ARCHIVES[:2])):
        for _, data, _ in cases:
            (tmp_path / name).write_bytes(data)
            with pytest.raises(DataProblem):
                open_table(str(tmp_path / name), ReadOptions())
            gc.collect()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_named_pipe_is_read_as_a_stream(tmp_path: Path) -> None:
    import threading

    data = hostile_npy.saved(np.arange(50_000.0))
    pipe, file = tmp_path / "pipe.npy", tmp_path / "y.npy"
    os.mkfifo(pipe)
    np.save(file, np.arange(50_000.0) + 2)
    writer = threading.Thread(target=pipe.write_bytes, args=(data,))
    writer.start()
    assert losscli.compute("mse", str(pipe), str(file)).value == 4.0
    writer.join()


def test_working_memory_does_not_grow_with_the_number_of_files(tmp_path: Path) -> None:
    from losscli.core import scratch

    def held() -> set[str]:
        return set(scratch._local.__dict__["memories"])

    sizes = []
    for i in range(3):
        path = tmp_path / f"{i}.npy"
        np.save(path, np.arange(10.0))
        table = NpyTable(str(path), path.name)
        for load in table.blocks({"pred": Pick()}, 4):
            load()
        table.close()
        sizes.append(len(held()))
    assert len(set(sizes)) == 1


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("dtype", ["b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"])
def test_every_dtype_gives_the_same_loss(dtype: str, order: str, tmp_path: Path) -> None:
    """Of logits in C and Fortran order, and of labels wherever they hold four classes."""
    dice = np.random.default_rng(0)
    logits, label = dice.integers(0, 2, (300, 4)), dice.integers(0, 4, 300)
    expected = losscli.compute("ce", logits.astype(float), label, input="logits").value
    pred, labels = str(tmp_path / "p.npy"), str(tmp_path / "y.npy")
    for arranged in (np.ascontiguousarray, np.asfortranarray):
        np.save(pred, arranged(logits.astype(order + dtype)))
        assert losscli.compute("ce", pred, label, input="logits").value == expected
    np.save(pred, logits.astype(float))
    if dtype != "b1":
        np.save(labels, label.astype(order + dtype))
        assert losscli.compute("ce", pred, labels, input="logits").value == expected
    np.save(labels, (label > 1).astype(order + dtype))
    halved = losscli.compute("ce", pred, (label > 1).astype(int), input="logits").value
    assert losscli.compute("ce", pred, labels, input="logits").value == halved
