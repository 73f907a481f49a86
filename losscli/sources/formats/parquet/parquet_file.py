"""Parquet: only the columns asked for, a few thousand rows at a time.

One thread decodes: measured on two cores, pyarrow's threads gain nothing here and cost memory, and the other
core has the losses to compute. `pre_buffer` would hold whole row groups.
"""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, BinaryIO

from ....core.errors import DataProblem
from ...datasets.file_stamp import check_stamp, stamp_of
from ...table import Field, Pick
from ..arrow_lists import lists_with_gaps
from ..arrow_to_numpy import ColumnType, wanted
from ..columnar import PEEK_ROWS, Columnar
from ..struct_columns import ColumnPaths
from .parquet_guard import Leaf, ReadAt, chunks, largest_page

_BUFFER = 1 << 20
_MAX_ROWS = 1 << 48  # beyond this a row count is a lie


class ParquetTable(Columnar):
    """A Parquet file, by path or as a seekable binary file."""

    format = "parquet"
    _called = "Parquet"

    def __init__(self, source: str | os.PathLike[str] | BinaryIO, *, name: str | None = None) -> None:
        self.path = os.fspath(source) if isinstance(source, (str, os.PathLike)) else None
        super().__init__(name or self.path or "standard input")
        self._source = source
        self._pages: dict[int, int] = {}  # of leaf columns looked at: bytes of the largest page
        self._lengths: dict[str, float] = {}  # of the lists of columns looked at: a row group's mean, the largest
        with self._reading():
            self._stamp = stamp_of(self.path) if self.path is not None else None
            file = self._open()
            self._metadata: Any = file.metadata
            self._paths = ColumnPaths(file.schema_arrow)
            self.columns: tuple[str, ...] = self._paths.names
            file.close(force=self.path is not None)
        self.rows: int | None = self._checked_rows()
        self._refuse_twins()

    def _open(self, texts: tuple[str, ...] = (), metadata: Any = None) -> Any:
        import pyarrow as pa
        from pyarrow import parquet

        source = self._source if self.path is None else pa.OSFile(self.path)
        return parquet.ParquetFile(
            source,
            metadata=metadata,
            read_dictionary=list(texts),
            memory_map=False,
            buffer_size=_BUFFER,
            pre_buffer=False,
        )

    def _checked_rows(self) -> int:
        """The number of rows, if the footer agrees with itself."""
        rows: int = self._metadata.num_rows
        with self._reading():
            groups = [self._metadata.row_group(i).num_rows for i in range(self._metadata.num_row_groups)]
        if not 0 <= rows < _MAX_ROWS or min(groups, default=0) < 0 or sum(groups) != rows:
            raise DataProblem(f"{self.name}: the footer's row counts ({rows}) are wrong.", "It is damaged.")
        return rows

    @contextmanager
    def _local(self) -> Iterator[tuple[ReadAt, int] | None]:
        """How to read bytes of the file, and how many it has; None for one far away, where each look takes long."""
        source: Any = self._source
        if self.path is not None:
            with open(self.path, "rb", buffering=0) as file:
                yield partial(_read_at, file), os.fstat(file.fileno()).st_size
        elif isinstance(source, (io.BytesIO, tempfile.SpooledTemporaryFile)):
            yield partial(_read_at, source), source.seek(0, os.SEEK_END)
        else:
            yield None

    def _leaves(self, sought: frozenset[str]) -> dict[int, Leaf]:
        """The leaf columns not looked at yet that lie under these names; a name may have dots in it."""
        leaves = {}
        for number in range(len(self._metadata.schema)):
            column = self._metadata.schema.column(number)
            parts = column.path.split(".")
            if number not in self._pages and any(".".join(parts[: end + 1]) in sought for end in range(len(parts))):
                leaves[number] = Leaf(column.path, column.max_repetition_level > 0)
        return leaves

    @property
    def held(self) -> int:
        """Bytes of pages that are held at once: of each column looked at, its largest."""
        return sum(self._pages.values())

    def _check_pages(self, names: tuple[str, ...]) -> None:
        """Refuse columns whose pages are not what the footer says: pyarrow would allocate what they ask for."""
        with self._reading():
            leaves = self._leaves(frozenset(names))
        if not leaves:
            return
        with self._reading(), self._local() as opened:
            if opened is None:
                return
            for chunk in chunks(*opened, leaves):
                page = largest_page(opened[0], chunk, opened[1])
                self._pages[chunk.leaf] = max(self._pages.get(chunk.leaf, 0), page)
                name = next(each for each in names if chunk.column == each or chunk.column.startswith(each + "."))
                self._lengths[name] = max(self._lengths.get(name, 0.0), chunk.values / max(1, chunk.rows))

    def describe(self, pick: Pick) -> Field:
        """As for any table; the pages of the columns are looked at first."""
        self._check_pages(wanted(pick, self.columns, self.name))
        return super().describe(pick)

    def _mean_length(self, name: str, kind: ColumnType) -> float:
        """The largest mean of a row group, as the footer has it; what fills a row group where it is far away.

        Column chunks of pyarrow's have the counts, but it ends the process where their statistics are damaged.
        """
        self._check_pages((name,))
        if name in self._lengths:
            return self._lengths[name]
        groups = [self._metadata.row_group(i) for i in range(self._metadata.num_row_groups)]
        most = max((group.total_byte_size / group.num_rows / 8 for group in groups if group.num_rows), default=0)
        first = next(self._batches((name,), (), PEEK_ROWS), None)
        if first is None:
            return max(0.0, most)
        return max(0.0, most, len(self._located(0, lists_with_gaps, first[0], name)[0].values) / len(first[0]))

    def _batches(self, names: tuple[str, ...], texts: tuple[str, ...], rows: int) -> Iterator[list[Any]]:
        """The arrays of the columns, batch by batch."""
        self._check_unchanged()
        self._check_pages(names)
        with self._reading():
            # pyarrow decodes no text within structs as a dictionary where it comes in several pieces
            within = frozenset(name for name in texts if self._paths.top_of(name) != name)
            file = self._open(tuple(name for name in texts if name not in within), self._metadata)
            batches = file.iter_batches(rows, columns=list(names), use_threads=False)
        try:
            while True:
                with self._reading():
                    batch = next(batches, None)
                    if batch is None:
                        self._check_unchanged()
                        return
                    # a name with a dot in it may bring more columns than were asked for
                    arrays = [self._paths.array(batch, name) for name in names]
                    if within:
                        pairs = zip(names, arrays, strict=True)
                        arrays = [each.dictionary_encode() if name in within else each for name, each in pairs]
                if len(arrays[0]):
                    yield arrays
        finally:
            file.close(force=self.path is not None)

    def _check_unchanged(self) -> None:
        """Another file under the same name has another footer."""
        if self.path is not None and self._stamp is not None:
            check_stamp(self.path, self._stamp, self.name)

    def close(self) -> None:
        """Let go of a file that was handed over; of a path nothing is held open between reads."""
        if not isinstance(self._source, (str, os.PathLike)):
            self._source.close()


def _read_at(file: Any, at: int, size: int) -> bytes:
    file.seek(at)
    data: bytes = file.read(size)
    return data
