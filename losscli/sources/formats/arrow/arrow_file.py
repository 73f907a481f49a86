"""Arrow files and streams, and Feather (version 2, which is the same): only the columns asked for, in runs of rows.

A record batch may have any number of rows, often all of them; memory is bounded by the run all the same.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from typing import Any

from ...file_stamp import check_stamp, stamp_of
from ..arrow_to_numpy import ColumnType
from ..columnar import Columnar
from .arrow_buffers import Body, Column, Span, span_of
from .arrow_messages import Batch, Index, read_batch, read_index


class ArrowTable(Columnar):
    """An Arrow file or stream, by path, as a seekable binary file, or as a file far away."""

    format = "arrow"
    _called = "Arrow"

    def __init__(self, source: Any, *, name: str | None = None, format_: str = "arrow") -> None:
        self.path = os.fspath(source) if isinstance(source, (str, os.PathLike)) else None
        super().__init__(name or self.path or "standard input")
        self.format = format_
        self.notes: list[str] = []
        self._source = source
        self._words: dict[int, tuple[int, Any]] = {}  # the number of batches, and the dictionary of them
        with self._reading():
            file = self._open()
            self._stamp = stamp_of(self.path) if self.path is not None else None
            self._size: int = file.size()
            self._index: Index = read_index(lambda at, count: file.read_at(count, at), self._size)
            self._schema = _schema(self._index.schema)
            spans = [span_of(column.type, self._index.version) for column in self._schema]
            self._spans: list[Span] = list(itertools.accumulate(spans, initial=Span()))
            if len(self._index.numbers) != len(spans):
                raise ValueError("its schema does not count its columns")
            self._shut(file)
            self.columns = tuple(self._schema.names)
        self.rows = self._index.rows
        self._refuse_twins()
        if not self._index.whole:
            self.notes.append(f"{self.name} does not say where it ends: is it cut short?")

    def _open(self) -> Any:
        import pyarrow as pa

        if self.path is not None:
            return pa.OSFile(self.path)
        return self._source if hasattr(self._source, "read_at") else pa.PythonFile(self._source, "r")

    def _shut(self, file: Any) -> None:
        if self.path is not None:
            file.close()

    def _mean_length(self, name: str, kind: ColumnType) -> float:
        """The largest mean of a record batch."""
        node = self._spans[self._schema.get_field_index(name)].nodes
        with self._reading():
            file = self._open()
        try:
            batches = [batch for batch in self._batches_of(file) if batch.rows and len(batch.nodes) > node + 1]
            return max((batch.nodes[node + 1][0] / batch.rows for batch in batches), default=0.0)
        finally:
            self._shut(file)

    def _batches_of(self, file: Any) -> Iterator[Batch]:
        with self._reading():
            for at, _ in self._index.batches:
                yield read_batch(lambda at, count: file.read_at(count, at), at, self._size)

    def _batches(self, names: tuple[str, ...], texts: tuple[str, ...], rows: int) -> Iterator[list[Any]]:
        """The arrays of the columns, run by run; each run but a record batch's last is a multiple of 8 rows."""
        step = max(8, rows - rows % 8)
        with self._reading():
            file = self._open()
        try:
            for number, batch in enumerate(self._batches_of(file)):
                body = Body(file, batch)
                with self._reading():
                    columns = [self._column(body, name, number, file) for name in names]
                for start in range(0, batch.rows, step):
                    with self._reading():
                        taken = [column.take(start, min(step, batch.rows - start)) for column in columns]
                        arrays = [_coded(a) if name in texts else a for name, a in zip(names, taken, strict=True)]
                    if self.path is not None and self._stamp is not None:
                        check_stamp(self.path, self._stamp, self.name)
                    yield arrays
        finally:
            self._shut(file)

    def _column(self, body: Body, name: str, number: int, file: Any) -> Column:
        index = self._schema.get_field_index(name)
        kind = self._schema.field(index).type
        encoded = self._index.numbers[index]
        words = None if encoded is None else self._dictionary(encoded, kind.value_type, number, file)
        return Column(body, kind, self._spans[index], words)

    def _dictionary(self, encoded: int, kind: Any, number: int, file: Any) -> Any:
        """The dictionary in force at a record batch: a stream may add to it, or send another."""
        import pyarrow as pa

        known = [each for each in self._index.words if each.number == encoded and each.before <= number]
        start = max((i for i, each in enumerate(known) if not each.adds), default=0)
        held = self._words.get(encoded, (0, None))
        if held[0] != len(known):
            parts = [Column(Body(file, e.batch), kind, Span()).take(0, e.batch.rows) for e in known[start:]]
            held = self._words[encoded] = len(known), pa.concat_arrays(parts)
        return held[1]

    def close(self) -> None:
        """Let go of a file that was handed over; of a path nothing is held open between reads."""
        if self.path is None:
            self._source.close()


def _schema(message: bytes) -> Any:
    import pyarrow as pa

    return pa.ipc.read_schema(pa.py_buffer(message))


def _coded(array: Any) -> Any:
    """A column of texts as a dictionary."""
    return array if str(array.type).startswith("dictionary<") else array.dictionary_encode()
