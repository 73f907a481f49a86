"""Losses of rows that wait on the disk until they are written: those of many data sets do not fit in memory."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import Any

import numpy as np

from ...core.scratch import Array

AT_ONCE = 1 << 16  # rows that are read at once


class Spool:
    """A file without a name that takes the rows of one data set after the other."""

    def __init__(self) -> None:
        self._file: Any = None

    def kept(self, rows: Array) -> Array | SpooledRows:
        """The rows on the disk; where it has no room for them, as they are."""
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
            start = self._file.seek(0, 2)
            self._file.write(np.ascontiguousarray(rows, dtype=np.float64).data)
            self._file.flush()
        except OSError:
            return rows
        return SpooledRows(self._file, start, len(rows))

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()


class SpooledRows:
    """Rows of a spool. It is read like an array that has a length, slices and a list of its values."""

    def __init__(self, file: Any, start: int, count: int) -> None:
        self._file, self._start, self._count = file, start, count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, part: slice) -> Array:
        start, stop, _ = part.indices(self._count)
        self._file.seek(self._start + 8 * start)
        return np.frombuffer(self._file.read(8 * max(0, stop - start)), dtype=np.float64)

    def tolist(self) -> list[float]:
        """All of them."""
        values: list[float] = self[:].tolist()
        return values


def chunks(rows: Any) -> Iterator[tuple[int, list[float]]]:
    """Rows, some at a time, each time with the number of the first."""
    for start in range(0, len(rows), AT_ONCE):
        yield start, rows[start : start + AT_ONCE].tolist()
