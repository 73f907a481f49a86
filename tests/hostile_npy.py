"""Broken and malicious NPY and NPZ files, each with words of its refusal. None is large on disk."""

from __future__ import annotations

import io
import pickle
import struct
import zipfile
import zlib
from collections.abc import Iterator

import numpy as np

EIGHT = np.arange(8.0)


def npy(
    shape: str = "(8,)",
    descr: str = "'<f8'",
    order: str = "False",
    *,
    body: bytes = EIGHT.tobytes(),
    version: int = 1,
    text: str | None = None,
    length: int | None = None,
) -> bytes:
    """An NPY file whose header says what it is told to."""
    header = f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}" if text is None else text
    raw = header.encode("utf-8") + b"\n"
    said = len(raw) if length is None else length
    return b"\x93NUMPY" + bytes((version, 0)) + struct.pack("<H" if version == 1 else "<I", said) + raw + body


def saved(array: np.ndarray) -> bytes:
    held = io.BytesIO()
    np.save(held, array)
    return held.getvalue()


def files() -> Iterator[tuple[str, bytes, str]]:
    """(what it is, the file, words of its refusal)."""
    yield "shape of 32 GiB over nothing", npy("(65536, 65536)", body=b""), "cut short"
    yield "version 2 header of 4 GiB", npy(version=2, length=2**32 - 1), "10000 is the most"
    yield "version 3 header of 4 GiB", npy(version=3, length=2**32 - 1), "10000 is the most"
    yield "shape 2^65", npy(f"({2**65},)"), "too large to be true"
    yield "shape whose product is 2^64", npy(f"({2**32}, {2**32})"), "too large to be true"
    yield "nothing times much", npy(f"(0, {2**65})", body=b""), "too large to be true"
    yield "a billion digits would fit", npy("(" + "9" * 5000 + ",)"), "header that cannot be read"
    odd = "(True,) (-8,) (8.0,) ((8,),) (8) 8 [8] (1e3,) (08,) ('8',) (٨,)"
    for shape in odd.split():
        yield f"shape {shape}", npy(shape), ""
    yield "33 dimensions", npy("(" + "1, " * 33 + ")", body=b"\0" * 8), "33 dimensions"
    yield "objects", npy(descr="'|O'"), "never unpickled"
    yield "void of no bytes", npy("(1000000000,)", "'|V0'", body=b""), "records"
    yield "void", npy(descr="'|V8'"), "records"
    yield "structured", npy(descr="[('a', '<f8')]"), "records"
    yield "nested records", npy(descr="[('a', [('b', '<f4'), ('c', '<f4')])]"), "records"
    yield "subarray", npy(descr="('<f8', (2,))"), "records"
    yield "complex", npy(descr="'<c16'"), "complex"
    yield "dates", npy(descr="'<M8[ns]'"), "dates"
    yield "time spans", npy(descr="'<m8'"), "time spans"
    odd = "'<f16' '<i3' '<f1' '|b2' '<?1' '<U0' '<S0' '' '<f99999999'"
    for descr in odd.split():
        yield f"type {descr}", npy(descr=descr), "type"
    yield "text of a million letters", npy(descr="'<U999999'"), "4096 is the most"
    yield "order 1", npy(order="1"), "cannot be read"
    yield "no shape", npy(text="{'descr': '<f8', 'fortran_order': False}"), "cannot be read"
    yield "one key more", npy(text="{'descr':'<f8','fortran_order':False,'shape':(8,),'x':1}"), "cannot be read"
    yield "a call", npy(text="__import__('os').system('true')"), "cannot be read"
    yield "a call within", npy(order="print('x')"), "cannot be read"
    yield "a NUL", npy(text="{'descr':'<f8','fortran_order':False,'shape':(8,)\0}"), "cannot be read"
    yield "deep brackets", npy("(" * 3000 + ")" * 3000), "cannot be read"
    yield "spaces without end", npy(text="{" + " " * 9000), "cannot be read"
    yield "quotes without end", npy(text="{'descr':" + "'" * 9000 + "}"), "cannot be read"
    yield "version 4", b"\x93NUMPY\x04\x00" + npy()[8:], "version 4.0"
    yield "version 1.1", b"\x93NUMPY\x01\x01" + npy()[8:], "version 1.1"
    yield "a pickle", pickle.dumps([1.0, 2.0], protocol=4), "pickle"
    yield "an old pickle", pickle.dumps(EIGHT, protocol=2), "pickle"
    yield "nothing", b"", "empty"
    yield "text", b"0.1\x00\n0.2\n", "not an NPY file"
    whole = saved(EIGHT)
    for size in (1, 6, 8, 9, 10, 60, 127, 128, 129, len(whole) - 1):
        yield f"cut after {size} bytes", whole[:size], ""
    yield "one byte more", whole + b"\0", "damaged"
    yield "two arrays", whole + whole, "damaged"
    yield "a single number", saved(np.float64(3)), "single number"


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return held.getvalue()


