"""NPY and NPZ: the files of hostile_npy, asked for on the command line, and members with evil names."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import hostile_npy
import numpy as np
from hostile_npy import EIGHT, npy, saved, zipped

from .case import Case, cut, mse, one
from .texts import sparse


def _members() -> Iterator[Case]:
    whole = saved(EIGHT)
    for name in ("/etc/x", "../x", "a/../../x", "..", "C:/x", "\\\\host\\x", "..\\x"):
        yield one(f"a member named {name}", "x.npz", zipped({f"{name}.npy": whole, "x.npy": whole}), "a path out of it")
    yield one("a folder for a member", "x.npz", zipped({"x/": b"", "y.npy": whole}), "no column x", code=2)
    yield one("20,000 members", "x.npz", _many_members, "20000 members")
    evil = "\x1b[31m[red]\u202e"
    data = zipped({f"{evil}.npy": whole})
    yield one("a member's name gives orders", "x.npz", data, "\\x1b[31m[red]\\u202e", code=2)
    yield one("an archive within", "x.npz", zipped({"x.npy": zipped({"x.npy": whole})}), "not an NPY file")
    yield one("a comment of 64 KiB", "x.npz", _commented(whole), "0.0", code=0, options=("--format", "value"))
    yield one("a path within", "x.npz", zipped({"a/b.npy": whole}), "no column x", code=2)
    yield one("bzip2 bomb", "x.npz", zipped({"x.npy": npy("(16777216,)") + bytes(1 << 24)}, zipfile.ZIP_BZIP2), "savez")
    for size in cut(zipped({"x.npy": whole}), 12):
        yield one(f"NPZ cut after {size} bytes", "x.npz", zipped({"x.npy": whole})[:size], "x.npz")


def _many_members(path: Path) -> None:
    path.write_bytes(zipped({f"m{i}.npy": b"" for i in range(20_000)}, 0))


def _commented(whole: bytes) -> bytes:
    data = zipped({"x.npy": whole})
    return data[:-2] + (65_535).to_bytes(2, "little") + b"\x1b" * 65_535


def _shapes() -> Iterator[Case]:
    yield one("2^63 rows", "x.npy", npy(f"({2**63},)"), "too large to be true")
    yield one("65,536 dimensions", "x.npy", npy("(" + "1," * 4_000 + ")"), "4000 dimensions")
    yield one("a header of 65,535 bytes", "x.npy", npy("(" + "1," * 32_000 + ")"), "10000 is the most")
    yield one("version 9.9", "x.npy", b"\x93NUMPY\x09\x09" + npy()[8:], "version 9.9")
    yield one(
        "letters beyond ASCII", "x.npy", npy(text="{'dëscr': '<f8', 'fortran_order': False, 'shape': (8,)}"), "header"
    )
    yield one("a header cut by its length", "x.npy", npy(length=20), "cannot be read")
    yield one("a header longer than said", "x.npy", npy(length=9_000), "ends inside its NPY header")
    yield one("rows of nothing", "x.npy", npy("(8, 0)", body=b""), "rows are empty")
    yield one("one row too few", "x.npy", saved(np.arange(7.0)), "7 rows", "8")
    yield one("one row too many", "x.npy", saved(np.arange(9.0)), "9 rows", "8")
    yield one("terabytes in truth", "x.npy", sparse(128 + (1 << 43), _sparse_header(1 << 40)), "1099511627776 rows")  # type: ignore[arg-type]
    yield one("a text for numbers", "x.npy", saved(np.array(["a"] * 8)), "text")
    yield one("booleans", "x.npy", saved(np.ones(8, bool)), "11.5", code=0, options=("--format", "value"))
    yield one("CSV by another name", "x.npy", b"pred,label\n1,2\n", "x.npy column pred has 1 row")
    yield one(
        "NPZ by another name", "x.npy", zipped({"x.npy": saved(EIGHT)}), "11.5", code=0, options=("--format", "value")
    )
    yield one("a workbook by another name", "x.npy", zipped({"xl/workbook.xml": b"<a/>"}), "an Excel workbook")
    yield one("NaN", "x.npy", saved(np.array([0, 1, np.nan, 3, 4, 5, 6, 7])), "NaN in row 2")
    yield one(
        "inf", "x.npy", saved(np.array([0, 1, np.inf, 3, 4, 5, 6, 7])), "inf", code=0, options=("--format", "value")
    )
    for size in cut(saved(EIGHT), 10):
        yield one(f"NPY cut after {size} bytes", "x.npy", saved(EIGHT)[:size], "x.npy")


def _sparse_header(rows: int) -> bytes:
    text = f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({rows},), }}"
    raw = (text.ljust(117) + "\n").encode()
    return b"\x93NUMPY\x01\x00" + len(raw).to_bytes(2, "little") + raw


def _piped() -> Iterator[Case]:
    """What is on standard input has no size that could be held against its header."""
    for what, data, _ in list(hostile_npy.files())[::3]:
        arguments = (
            ("compute", "mse", "-", "y.npy", "--pred", "1") if data[:1] != b"\x93" else ("compute", "mse", "-", "y.npy")
        )
        yield Case(f"piped: {what}", {"in": data}, arguments, -1, (), stdin="in")


def cases() -> Iterator[Case]:
    """All of them."""
    for what, data, words in hostile_npy.files():
        yield one(f"NPY: {what}", "x.npy", data, words)
    for what, data, words in hostile_npy.archives():
        yield one(f"NPZ: {what}", "x.npz", data, "rows" if what.startswith("promises") else words)
    yield from _shapes()
    yield from _members()
    yield from _piped()
    yield Case(
        "a member that is not there", {"x.npz": zipped({"z.npy": saved(EIGHT)})}, mse("x.npz"), 2, ("no column x",)
    )
