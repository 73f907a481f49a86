"""Arrow files, streams and Feather: every word of their descriptions made extreme, in turn."""

from __future__ import annotations

import io
import itertools
import struct
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import ipc

from .case import Case, cut, one

EXTREMES = (b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\0\0", b"\0\0\0\x40")


def arrow(table: dict[str, Any] | None = None, *, stream: bool = False, codec: str | None = None) -> bytes:
    """An Arrow file or stream of a table; of eight predictions and labels, if none is given."""
    columns = {"pred": np.arange(8.0), "label": np.arange(8.0)} if table is None else table
    held = io.BytesIO()
    made = pa.table(columns)
    opened = ipc.new_stream if stream else ipc.new_file
    with opened(held, made.schema, options=ipc.IpcWriteOptions(compression=codec)) as writer:
        writer.write_table(made)
    return held.getvalue()


def kinds() -> Iterator[tuple[str, str, bytes]]:
    """(what, name of the file, bytes) of whole files."""
    words = pa.array(["a", "b"] * 4).dictionary_encode()
    yield "file", "x.arrow", arrow()
    yield "stream", "x.arrow", arrow(stream=True)
    yield "feather", "x.feather", arrow(codec="zstd")
    yield "lz4", "x.feather", arrow({"pred": np.zeros(1000), "label": np.zeros(1000)}, codec="lz4")
    yield "lists", "x.arrow", arrow({"pred": [[1.0, 2.0]] * 8, "label": [[1.0, 2.0]] * 8})
    yield "texts", "x.arrow", arrow({"pred": np.arange(8.0), "label": ["a", "b"] * 4})
    yield "views", "x.arrow", arrow({"pred": np.arange(8.0), "label": pa.array(["a", "b"] * 4, pa.string_view())})
    yield "words", "x.arrow", arrow({"pred": np.arange(8.0), "label": words})


def asked(what: str, name: str) -> tuple[str, ...]:
    """What to compute of such a file."""
    if what in ("texts", "views", "words"):
        return ("compute", "sigmoid_cross_entropy", name, "--classes", "a,b", "--missing", "omit")
    return ("compute", "mse", name, "--missing", "omit")


def _saying(data: bytes, length: int, said: int) -> bytes:
    """The file whose last compressed buffer of this length says that it unpacks to another."""
    at = data.rindex(struct.pack("<q", length))
    return data[:at] + struct.pack("<q", said) + data[at + 8 :]


def unpacking() -> Iterator[Case]:
    """Small compressed files that say that they unpack to more than memory holds: columns, texts, dictionaries."""
    zeros, words = np.zeros(1000), [f"{i:050}" for i in range(100)]
    for codec, stream in itertools.product(("lz4", "zstd"), (False, True)):
        what = f"{codec}, {'stream' if stream else 'file'}"
        data = arrow({"pred": zeros, "label": zeros}, stream=stream, codec=codec)
        for said in (1 << 20, 1 << 30, 1 << 62, -2):
            name = f"{what}: a column unpacks to {said}"
            yield one(name, "x.arrow", _saying(data, 8000, said), f"column label is said to unpack to {said} bytes")
        for kind, label in (("texts", pa.array(words)), ("a dictionary", pa.array(words).dictionary_encode())):
            data = arrow({"pred": np.zeros(100), "label": label}, stream=stream, codec=codec)
            broken = _saying(data, 5000, 1 << 30)
            words_of_it = ("a record batch of", "is said to unpack to 107374")
            yield Case(f"{what}: {kind} of a gibibyte", {"x.arrow": broken}, asked("texts", "x.arrow"), 3, words_of_it)


def extreme(step: int) -> Iterator[Case]:
    """Every `step`th word of every kind of file, made extreme."""
    for what, name, data in kinds():
        for at in range(0, len(data) - 4, step):
            value = EXTREMES[at // step % len(EXTREMES)]
            broken = data[:at] + value + data[at + 4 :]
            yield Case(f"{what}: bytes {at} to {at + 4} are {value.hex()}", {name: broken}, asked(what, name), -1)


def cases() -> Iterator[Case]:
    """All of them; code -1 is 0, 2 or 3: a word may be one that nobody reads."""
    for what, name, data in kinds():
        yield Case(f"{what}: whole", {name: data}, asked(what, name), 0)
        for size in cut(data, 8)[1:]:
            if what != "stream":
                yield one(f"{what} cut after {size} bytes", name, data[:size], name)
    whole = arrow()
    for length in (0, -1, 2**31 - 1, -(2**31), len(whole)):
        yield one(
            f"a footer of {length} bytes",
            "x.arrow",
            whole[:-10] + struct.pack("<i", length) + b"ARROW1",
            "metadata size",
        )
    stream = arrow(stream=True)
    for length in (-1, 2**31 - 1, -(2**31)):
        yield one(
            f"a message of {length} bytes", "x.arrow", stream[:4] + struct.pack("<i", length) + stream[8:], "x.arrow"
        )
    yield one("version 1 of Feather", "x.feather", b"FEA1" + bytes(100) + b"FEA1", "x.feather")
    yield one("magic and nothing", "x.arrow", b"ARROW1\0\0ARROW1", "cut short")
    yield one("nothing", "x.arrow", b"", "x.arrow")
    evil = "\x1b[31m[red]\u202e\n"
    yield one(
        "names give orders",
        "x.arrow",
        arrow({evil: [1.0]}),
        "\\x1b[31m[red]\\u202e\\n",
        code=2,
        options=("--pred", "z"),
    )
    yield from unpacking()
    yield from extreme(84)
