"""Valid files of each format, changed where it hurts: whatever comes of it, the program ends in one of its ways,
in little memory and in words. A few examples by default, thousands under -m slow."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hostile_npy
import numpy as np
import pytest
from hostile import arrows, columns, packed, thrift
from hostile.runner import Ended, Runner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="needs Linux")

QUICK, LONG = 10, 3000
MEMORY = 300 << 20

NUMBERS = st.one_of(
    st.sampled_from([0, 1, -1, 2, 7, 8, 9, 127, 255, 65_535, 1 << 16, 1 << 20, 1 << 24, 1 << 27, 1 << 30]),
    st.sampled_from([(1 << 31) - 1, -(1 << 31), 1 << 32, 1 << 40, 1 << 62, (1 << 63) - 1, -(1 << 63)]),
    st.integers(-(1 << 63), (1 << 63) - 1),
)
Draw = st.DrawFn


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    made = Runner()
    yield made
    made.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("fuzz")
    np.save(made / "y.npy", np.arange(8.0))
    return made


def check(ended: Ended) -> None:
    """The invariant."""
    assert ended.code in (0, 2, 3), ended
    assert "Traceback" not in ended.err
    assert ended.err.replace("\n", "").isprintable()
    assert ended.code == 0 or (ended.out == "" and ended.err.count("\n") == 1), ended
    assert ended.memory < MEMORY


def bytewise(draw: Draw, data: bytes, words: tuple[bytes, ...] = ()) -> bytes:
    """Bytes set, cut, doubled, dropped; and words of the format put anywhere."""
    held = bytearray(data)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(held)))
        how = draw(st.sampled_from(["set", "set", "cut", "drop", "double", *(["word"] * 3 if words else [])]))
        if how == "set":
            held[at : at + 1] = bytes((draw(st.sampled_from([0, 1, 127, 128, 255, draw(st.integers(0, 255))])),))
        elif how == "cut":
            del held[at:]
        elif how == "drop":
            del held[at : at + draw(st.integers(1, 16))]
        elif how == "double":
            held[at:at] = held[at : at + draw(st.integers(1, 64))]
        else:
            held[at:at] = draw(st.sampled_from(words))
    return bytes(held)


# -- arrays ----------------------------------------------------------------------------------------------------

HEADER_WORDS = (
    b"'descr'",
    b"'fortran_order'",
    b"'shape'",
    b"True",
    b"(8,)",
    b"(",
    b",",
    b"'<f8'",
    b"'|O'",
    b"-1",
    b"9" * 30,
)


@st.composite
def npy(draw: Draw) -> bytes:
    """A header that is put together wrongly, over some data."""
    if draw(st.booleans()):
        return bytewise(draw, hostile_npy.saved(np.arange(8.0)), HEADER_WORDS)
    shape = draw(st.lists(NUMBERS, max_size=4))
    kind = draw(
        st.sampled_from(["<f8", ">f4", "|b1", "<i2", "<U3", "|S2", "|O", "<c16", "|V8", "<M8[s]", "<f16", "f8", ""])
    )
    body = draw(st.sampled_from([b"", bytes(8), bytes(64), hostile_npy.EIGHT.tobytes()]))
    length = draw(st.one_of(st.none(), st.integers(0, 65_535)))
    text = "(" + "".join(f"{side}," for side in shape) + ")"
    version = draw(st.sampled_from([1, 2, 3]))
    return hostile_npy.npy(text, repr(kind), str(draw(st.booleans())), body=body, version=version, length=length)


@st.composite
def npz(draw: Draw) -> bytes:
    inner = draw(npy())
    name = draw(st.sampled_from([b"x.npy", b"x", b"../x.npy", b"x.npy\0", b"\x1b.npy"]))
    if draw(st.booleans()):
        return bytewise(
            draw, hostile_npy.zipped({"x.npy": inner}, draw(st.sampled_from([0, 8]))), (b"PK\x03\x04", b"PK\x05\x06")
        )
    sizes = draw(st.sampled_from([len(inner), 0, 1, 1 << 20, (1 << 32) - 1]))
    return hostile_npy.raw_zip(
        name, hostile_npy.deflated(inner), sizes, method=draw(st.sampled_from([0, 8, 8, 8, 12, 14, 93])),
        flags=draw(st.sampled_from([0, 0, 0, 1, 8, 0x800, 0xFFFF])), crc=draw(st.sampled_from([None, 0, 1])),
        twice=draw(st.booleans()),
    )  # fmt: skip


# -- tables ----------------------------------------------------------------------------------------------------

CELLS = st.one_of(
    st.floats().map(repr),
    st.sampled_from(
        ["", "NA", "null", "nan", "-inf", "1e400", "0x1", "1_0", '"', '""', '"1"', '"1', "a", "=1", " 1", "1 ", "\0"]
    ),
    st.text(max_size=4),
)


@st.composite
def text(draw: Draw) -> bytes:
    mark = draw(st.sampled_from([",", ",", ",", ";", "\t"]))
    end = draw(st.sampled_from(["\n", "\r\n", "\r", "\n\n"]))
    rows = draw(st.lists(st.lists(CELLS, min_size=1, max_size=3), min_size=1, max_size=12))
    rows = draw(st.sampled_from([[["pred", "label"]], [["pred", "label"]], [["a", "a"]], []])) + rows * draw(
        st.sampled_from([1, 1, 900])
    )
    data = end.join(mark.join(row) for row in rows).encode("utf-8", "surrogatepass")
    coded = draw(st.sampled_from([data, data + b"\n", b"\xef\xbb\xbf" + data, b"\xff\xfe" + data]))
    return bytewise(draw, coded, (b'"', b"\n", b"\r", b",", b"\0", b"\xff")) if draw(st.booleans()) else coded


def parquet_seeds() -> list[bytes]:
    table: dict[str, Any] = {
        "pred": np.arange(300.0) % 7,
        "label": [None if i % 9 == 0 else float(i % 5) for i in range(300)],
    }
    lists: dict[str, Any] = {
        "pred": [[1.0, 2.0]] * 300,
        "label": [[1.0, float(i)] if i % 11 else None for i in range(300)],
    }
    texts: dict[str, Any] = {"pred": np.arange(300.0) / 300, "label": ["a", "b", None] * 100}
    options: list[dict[str, Any]] = [
        {"compression": codec} for codec in ("none", "snappy", "gzip", "zstd", "lz4", "brotli")
    ]
    options += [{"use_dictionary": False}, {"use_dictionary": False, "data_page_version": "2.0", "compression": "zstd"}]
    return [
        columns.parquet(t, row_group_size=110, data_page_size=256, **o) for t in (table, lists, texts) for o in options
    ]


PARQUET = parquet_seeds()


def pages(data: bytes, tree: thrift.Struct) -> list[int]:
    """Where the headers of all pages are."""
    found = []
    for group in tree[4][1][1]:
        for column in group[1][1][1]:
            meta = column[3][1]
            at = min(meta[place][1] for place in (9, 11) if place in meta)
            stop = at + meta[7][1]
            while at < stop:
                found.append(at)
                reader = thrift.Reader(data, at)
                at = reader.struct()[3][1] + reader.at
    return found


def changed(draw: Draw, tree: thrift.Struct) -> None:
    """A few of its numbers are others."""
    for holder, key in draw(st.lists(st.sampled_from(thrift.numbers(tree)), min_size=1, max_size=3)):
        thrift.put(holder, key, draw(NUMBERS))


@st.composite
def parquet(draw: Draw) -> bytes:
    """The numbers of the footer or of a page's header, changed; the rest is put right around them."""
    data = draw(st.sampled_from(PARQUET))
    at, tree = columns.footer(data)
    how = draw(st.sampled_from(["footer", "page", "page", "bytes"]))
    if how == "bytes":
        return bytewise(draw, data)
    if how == "footer":
        changed(draw, tree)
        return columns.sealed(data[:at], tree)
    start = draw(st.sampled_from(pages(data, tree)))
    reader = thrift.Reader(data, start)
    header = reader.struct()
    changed(draw, header)
    return columns.relaid(data, at, tree, start, reader.at, thrift.pack(header))


