"""NPY files, members of NPZ files and NPY on standard input, read in blocks of rows.

Files are read with positioned reads into each thread's own memory, not mapped: a file cut short by another
program is then an error and not a crash.
"""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from ....core.errors import DataProblem, UsageProblem
from ....core.scratch import Array, scratch
from ...classes.class_names import numbered
from ...datasets.file_stamp import check_stamp, stamp_of
from ...table import Block, Field, Load, Pick, columns_of
from .npy_header import Header, describe, header_at, read_header

ReadAt = Callable[[int, memoryview], None]  # fills the memory from a byte of the file on

if TYPE_CHECKING:  # a protocol takes longer to make than a small file to read
    from typing import Protocol

    class ByteRanges(Protocol):
        """A file of which any bytes can be read, by any thread."""

        def size(self) -> int:
            """How many bytes it has."""

        def read_at(self, count: int, at: int) -> bytes:
            """Bytes from a place on, fewer at the end."""

        def read_into(self, at: int, into: memoryview, runs: int) -> int:
            """Fill memory from a byte of the file on, or a part of it; how many bytes were read.

            `runs` is how many stretches of the file are read side by side.
            """

        def check_unchanged(self) -> None:
            """Refuse a file that is no longer what it was."""

        def close(self) -> None:
            """Let go of the file."""
else:
    ByteRanges = Any

_PIECE = 1 << 20  # bytes read from a stream at a time
_TRUSTED = 1 << 26  # bytes of a block that are allocated before they have been seen


class LocalBytes:
    """Bytes of a file on this machine, read at their places by any number of threads."""

    def __init__(self, path: str, name: str) -> None:
        self._name = name
        self._file = open(path, "rb", buffering=0)  # noqa: SIM115 - closed by close()
        self._lock = threading.Lock()
        self._stamp = stamp_of(self._file.fileno())

    def size(self) -> int:
        """How many bytes the file has."""
        return os.fstat(self._file.fileno()).st_size

    def read_at(self, count: int, at: int) -> bytes:
        """Bytes from a place on, fewer at the end."""
        with self._lock:
            self._file.seek(at)
            return self._file.read(count)

    def read_into(self, at: int, into: memoryview, runs: int) -> int:
        """Fill memory from a byte of the file on, or a part of it; how many bytes were read."""
        try:
            if hasattr(os, "preadv"):
                return os.preadv(self._file.fileno(), [into], at)
            with self._lock:
                self._file.seek(at)
                return self._file.readinto(into) or 0
        except OSError as problem:
            why = (problem.strerror or str(problem)).lower()
            raise DataProblem(f"{self._name} cannot be read: {why}.") from None

    def check_unchanged(self) -> None:
        """Refuse a file that is no longer what it was."""
        check_stamp(self._file.fileno(), self._stamp, self._name)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


class NpyTable:
    """An NPY file on disk, by its path, or in an object store."""

    columns: tuple[str, ...] = ()
    format = "npy"
    repeatable = True

    def __init__(self, source: str | ByteRanges, name: str) -> None:
        self.path: str | None = source if isinstance(source, str) else None
        self.name = name
        self._bytes: ByteRanges = LocalBytes(source, name) if isinstance(source, str) else source
        try:
            self.header = header_at(self._bytes.read_at, name)
            _check_size(self.header, self._bytes.size(), name)
            self.notes = _notes(self.header, name)
        except BaseException:
            self.close()
            raise

    @property
    def rows(self) -> int:
        return self.header.shape[0] if self.header.shape else 1

    def describe(self, pick: Pick) -> Field:
        return describe(self.header, pick, self.name)

    def blocks(self, picks: Mapping[str, Pick], size: int) -> Iterator[Load]:
        layouts = {role: _RowLayout(self.header, pick.row_axis, self.name) for role, pick in picks.items()}
        rows = min(layout.rows for layout in layouts.values())
        runs = sum(layout.outer for layout in layouts.values())

        def read_at(offset: int, into: memoryview) -> None:
            done = 0
            while done < len(into):
                count = self._bytes.read_into(offset + done, into[done:], runs)
                if count == 0:
                    raise DataProblem(f"{self.name} became shorter while it was read.")
                done += count

        for start in range(0, rows, size):
            stop = min(start + size, rows)

            def load(start: int = start, stop: int = stop) -> Block:
                arrays = {}
                for role, layout in layouts.items():
                    part = columns_of(layout.read(start, stop, read_at, role), picks[role])
                    arrays[role] = part if picks[role].text else numbered(part, picks[role].classes, self.name, start)
                self._bytes.check_unchanged()
                return Block(arrays)

            yield load

    def close(self) -> None:
        self._bytes.close()