def raw_zip(
    name: bytes,
    packed: bytes,
    size: int,
    *,
    method: int = 8,
    flags: int = 0,
    crc: int | None = None,
    twice: bool = False,
) -> bytes:
    """A zip archive of one member (in the directory twice, if asked for) that says of itself what it is told to."""
    check = zlib.crc32(b"") if crc is None else crc
    fields = struct.pack("<HHHHHIIIHH", 20, flags, method, 0, 33, check, len(packed), size, len(name), 0)
    local = b"PK\x03\x04" + fields + name + packed
    entry = b"PK\x01\x02" + struct.pack("<H", 20) + fields + struct.pack("<HHHII", 0, 0, 0, 0, 0) + name
    count = 2 if twice else 1
    return (
        local
        + entry * count
        + b"PK\x05\x06"
        + struct.pack("<HHHHIIH", 0, 0, count, count, len(entry) * count, len(local), 0)
    )


def promising(data: bytes) -> bytes:
    """An archive that says its member goes on for 128 MiB."""
    return raw_zip(b"x.npy", deflated(data), len(data) + (1 << 27), crc=zlib.crc32(data))


def deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def bomb(start: bytes, zeros: int) -> bytes:
    """`start` and then zeros, deflated: a mebibyte of them is packed once, and stands there over and over."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    first = packer.compress(start) + packer.flush(zlib.Z_FULL_FLUSH)
    piece = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return first + piece * (zeros >> 20) + packer.flush()


def archives() -> Iterator[tuple[str, bytes, str]]:
    """(what it is, the archive, words of its refusal); each has a member x."""
    whole = saved(EIGHT)
    crc = zlib.crc32(whole)
    good = zipped({"x.npy": whole})
    yield "two of one name", raw_zip(b"x.npy", deflated(whole), len(whole), crc=crc, twice=True), "two members named x"
    yield "x and x.npy", zipped({"x": whole, "x.npy": whole}), "two members named x"
    yield "no members", zipped({}), "0 members"
    yield "not NPY", zipped({"x.npy": b"0.1\n0.2\n"}), "not an NPY file"
    yield "a pickle within", zipped({"x.npy": pickle.dumps(EIGHT)}), "pickle"
    yield "objects within", zipped({"x.npy": npy(descr="'|O'")}), "never unpickled"
    yield "an array of 32 GiB within", zipped({"x.npy": npy("(65536, 65536)", body=b"")}), "damaged"
    yield "a member cut short", zipped({"x.npy": whole[:-1]}), "damaged"
    yield "a byte more within", zipped({"x.npy": whole + b"\0"}), "damaged"
    yield "says it is shorter", raw_zip(b"x.npy", deflated(whole), len(whole) - 8, crc=crc), "damaged"
    yield "says it is longer", raw_zip(b"x.npy", deflated(whole), len(whole) + 8, crc=crc), "damaged"
    yield "promises 128 MiB, holds 64 bytes", promising(npy("(16777216,)", body=b"")), "too early"
    yield "promises a row of 128 MiB", promising(npy("(1, 16777216)", body=b"")), "too early"
    yield "promises 128 MiB, turned", promising(npy("(16777216, 1, 2)", "'<f4'", "True", body=b"")), "too early"
    yield "bomb, true to its size", raw_zip(b"x.npy", bomb(whole, 1 << 28), len(whole) + (1 << 28)), "damaged"
    yield "bomb, with a size that lies", raw_zip(b"x.npy", bomb(whole, 1 << 28), len(whole)), ""
    yield "wrong checksum", raw_zip(b"x.npy", deflated(whole), len(whole), crc=crc ^ 1), "CRC"
    yield "wrong checksum, stored", raw_zip(b"x.npy", whole, len(whole), method=0, crc=crc ^ 1), "CRC"
    yield "encrypted", raw_zip(b"x.npy", deflated(whole), len(whole), flags=1, crc=crc), "encrypted"
    yield "lzma", zipped({"x.npy": whole}, zipfile.ZIP_LZMA), "savez_compressed"
    yield "bzip2", zipped({"x.npy": whole}, zipfile.ZIP_BZIP2), "savez_compressed"
    yield "unknown method", raw_zip(b"x.npy", whole, len(whole), method=77, crc=crc), "savez_compressed"
    yield "garbage deflated", raw_zip(b"x.npy", b"\xff" * 90, len(whole), crc=crc), "cannot be read"
    for size in (4, 30, 60, len(good) // 2, len(good) - 22, len(good) - 1):
        yield f"cut after {size} bytes", good[:size], "cannot be read"
    yield "directory beyond the end", good[:-6] + struct.pack("<I", 2**31) + b"\0\0", "cannot be read"
    yield "directory of 4 GiB", good[:-10] + struct.pack("<I", 2**32 - 2) + good[-6:], "cannot be read"
