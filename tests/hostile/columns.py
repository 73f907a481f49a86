"""Parquet that lies: in its footer, in the headers of its pages, in its values; cut short and set on fire."""

from __future__ import annotations

import inspect
import io
import struct
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from . import thrift
from .case import Case, Maker, cut, one

LONG_PAGES = {  # all rows of a row group in a page, as older versions of pyarrow write them
    name: 1 << 30
    for name in ("max_rows_per_page", "data_page_size", "write_batch_size")
    if name in inspect.signature(pq.write_table).parameters
}
HUGE = (1 << 30) + 7


def parquet(table: dict[str, Any] | None = None, **options: Any) -> bytes:
    """A Parquet file of a table; of eight predictions and labels, if none is given."""
    columns = {"pred": np.arange(8.0), "label": np.arange(8.0)} if table is None else table
    held = io.BytesIO()
    pq.write_table(pa.table(columns), held, **{"compression": "none", **options})
    return held.getvalue()


def footer(data: bytes) -> tuple[int, thrift.Struct]:
    """Where the footer starts, and what it says."""
    at = len(data) - 8 - int.from_bytes(data[-8:-4], "little")
    return at, thrift.Reader(data, at).struct()


def sealed(body: bytes, tree: thrift.Struct) -> bytes:
    """The file with this footer."""
    raw = thrift.pack(tree)
    return body + raw + struct.pack("<I", len(raw)) + b"PAR1"


def chunk(tree: thrift.Struct, column: int = 0, group: int = 0) -> thrift.Struct:
    """The description of a column chunk."""
    found: thrift.Struct = tree[4][1][1][group][1][1][1][column][3][1]
    return found


def lying(change: Callable[[thrift.Struct], object], data: bytes | None = None) -> bytes:
    """A file whose footer was changed."""
    data = parquet() if data is None else data
    at, tree = footer(data)
    change(tree)
    return sealed(data[:at], tree)


def _later(change: Callable[[thrift.Struct], object]) -> Maker:
    """The same, packed when the file is wanted: a long footer takes a while."""
    return lambda path: path.write_bytes(lying(change))


def paged(change: Callable[[thrift.Struct], object], data: bytes | None = None, which: int = 0) -> bytes:
    """A file where a page's header was changed, and the footer with it, so that nothing else is wrong."""
    data = parquet(use_dictionary=False) if data is None else data
    at, tree = footer(data)
    meta = chunk(tree)
    start = min(meta[place][1] for place in (9, 11) if place in meta)
    for _ in range(which):
        reader = thrift.Reader(data, start)
        start = reader.struct()[3][1] + reader.at
    reader = thrift.Reader(data, start)
    header = reader.struct()
    change(header)
    return relaid(data, at, tree, start, reader.at, thrift.pack(header))


def relaid(data: bytes, at: int, tree: thrift.Struct, start: int, stop: int, new: bytes) -> bytes:
    """The file with other bytes from start to stop, and a footer that knows it."""
    longer = len(new) - (stop - start)
    for group in tree[4][1][1]:
        for column in group[1][1][1]:
            meta = column[3][1]
            first = min(meta[place][1] for place in (9, 11) if place in meta)
            if first <= start < first + meta[7][1]:
                meta[7] = (thrift.I64, meta[7][1] + longer)
            for place in (9, 10, 11, 14):
                if place in meta and meta[place][1] > start:
                    meta[place] = (thrift.I64, meta[place][1] + longer)
    return sealed(data[:start] + new + data[stop:at], tree)


def setting(key: int, value: int, *path: int) -> Callable[[thrift.Struct], object]:
    """A change of one number of a struct, or of a struct within."""

    def change(tree: thrift.Struct) -> None:
        for step in path:
            tree = tree[step][1]
        kind = tree[key][0] if key in tree else thrift.I64
        tree[key] = (kind, value)

    return change


