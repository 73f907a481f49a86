"""The rows of a run, which wait on the disk until they are written: blocks come in any order, and leave in order."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np

from ...core.errors import DataProblem
from ...core.record import record
from ...core.scratch import Array


@record
class RowBlock:
    """Rows of a block: where each stands in what was read, its weighted terms (n, k), and what else is known of it.

    `mass` is what each counts for, None where each counts once; `repeats` how many equal rows each stands for;
    `cluster` a number for the cluster, which counts within the block; `group` the number of its group; `kept` its kept
    columns as bytes.
    """

    row: Array
    terms: Array
    mass: Array | None = None
    repeats: Array | None = None
    cluster: Array | None = None
    group: Array | None = None
    kept: bytes = b""


@record
class _Place:
    """Where the parts of a block stand in the file, in their order; a part that is not there has a length of 0."""

    start: int
    rows: int
    terms: int
    sizes: tuple[int, ...]


_PARTS = (
    ("row", np.int64), ("terms", np.float64), ("mass", np.float64), ("repeats", np.int64), ("cluster", np.int64),
    ("group", np.int64),
)  # fmt: skip


class RowSpool:
    """A file without a name that takes blocks from any thread."""

    def __init__(self) -> None:
        self._file: Any = None
        self._places: dict[int, _Place] = {}
        self._end = 0
        self._lock = threading.Lock()

    def add(self, start: int, block: RowBlock) -> None:
        """Add the block that starts at this row."""
        parts = [self._bytes(getattr(block, name), kind) for name, kind in _PARTS] + [block.kept]
        with self._lock:
            try:
                if self._file is None:
                    self._file = tempfile.TemporaryFile()  # noqa: SIM115 - lives until the rows are written
                for part in parts:
                    self._file.write(part)
            except OSError as problem:
                raise DataProblem(
                    f"The losses of rows wait in {tempfile.gettempdir()} until they are written, and it took no more: "
                    f"{(problem.strerror or str(problem)).lower()}.",
                    "Make room there, or name another folder in TMPDIR.", kind="no_room", options=("per-sample",),
                ) from None  # fmt: skip
            sizes = tuple(len(part) for part in parts)
            self._places[start] = _Place(self._end, len(block.row), block.terms.shape[1], sizes)
            self._end += sum(sizes)

    @staticmethod
    def _bytes(values: Array | None, kind: Any) -> bytes:
        return b"" if values is None else np.ascontiguousarray(values, dtype=kind).tobytes()

    def starts(self) -> list[int]:
        """Where the blocks start, in order."""
        return sorted(self._places)

    def block(self, start: int) -> RowBlock:
        """The block that starts at this row."""
        place = self._places[start]
        self._file.seek(place.start)
        parts: dict[str, Any] = {}
        for (name, kind), size in zip(_PARTS, place.sizes, strict=False):
            data = self._file.read(size)
            parts[name] = np.frombuffer(data, kind) if size or name in ("row", "terms") else None
        parts["terms"] = parts["terms"].reshape(place.rows, place.terms)
        return RowBlock(**parts, kept=self._file.read(place.sizes[-1]))

    def blocks(self) -> Iterator[RowBlock]:
        """All blocks, in the order of their rows."""
        for start in self.starts():
            yield self.block(start)

    def close(self) -> None:
        """Give the room back."""
        if self._file is not None:
            self._file.close()

    def __del__(self) -> None:
        self.close()
