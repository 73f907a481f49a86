"""NPY and NPZ files that are read whole."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hostile_npy
import numpy as np

from losscli.sources.formats.npy.npy_file import NpyStream, NpyTable
from losscli.sources.formats.npz.npz_file import NpzTable
from losscli.sources.table import Pick, Table

Array = np.ndarray[Any, Any]


def read(table: Table, pick: Pick, size: int) -> Array | None:
    """All rows, from blocks that must be cut at multiples of `size`; None where there are none."""
    parts = [np.array(load().arrays["x"]) for load in table.blocks({"x": pick}, size)]
    assert all(len(part) == size for part in parts[:-1])
    assert all(part.dtype.isnative and part.flags.c_contiguous for part in parts)
    return np.concatenate(parts) if parts else None


def same(found: Array | None, expected: Array) -> None:
    """Equal to the bit, in native byte order."""
    if found is None:
        assert len(expected) == 0
        return
    assert found.shape == expected.shape
    native = np.ascontiguousarray(expected.astype(expected.dtype.newbyteorder("=")))
    assert found.dtype == native.dtype
    assert found.tobytes() == native.tobytes()


def everywhere(data: bytes, folder: Path) -> list[tuple[Callable[[], Table], Pick]]:
    """The bytes as a file, a stream, and members of archives stored and deflated."""
    path = folder / "x.npy"
    path.write_bytes(data)
    found: list[tuple[Callable[[], Table], Pick]] = [
        (lambda: NpyTable(str(path), "x.npy"), Pick()),
        (lambda: NpyStream(io.BytesIO(data), "stream"), Pick()),
    ]
    for method in (0, 8):
        archive = folder / f"{method}.npz"
        archive.write_bytes(hostile_npy.zipped({"x.npy": data}, method))
        found.append((lambda archive=archive: NpzTable(str(archive), "x.npz"), Pick(("x",))))
    return found


def check(data: bytes, folder: Path, size: int, axis: int = 0) -> None:
    expected = np.moveaxis(np.load(io.BytesIO(data)), axis, 0)
    for make, pick in everywhere(data, folder):
        table = make()
        pick = Pick(pick.columns, (), axis)
        field = table.describe(pick)
        assert field.shape == expected.shape
        assert field.dtype == str(expected.dtype.newbyteorder("="))
        if not table.repeatable:
            table = make()
        same(read(table, pick, size), expected)
        table.close()