def _footers() -> Iterator[Case]:
    whole = parquet()
    for length in (0, 1, len(whole), 2**31 - 1, 2**32 - 1):
        data = whole[:-8] + struct.pack("<I", length) + b"PAR1"
        yield one(f"a footer of {length} bytes", "x.parquet", data, "cannot be read as Parquet")
    for rows in (-1, 7, 9, 1 << 40, (1 << 63) - 1, -(1 << 63)):
        yield one(f"{rows} rows", "x.parquet", lying(setting(3, rows)), "x.parquet")
        yield one(f"{rows} rows in a group", "x.parquet", lying(lambda t, r=rows: _group(t, r)), "x.parquet")  # type: ignore[misc]
    for key, what in ((5, "values"), (6, "bytes"), (7, "packed bytes"), (9, "place")):
        for value in (-1, 0, 1, 1 << 31, 1 << 62):
            data = lying(lambda t, k=key, v=value: setting(k, v)(chunk(t)))  # type: ignore[misc]
            yield one(f"{what}: {value}", "x.parquet", data, code=-1)
    for codec in (1, 2, 3, 4, 5, 6, 7, 8, 99, -1):
        yield one(f"codec {codec}", "x.parquet", lying(lambda t, c=codec: setting(4, c)(chunk(t))), "x.parquet")  # type: ignore[misc]
    for kind in (0, 1, 3, 4, 6, 7, 8, 99):
        data = lying(lambda t, k=kind: setting(1, k)(chunk(t)))  # type: ignore[misc]
        yield one(f"type {kind}", "x.parquet", data, "x.parquet")
        data = lying(lambda t, k=kind: setting(1, k)(t[2][1][1][1]))  # type: ignore[misc]
        yield one(f"type {kind} in the schema", "x.parquet", data, code=-1)
    for children in (-1, 0, 1, 3, 1 << 30):
        yield one(
            f"{children} columns", "x.parquet", lying(lambda t, c=children: setting(5, c)(t[2][1][1][0])), code=-1
        )  # type: ignore[misc]
    yield one("a schema without end", "x.parquet", _later(lambda t: _deepen(t, 100_000)), "nested")
    yield one("no schema", "x.parquet", lying(lambda t: t.update({2: (thrift.LIST, (thrift.STRUCT, []))})), "x.parquet")
    yield one(
        "no row groups", "x.parquet", lying(lambda t: t.update({4: (thrift.LIST, (thrift.STRUCT, []))})), "x.parquet"
    )
    yield one("no columns in a group", "x.parquet", lying(lambda t: _group_of(t)[1][1][1].clear()), "x.parquet")
    yield one("an encrypted footer", "x.parquet", b"PARE" + whole[4:-4] + b"PARE", "x.parquet")
    yield one("a million row groups", "x.parquet", _later(_many_groups), "x.parquet")


def _group_of(tree: thrift.Struct) -> thrift.Struct:
    found: thrift.Struct = tree[4][1][1][0]
    return found


def _group(tree: thrift.Struct, rows: int) -> None:
    setting(3, rows)(_group_of(tree))
    setting(3, rows)(tree)


def _deepen(tree: thrift.Struct, depth: int) -> None:
    elements = tree[2][1][1]
    group = {3: (thrift.I32, 0), 4: (thrift.BINARY, b"g"), 5: (thrift.I32, 1)}
    elements[0] = {**elements[0], 5: (thrift.I32, 3)}
    elements += [group] * depth + [elements[1]]


def _many_groups(tree: thrift.Struct) -> None:
    tree[4] = (thrift.LIST, (thrift.STRUCT, tree[4][1][1] * 20_000))


def _pages() -> Iterator[Case]:
    for key, what in ((2, "unpacked"), (3, "packed")):
        for value in (-1, -(1 << 31), HUGE, (1 << 31) - 1):
            yield one(f"a page of {value} bytes {what}", "x.parquet", paged(setting(key, value)), "page", "pred")
        for value in (63, 65):
            yield one(f"a page of {value} bytes {what}", "x.parquet", paged(setting(key, value)), code=-1)
    for codec in ("snappy", "gzip", "zstd", "lz4", "brotli"):
        data = parquet({"pred": np.zeros(10_000), "label": np.zeros(10_000)}, use_dictionary=False, compression=codec)
        for value in (HUGE, 1 << 28, 1, 0):
            yield one(f"{codec} to {value} bytes", "x.parquet", paged(setting(2, value), data), "x.parquet")
    for value in (-1, 0, 7, 9, HUGE):
        yield one(f"a page of {value} values", "x.parquet", paged(setting(1, value, 5)), code=-1)
        data = paged(setting(1, value, 7), parquet())
        yield one(f"a dictionary of {value} values", "x.parquet", data, code=-1)
    for encoding in (1, 2, 3, 4, 5, 6, 7, 8, 9, 99):
        yield one(f"encoding {encoding}", "x.parquet", paged(setting(2, encoding, 5)), code=-1)
    for kind in (1, 2, 3, 99, -1):
        yield one(f"a page of kind {kind}", "x.parquet", paged(setting(1, kind)), code=-1)
    second = parquet(data_page_version="2.0", use_dictionary=False)
    for key, what in ((1, "values"), (2, "nulls"), (3, "rows"), (5, "bytes of levels"), (6, "bytes of repetitions")):
        for value in (-1, HUGE, 9):
            yield one(f"version 2: {value} {what}", "x.parquet", paged(setting(key, value, 8), second), code=-1)


