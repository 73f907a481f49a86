"""Arrow files that are damaged, cut short, or change while they are read."""

from __future__ import annotations

import io
import os
import random
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from arrow_tables import CODECS, KINDS, problem, read, table, written
from hypothesis import given, settings
from hypothesis import strategies as st

from losscli.core.errors import DataProblem, LossCliError
from losscli.sources.formats.arrow.arrow_file import ArrowTable
from losscli.sources.table import Pick


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


@settings(max_examples=60)
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