ARROW = list(arrows.kinds())


@st.composite
def arrow(draw: Draw) -> tuple[tuple[str, ...], str, bytes]:
    """Aligned words of an Arrow file, changed: its descriptions are made of little else."""
    what, name, data = draw(st.sampled_from(ARROW))
    held = bytearray(data)
    for _ in range(draw(st.integers(1, 3))):
        form = draw(st.sampled_from("bhiq"))
        at = draw(st.integers(0, (len(held) - 8) // 4)) * 4
        bits = 8 * struct.calcsize(form)
        value = (draw(NUMBERS) + (1 << (bits - 1))) % (1 << bits) - (1 << (bits - 1))
        struct.pack_into(f"<{form}", held, at, value)
    return arrows.asked(what, name), name, bytes(held[: draw(st.sampled_from([len(held)] * 5 + [len(held) // 2]))])


@st.composite
def squeezed(draw: Draw) -> tuple[str, bytes]:
    suffix = draw(st.sampled_from(sorted(packed.CODECS)))
    data = packed.CODECS[suffix](draw(text()))
    return f"x.csv.{suffix}", bytewise(draw, data) if draw(st.booleans()) else data


# -- the runs --------------------------------------------------------------------------------------------------


@st.composite
def files(draw: Draw, form: str) -> tuple[tuple[str, ...], str, bytes]:
    """(arguments, name, bytes) of a file of this format that something is wrong with."""
    if form == "arrow":
        return draw(arrow())
    if form == "packed":
        name, data = draw(squeezed())
        return ("compute", "mse", name, "--missing", "omit", "--nan", "omit"), name, data
    data = draw({"npy": npy, "npz": npz, "csv": text, "parquet": parquet}[form]())
    name = f"x.{form}"
    if form in ("npy", "npz"):
        return ("compute", "mse", name if form == "npy" else f"{name}::x", "y.npy"), name, data
    asked = draw(st.sampled_from([("compute", "mse"), ("compute", "sigmoid_cross_entropy", "--classes", "a,b")]))
    return (*asked, name, "--pred", "pred", "--label", "label", "--missing", "omit", "--nan", "omit"), name, data


FORMS = ("npy", "npz", "csv", "parquet", "arrow", "packed")
Trial = Callable[[Runner, Path], None]


def trial(form: str, examples: int) -> Trial:
    def run(runner: Runner, folder: Path) -> None:
        @settings(max_examples=examples, suppress_health_check=list(HealthCheck))
        @given(files(form))
        def tried(case: tuple[tuple[str, ...], str, bytes]) -> None:
            arguments, name, data = case
            (folder / name).write_bytes(data)
            check(runner.run(*arguments, cwd=folder))

        tried()

    return run


@pytest.mark.parametrize("form", FORMS)
def test_any_damage(runner: Runner, folder: Path, form: str) -> None:
    trial(form, QUICK)(runner, folder)


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
def test_any_damage_at_length(runner: Runner, folder: Path, form: str) -> None:
    trial(form, LONG)(runner, folder)
