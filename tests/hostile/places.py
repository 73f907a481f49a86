"""What stands where a file should: devices, folders, links, sockets, pipes; and names that give orders."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

from .case import LABELS, Case, Maker, mse, one

EVIL = "\x1b]0;x\x07[red]\u202e=cmd|'!A0\n:error x"
TOLD = "\\x1b]0;x\\x07[red]\\u202e=cmd|'!A0\\n:error x"


def _link(target: str) -> Maker:
    return lambda path: path.symlink_to(target)


def _socket(path: Path) -> None:
    here = os.getcwd()
    os.chdir(path.parent)  # a socket's path is short
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    finally:
        os.chdir(here)


def _devices() -> Iterator[Case]:
    for device, words in (
        ("/dev/zero", "NUL byte at byte 0"), ("/dev/full", "NUL byte at byte 0"), ("/dev/null", "empty"),
        ("/dev/urandom", ""),
    ):  # fmt: skip
        yield Case(device, {}, ("compute", "mse", device), 3, (device, words))
        yield Case(
            f"{device} for labels", {"x.csv": b"pred\n1\n"}, ("compute", "mse", "x.csv", device), 3, (device, words)
        )
        yield Case(f"{device} piped", {}, ("compute", "mse", "-"), 3, (words,), stdin=device)
        for suffix in (".npy", ".npz", ".csv", ".parquet"):
            yield one(f"{device} as {suffix}", f"x{suffix}", _link(device), words)
    yield one("a file without size", "x.csv", _link("/proc/self/status"), code=-1)


def _odd_files() -> Iterator[Case]:
    for suffix in (".npy", ".npz", ".csv", ".parquet"):
        file = f"x{suffix}"
        yield one(f"{file}: links in a circle", file, _link(file), "x", "symbolic links")
        yield one(f"{file}: a link to nowhere", file, _link("nowhere"), "There is no file", code=2)
        yield one(f"{file}: a socket", file, _socket, "cannot be read")
        yield one(f"{file}: a folder", file, Path.mkdir, code=-1)
        yield Case(f"{file}: nowhere", {}, mse(file), 2, ("There is no file",))
    yield Case("a name of 300 letters", {}, ("compute", "mse", "a" * 300 + ".csv"), 3, ("too long",))
    yield Case("a path of 5,000 letters", {}, ("compute", "mse", "a/" * 2500 + "x.csv"), 3, ("too long",))
    yield Case("no name", {}, ("compute", "mse", ""), 2, ("empty",))
    yield Case("a file for a folder", {"x": b""}, ("compute", "mse", "x/x.csv"), 3, ("not a directory",))
    yield Case("no suffix", {"x": b"a,b\n1,2\n"}, ("compute", "mse", "x"), 2, ("Which column of x",))
    yield Case("no suffix, no text", {"x": b"\1\2"}, ("compute", "mse", "x"), 2, ("suffix",))
    yield Case("a pickle", {"x.pkl": b"\x80\x04]q\x00."}, ("compute", "mse", "x.pkl"), 2, ("x.pkl",))
    yield Case("HDF5", {"x.h5": b"\x89HDF\r\n\x1a\n"}, ("compute", "mse", "x.h5"), 2, ("x.h5",))


def _names() -> Iterator[Case]:
    good = b"pred,label\n1.5,2\n"
    yield Case(
        "a name that gives orders",
        {f"{EVIL}.csv": good},
        ("compute", "mse", f"{EVIL}.csv", "-v"),
        0,
        (TOLD,),
    )
    yield Case("in plain", {f"{EVIL}.csv": good}, ("compute", "mse", f"{EVIL}.csv", "--format=plain", "-v"), 0, (TOLD,))
    yield Case(
        "in a table",
        {f"{EVIL}.csv": good},
        ("compute", "mse", f"{EVIL}.csv", "--format", "table", "-v"),
        0,
        ("\\x1b]0;x\\x07[red]",),
    )
    yield Case(
        "in JSON", {f"{EVIL}.csv": good}, ("compute", "mse", f"{EVIL}.csv", "--json"), 0, (TOLD.replace("\\", "\\\\"),)
    )
    yield Case("not there", {}, ("compute", "mse", f"{EVIL}.csv"), 2, (TOLD,))
    yield Case("broken", {f"{EVIL}.npy": b"x"}, ("compute", "mse", f"{EVIL}.npy", LABELS), 3, (TOLD,))
    yield Case("a loss that gives orders", {}, ("compute", EVIL, "x.csv"), 2, ())
    yield Case("an option that gives orders", {}, ("compute", "mse", f"--{EVIL}", "x.csv"), 2, ())
    yield Case("a value that gives orders", {}, ("compute", "focal", "--gamma", EVIL, "x.csv"), 2, ())
    yield Case("a command that gives orders", {}, (EVIL,), 2, ())
    yield Case(
        "formula in a name",
        {"=cmd|' C calc'!A0.csv": good},
        ("compute", "mse", "=cmd|' C calc'!A0.csv", "-v"),
        0,
        ("=cmd|",),
    )


def cases() -> Iterator[Case]:
    """All of them."""
    for each in (_devices, _odd_files, _names):
        yield from each()
