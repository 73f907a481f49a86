"""Compressed text: bombs, broken archives, archives in archives."""

from __future__ import annotations

import bz2
import gzip
import zlib
from collections.abc import Callable, Iterator
from functools import cache

import pyarrow as pa

from .case import Case, Maker, cut, one
from .texts import HEAD, ROWS

MANY = HEAD + ROWS * 100_000
CODECS = {
    "gz": lambda data: gzip.compress(data, 6),
    "bz2": bz2.compress,
    "zst": lambda data: bytes(pa.Codec("zstd").compress(data)),
}


@cache
def _bomb() -> bytes:
    """A quarter of a gibibyte of ones in a quarter of a mebibyte, without a line's end."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    piece = b"1" * (1 << 20)
    return b"".join(packer.compress(piece) for _ in range(1 << 8)) + packer.flush()


def _exploding(start: bytes = b"") -> Maker:
    """The bomb after a start, made when the file is wanted."""
    return lambda path: path.write_bytes(start + _bomb())


def _later(pack: Callable[[bytes], bytes], data: bytes, end: int | None = None) -> Maker:
    """Packs when the file is wanted: it takes a while."""
    return lambda path: path.write_bytes(pack(data)[:end])


def cases() -> Iterator[Case]:
    """All of them."""
    for suffix, pack in CODECS.items():
        file = f"x.csv.{suffix}"
        whole = pack(HEAD + ROWS)
        yield one(f"{suffix}: whole", file, whole, "0.25", code=0, options=("--format", "value"))
        for size in cut(whole, 6):
            yield one(f"{suffix} cut after {size} bytes", file, whole[:size], code=-1)
        for at in range(0, len(whole), 3):
            yield one(
                f"{suffix}: byte {at} turned", file, whole[:at] + bytes((whole[at] ^ 255,)) + whole[at + 1 :], code=-1
            )
        yield one(f"{suffix}: text by that name", file, HEAD + ROWS, "0.25", code=0, options=("--format", "value"))
        yield one(f"{suffix}: twice", file, pack(whole), file)
        yield one(f"{suffix}: zeros", file, pack(bytes(1 << 20)), "NUL")
        yield one(f"{suffix}: NPY", file, pack(b"\x93NUMPY\x01\0" + bytes(100)), file)
        yield one(f"{suffix}: a fault far on", file, _later(pack, MANY + b"x,1\n"), "row 200000")
        yield one(f"{suffix}: damaged far on", file, _later(pack, MANY, -9), file)
        if suffix != "bz2":  # which takes seconds to pack
            yield one(f"{suffix}: an open quote", file, _later(pack, HEAD + b'1,"2\n' + ROWS * 1_500_000), "16 MiB")
        yield one(f"{suffix}: garbage after the end", file, whole + b"garbage", code=-1)
    yield one("gz bomb", "x.csv.gz", _exploding(), "16 MiB")
    yield one("gz bomb after a header", "x.csv.gz", _exploding(gzip.compress(HEAD + ROWS)), "16 MiB")
    yield Case("gz bomb, piped", {"in": _exploding()}, ("compute", "mse", "-"), 3, ("16 MiB",), stdin="in")
    name = gzip.compress(HEAD + ROWS)
    named = name[:3] + b"\x08" + name[4:10] + b"\x1b[31m/etc/passwd" * 9000 + b"\0" + name[10:]
    yield one("gz with a name of 128 kB", "x.csv.gz", named, "0.25", code=0, options=("--format", "value"))