def _lists() -> Iterator[Case]:
    lists = {"pred": [[1.0, 2.0]] * 8, "label": [[1.0, 2.0]] * 8}
    for value in (HUGE, 1 << 27):
        data = paged(setting(1, value, 5), parquet(lists, use_dictionary=False))
        yield one(f"a page of {value} values of lists", "x.parquet", data, "values")
    yield one(
        "lists of unequal length",
        "x.parquet",
        parquet({**lists, "pred": [[1.0, 2.0]] * 7 + [[1.0]]}),
        "do not fit predictions",
    )
    wide = pa.array([np.zeros(1 << 20)] * 1)
    yield one(
        "a row of a mebi values",
        "x.parquet",
        parquet({"pred": wide, "label": wide}),
        "0.0",
        code=0,
        options=("--format", "value"),
    )


def _values() -> Iterator[Case]:
    yield one(
        "nulls", "x.parquet", parquet({"pred": [1.0, None], "label": [1.0, 2.0]}), "no value in row 1", "column pred"
    )
    yield one("NaN", "x.parquet", parquet({"pred": [1.0, np.nan], "label": [1.0, 2.0]}), "NaN in row 1", "column pred")
    yield one("no rows", "x.parquet", parquet({"pred": np.zeros(0), "label": np.zeros(0)}), "no rows")
    zeros = np.zeros(2_000_000)
    bomb = parquet({"pred": zeros, "label": zeros}, compression="zstd", use_dictionary=False, data_page_size=1 << 24)
    yield one("32 MB in a few kB", "x.parquet", bomb, "0.0", code=0, options=("--format", "value"))
    yield one("the same, with little memory", "x.parquet", bomb, "--max-memory", options=("--max-memory", "4M"))
    evil = "\x1b[31m[red]\u202e\n"
    yield one(
        "names give orders",
        "x.parquet",
        parquet({evil: [1.0]}),
        "\\x1b[31m[red]\\u202e\\n",
        code=2,
        options=("--pred", "z"),
    )
    yield one(
        "metadata of pandas that is no JSON",
        "x.parquet",
        _metadata(b"pandas", b"{" * 9),
        "0.0",
        code=0,
        options=("--format", "value"),
    )
    yield one("a schema of Arrow's that is none", "x.parquet", _metadata(b"ARROW:schema", b"/////w=="), code=-1)
    for text in ("dates", "structs of dates", "maps"):
        column = {
            "dates": pa.array([0], pa.timestamp("s")),
            "structs of dates": pa.array([{"a": 0}], pa.struct([("a", pa.timestamp("s"))])),
            "maps": pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int64())),
        }[text]
        options = ("--pred", "pred.a") if text == "structs of dates" else ()
        yield one(text, "x.parquet", parquet({"pred": column, "label": [1.0]}), "type", "pred", options=options)


def _metadata(key: bytes, value: bytes) -> bytes:
    def change(tree: thrift.Struct) -> None:
        pair = {1: (thrift.BINARY, key), 2: (thrift.BINARY, value)}
        tree[5] = (thrift.LIST, (thrift.STRUCT, [pair]))

    return lying(change)


def _broken() -> Iterator[Case]:
    whole = parquet(compression="snappy")
    for size in cut(whole, 20):
        yield one(f"Parquet cut after {size} bytes", "x.parquet", whole[:size], "x.parquet")
    for at in range(0, len(whole), max(1, len(whole) // 24)):
        held = bytearray(whole)
        held[at] ^= 0xFF
        yield one(f"byte {at} turned", "x.parquet", bytes(held), code=-1)
    yield one("magic and nothing", "x.parquet", b"PAR1PAR1", "x.parquet")
    yield one("text", "x.parquet", b"pred,label\n1,cat\n", "x.parquet")
    yield one("nothing", "x.parquet", b"", "0 bytes")
    yield one("zeros", "x.parquet", bytes(4096), "x.parquet")


def cases() -> Iterator[Case]:
    """All of them; code -1 is 0, 2 or 3, whatever this version of pyarrow makes of it."""
    for each in (_footers, _pages, _lists, _values, _broken):
        yield from each()