class NpyStream:
    """NPY bytes that come once and in order: standard input, or a member of an NPZ file.

    Where the rows do not lie one after the other (Fortran order, time-major data), and where a block of them is so
    large that the promise of a header is not enough, the data wait in a temporary file.
    """

    columns: tuple[str, ...] = ()
    format = "npy"
    path: str | None = None

    def __init__(self, stream: BinaryIO, name: str, *, repeatable: bool = False) -> None:
        self.name = name
        self.repeatable = repeatable
        self._stream = stream
        self.header = read_header(lambda n: _read_up_to(stream, n), name)
        self.notes = _notes(self.header, name)

    @property
    def rows(self) -> int:
        return self.header.shape[0] if self.header.shape else 1

    def describe(self, pick: Pick) -> Field:
        return describe(self.header, pick, self.name)

    def blocks(self, picks: Mapping[str, Pick], size: int) -> Iterator[Load]:
        (role, pick), *others = picks.items()
        if others:
            raise UsageProblem(f"{self.name} is one array; it cannot be both {role} and {others[0][0]}.")
        reader = _RowLayout(self.header, pick.row_axis, self.name)
        with ExitStack() as opened:
            read_at: ReadAt = self._read_next
            if reader.outer > 1 or min(size, reader.rows) * reader.inner > _TRUSTED:
                read_at = self._stored(opened)
            yield from self._cut(reader, role, pick, size, read_at)
        if self._stream.read(1):
            raise DataProblem(f"{self.name} goes on after its {reader.rows} rows.", "The header is damaged.")

    def _cut(self, reader: _RowLayout, role: str, pick: Pick, size: int, read_at: ReadAt) -> Iterator[Load]:
        for start in range(0, reader.rows, size):
            stop = min(start + size, reader.rows)
            # decoded here, in order; the array is fresh, since another thread may still use the last one
            part = columns_of(reader.read(start, stop, read_at, None), pick)
            block = Block({role: part if pick.text else numbered(part, pick.classes, self.name, start)})
            yield lambda block=block: block  # type: ignore[misc]

    def _stored(self, opened: ExitStack) -> ReadAt:
        """The data in a temporary file, on disk beyond 64 MiB; how to read from it."""
        import tempfile

        stored: Any = tempfile.SpooledTemporaryFile(max_size=_TRUSTED)  # noqa: SIM115 - closed by `opened`
        opened.callback(stored.close)
        piece = memoryview(bytearray(min(self.header.nbytes, _PIECE)))
        for done in range(0, self.header.nbytes, _PIECE):
            window = piece[: min(self.header.nbytes - done, _PIECE)]
            self._read_next(done, window)
            stored.write(window)

        def read_at(offset: int, into: memoryview) -> None:
            stored.seek(offset - self.header.offset)
            stored.readinto(into)

        return read_at

    def _read_next(self, offset: int, into: memoryview) -> None:
        done = 0
        while done < len(into):
            part = self._stream.read(min(len(into) - done, _PIECE))
            if not part:
                raise DataProblem(f"{self.name} ends {len(into) - done} bytes too early.", "It was cut short.")
            into[done : done + len(part)] = part
            done += len(part)

    def close(self) -> None:
        self._stream.close()


def _read_up_to(stream: BinaryIO, count: int) -> bytes:
    parts = b""
    while len(parts) < count and (part := stream.read(count - len(parts))):
        parts += part
    return parts


def _notes(header: Header, name: str) -> list[str]:
    if not header.is_bfloat16:
        return []
    from .bfloat16 import note

    return [note(name)]


def _check_size(header: Header, size: int, name: str) -> None:
    held = size - header.offset
    if held != header.nbytes:
        what = "cut short" if held < header.nbytes else "damaged"
        raise DataProblem(
            f"{name} says it has shape {header.shape}, {header.nbytes} bytes, but holds {held} bytes.",
            f"The file is {what}.",
        )


class _RowLayout:
    """Where the rows of an array lie in its file.

    In the file the array is `outer` runs, each of `rows` pieces of `inner` items (C order; a Fortran array is its
    transpose). Rows start to stop are then one stretch of each run.
    """

    def __init__(self, header: Header, row_axis: int, name: str) -> None:
        self.header, self.name = header, name
        self.shape = header.shape[::-1] if header.fortran else header.shape
        self.axis = len(self.shape) - 1 - row_axis if header.fortran else row_axis
        self.row_axis = row_axis
        self.rows = self.shape[self.axis]
        self.outer = math.prod(self.shape[: self.axis])
        self.inner = math.prod(self.shape[self.axis + 1 :]) * header.itemsize

    def read(self, start: int, stop: int, read_at: ReadAt, slot: str | None) -> Array:
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
        dtype = np.dtype(np.uint16 if self.header.is_bfloat16 else self.header.dtype)
        array = raw.view(dtype).reshape(*self.shape[: self.axis], count, *self.shape[self.axis + 1 :])
        if self.header.fortran:
            array = array.transpose()
        if self.row_axis:
            array = np.moveaxis(array, self.row_axis, 0)
        if not dtype.isnative:
            array = array.astype(dtype.newbyteorder("="))
        if self.header.is_bfloat16:
            from .bfloat16 import as_float32

            array = as_float32(array, self.name)
        return np.ascontiguousarray(array)
