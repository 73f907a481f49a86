"""The rows of `--per-sample` as Parquet or Arrow, written some at a time."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from .sample_rows import SampleBlock, SampleRows, written_terms

_AT_ONCE = 1 << 17  # rows of a row group or a batch


class _Pieces(io.RawIOBase):
    """A file that gives away what was written to it."""

    def __init__(self) -> None:
        super().__init__()
        self._held = bytearray()
        self._end = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        size = len(memoryview(data).cast("B"))
        self._held += data
        self._end += size
        return size

    def tell(self) -> int:
        return self._end

    def taken(self) -> bytes:
        """What was written since the last time."""
        data = bytes(self._held)
        self._held.clear()
        return data


def table_pieces(rows: SampleRows, headings: Sequence[str], format: str) -> Iterator[bytes]:
    """The content of a .parquet or an .arrow file."""
    import pyarrow as pa

    sink = _Pieces()
    writer: Any = None
    for columns in _batches(rows):
        batch = pa.Table.from_arrays(columns, names=list(headings))
        if writer is None:
            writer = _writer(sink, batch.schema, format)
        writer.write_table(batch)
        yield sink.taken()
    writer.close()
    yield sink.taken()


def _writer(sink: Any, schema: Any, format: str) -> Any:
    import pyarrow as pa

    if format == ".arrow":
        return pa.ipc.new_file(sink, schema)
    from pyarrow.parquet import ParquetWriter

    return ParquetWriter(sink, schema)


def _batches(rows: SampleRows) -> Iterator[list[Any]]:
    """The columns, of many rows at a time."""
    waiting: list[list[Any]] = []
    count = 0
    for block in rows.blocks(True):
        waiting.append(_arrays(rows, block))
        count += len(block.row)
        if count >= _AT_ONCE:
            yield _joined(waiting)
            waiting, count = [], 0
    if waiting:
        yield _joined(waiting)


def _joined(blocks: list[list[Any]]) -> list[Any]:
    import pyarrow as pa

    columns = []
    for chunks in zip(*blocks, strict=True):
        kinds = {chunk.type for chunk in chunks}
        chunks = tuple(chunk.cast(pa.float64()) for chunk in chunks) if len(kinds) > 1 else chunks
        columns.append(pa.chunked_array(list(chunks)))
    return columns


def _arrays(rows: SampleRows, block: SampleBlock) -> list[Any]:
    terms = written_terms(rows, block)
    own = [terms] if rows.terms == 1 else list(terms.T)
    return [_numbers(block.row.astype(np.int64)), *map(_numbers, own), *block.kept]


def _numbers(values: Any) -> Any:
    import pyarrow as pa

    values = np.ascontiguousarray(values)
    return pa.Array.from_buffers(getattr(pa, values.dtype.name)(), len(values), [None, pa.py_buffer(values)])
