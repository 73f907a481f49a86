"""NPY files, members of NPZ files and NPY on standard input, read in blocks of rows.

Files are read with positioned reads into each thread's own memory, not mapped: a file cut short by another
program is then an error and not a crash.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

import numpy as np

from ..core.errors import DataProblem, UsageProblem
from ..core.scratch import Array, scratch
from .class_names import numbered
from .npy_header import Header, read_header
from .table import Block, Field, Load, Pick


class NpyTable:
    """An NPY file on disk."""

    columns: tuple[str, ...] = ()
    format = "npy"
    repeatable = True

    def __init__(self, path: str, name: str) -> None:
        self.path: str | None = path
        self.name = name
        self._file = open(path, "rb", buffering=0)  # noqa: SIM115 - closed by close()
        self._lock = threading.Lock()
        self.header = read_header(self._file.read, name)
        _check_size(self.header, os.fstat(self._file.fileno()).st_size, name)

    @property
    def rows(self) -> int:
        return self.header.shape[0] if self.header.shape else 1

    def describe(self, pick: Pick) -> Field:
        return describe(self.header, pick, self.name)

    def blocks(self, picks: Mapping[str, Pick], size: int) -> Iterator[Load]:
        readers = {role: _Rows(self.header, pick.row_axis) for role, pick in picks.items()}
        rows = min(reader.rows for reader in readers.values())
        for start in range(0, rows, size):
            stop = min(start + size, rows)

            def load(start: int = start, stop: int = stop) -> Block:
                arrays = {}
                for role, reader in readers.items():
                    part = reader.read(start, stop, self._read_at, f"{self.name} {role}")
                    arrays[role] = numbered(part, picks[role].classes, self.name, start)
                return Block(arrays)

            yield load

    def _read_at(self, offset: int, into: memoryview) -> None:
        done = 0
        while done < len(into):
            if hasattr(os, "preadv"):
                got = os.preadv(self._file.fileno(), [into[done:]], offset + done)
            else:
                with self._lock:
                    self._file.seek(offset + done)
                    got = self._file.readinto(into[done:]) or 0
            if got == 0:
                raise DataProblem(f"{self.name} became shorter while it was read.")
            done += got

    def close(self) -> None:
        self._file.close()


class NpyStream:
    """NPY bytes that come once and in order: standard input, or a compressed member of an NPZ file."""

    columns: tuple[str, ...] = ()
    format = "npy"
    path: str | None = None

    def __init__(self, stream: BinaryIO, name: str, *, repeatable: bool = False) -> None:
        self.name = name
        self.repeatable = repeatable
        self._stream = stream
        self.header = read_header(lambda n: _read_up_to(stream, n), name)

    @property
    def rows(self) -> int:
        return self.header.shape[0] if self.header.shape else 1

    def describe(self, pick: Pick) -> Field:
        if pick.row_axis or (self.header.fortran and len(self.header.shape) > 1):
            raise UsageProblem(
                f"{self.name} comes in an order of axes that cannot be read as a stream.",
                "Save it as a file.",
            )
        return describe(self.header, pick, self.name)

    def blocks(self, picks: Mapping[str, Pick], size: int) -> Iterator[Load]:
        (role, pick), *others = picks.items()
        if others:
            raise UsageProblem(f"{self.name} is one array; it cannot be both {role} and {others[0][0]}.")
        reader = _Rows(self.header, 0)
        for start in range(0, reader.rows, size):
            stop = min(start + size, reader.rows)
            # decoded here, in order; the array is fresh, since another thread may still use the last one
            part = reader.read(start, stop, self._read_next, None)
            block = Block({role: numbered(part, pick.classes, self.name, start)})
            yield lambda block=block: block  # type: ignore[misc]
        if self._stream.read(1):
            raise DataProblem(f"{self.name} goes on after its {reader.rows} rows.", "The header is damaged.")

    def _read_next(self, offset: int, into: memoryview) -> None:
        done = 0
        while done < len(into):
            part = self._stream.read(min(len(into) - done, 1 << 20))
            if not part:
                raise DataProblem(
                    f"{self.name} ends {len(into) - done} bytes too early.", "It was cut short."
                )
            into[done : done + len(part)] = part
            done += len(part)

    def close(self) -> None:
        self._stream.close()


def _read_up_to(stream: BinaryIO, count: int) -> bytes:
    parts = b""
    while len(parts) < count and (part := stream.read(count - len(parts))):
        parts += part
    return parts


def _check_size(header: Header, size: int, name: str) -> None:
    held = size - header.offset
    if held != header.nbytes:
        what = "cut short" if held < header.nbytes else "damaged"
        raise DataProblem(
            f"{name} says it has shape {header.shape}, {header.nbytes} bytes, but holds {held} bytes.",
            f"The file is {what}.",
        )


def describe(header: Header, pick: Pick, name: str) -> Field:
    """The field of an NPY header."""
    if pick.columns:
        raise UsageProblem(f"{name} is an array without column names.", "Leave out the columns.")
    if not header.shape:
        raise DataProblem(f"{name} holds a single number.", "Give an array with one entry a row.")
    shape = list(header.shape)
    if pick.row_axis >= len(shape):
        raise DataProblem(f"{name} has shape {header.shape}: it has no axis {pick.row_axis}.")
    rows = shape.pop(pick.row_axis)
    kind = np.dtype(header.dtype)
    return Field((rows, *shape), "text" if kind.kind in "US" else str(kind.newbyteorder("=")))


class _Rows:
    """Where the rows of an array lie in its file.

    In the file the array is `outer` runs, each of `rows` pieces of `inner` items (C order; a Fortran array is its
    transpose). Rows start to stop are then one stretch of each run.
    """

    def __init__(self, header: Header, row_axis: int) -> None:
        self.header = header
        self.shape = header.shape[::-1] if header.fortran else header.shape
        self.axis = len(self.shape) - 1 - row_axis if header.fortran else row_axis
        self.row_axis = row_axis
        self.rows = self.shape[self.axis]
        self.outer = _product(self.shape[: self.axis])
        self.inner = _product(self.shape[self.axis + 1 :]) * header.itemsize

    def read(self, start: int, stop: int, read_at: Any, slot: str | None) -> Array:
        """Rows start to stop, rows first, in native byte order. In scratch memory if a slot is named."""
        count = stop - start
        size = self.outer * count * self.inner
        raw: Any = np.empty(size, dtype=np.uint8) if slot is None else scratch(f"npy {slot}", (size,), np.uint8)
        view = memoryview(raw)
        piece = count * self.inner
        for run in range(self.outer):
            offset = self.header.offset + (run * self.rows + start) * self.inner
            if piece:
                read_at(offset, view[run * piece : (run + 1) * piece])
        return self._arranged(raw, count, slot)

    def _arranged(self, raw: Array, count: int, slot: str | None) -> Array:
        dtype = np.dtype(self.header.dtype)
        array = raw.view(dtype).reshape(*self.shape[: self.axis], count, *self.shape[self.axis + 1 :])
        if self.header.fortran:
            array = array.transpose()
        if self.row_axis:
            array = np.moveaxis(array, self.row_axis, 0)
        if not dtype.isnative:
            array = array.astype(dtype.newbyteorder("="))
        return np.ascontiguousarray(array)


def _product(sides: tuple[int, ...]) -> int:
    product = 1
    for side in sides:
        product *= side
    return product
