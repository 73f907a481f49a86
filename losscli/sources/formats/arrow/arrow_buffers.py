"""Runs of rows of an Arrow record batch as Arrow arrays, made of no more of its buffers than they need."""

from __future__ import annotations

from typing import Any

import numpy as np

from ....core.record import record
from ....core.scratch import Array
from .arrow_messages import _V4, Batch

_MOST = 1 << 28  # bytes of a buffer taken at once; a few thousand rows never need them
_MOST_VALUES = 1 << 26  # taken at once, which may have no bytes
_PIECE = 1 << 20


@record
class Span:
    """How many nodes, buffers and views a type takes in a record batch, or where a column's begin."""

    nodes: int = 0
    buffers: int = 0
    views: int = 0

    def __add__(self, other: Span) -> Span:
        return Span(self.nodes + other.nodes, self.buffers + other.buffers, self.views + other.views)


def span_of(kind: Any, version: int) -> Span:
    """The span of a type, whether its values are read or only passed over."""
    from pyarrow import types

    def inner(*children: Any) -> Span:
        return sum((span_of(child, version) for child in children), Span())

    if hasattr(kind, "storage_type"):
        return inner(kind.storage_type)
    if types.is_dictionary(kind):
        return inner(kind.index_type)
    if types.is_null(kind):
        return Span(1)
    if types.is_union(kind):
        buffers = (1 if kind.mode == "sparse" else 2) + (version == _V4)
        return Span(1, buffers) + inner(*(kind.field(i).type for i in range(kind.num_fields)))
    if types.is_struct(kind):
        return Span(1, 1) + inner(*(kind.field(i).type for i in range(kind.num_fields)))
    if types.is_map(kind):
        return Span(2, 3) + inner(kind.key_type, kind.item_type)
    if types.is_run_end_encoded(kind):
        return Span(1) + inner(kind.run_end_type, kind.value_type)
    if str(kind) in ("string_view", "binary_view"):
        return Span(1, 2, 1)
    if (name := str(kind).partition("<")[0]) in _LISTS:
        return Span(1, _LISTS[name]) + inner(kind.value_type)
    return Span(1, 3 if str(kind) in _TEXTS else 2)


_LISTS = {"list": 2, "large_list": 2, "fixed_size_list": 1, "list_view": 3, "large_list_view": 3}
_TEXTS = {"string": np.int32, "binary": np.int32, "large_string": np.int64, "large_binary": np.int64}


class Body:
    """The buffers of a record batch, read forwards; those that are compressed are unpacked as far as they are read."""

    def __init__(self, file: Any, batch: Batch) -> None:
        self.batch = batch
        self._file = file
        self._unpacked: dict[int, _Unpacked] = {}

    def read(self, index: int, start: int, count: int) -> bytes:
        """Bytes of a buffer. Of one that is compressed, no byte before the start of the last reading."""
        if index >= len(self.batch.buffers):
            raise ValueError("a record batch has too few buffers")
        if count > _MOST:
            raise ValueError(f"it needs {count} bytes at once")
        offset, length = self.batch.buffers[index]
        if self.batch.codec is not None and length:
            if index not in self._unpacked:
                self._unpacked[index] = _Unpacked(self._file, self.batch, index)
            return self._unpacked[index].read(start, count)
        if not 0 <= start <= start + count <= length:
            raise ValueError(f"a buffer of {length} bytes is too short for its rows")
        return self._exactly(self.batch.body + offset + start, count)

    def _exactly(self, at: int, count: int) -> bytes:
        found: bytes = self._file.read_at(count, at)
        if len(found) < count:
            raise ValueError("it became shorter while it was read")
        return found

    def size(self, index: int) -> int:
        """The bytes of a buffer once unpacked."""
        offset, length = self.batch.buffers[index]
        if self.batch.codec is None or not length:
            return length
        size = int.from_bytes(self._exactly(self.batch.body + offset, min(8, length)), "little", signed=True)
        return length - 8 if size == -1 else size


class _Unpacked:
    """A compressed buffer as it is unpacked; the bytes since the start of the last reading are held."""

    def __init__(self, file: Any, batch: Batch, index: int) -> None:
        import pyarrow as pa

        offset, length = batch.buffers[index]
        if length < 8:
            raise ValueError("a compressed buffer does not say how long it is")
        start = batch.body + offset
        said = int.from_bytes(file.read_at(8, start), "little", signed=True)
        packed = file.get_stream(start + 8, length - 8)
        self._stream = packed if said == -1 else pa.CompressedInputStream(packed, batch.codec)
        self._held = b""
        self._at = 0

    def read(self, start: int, count: int) -> bytes:
        """Bytes from `start` on."""
        if start < self._at:
            raise ValueError("its rows are not in order")
        while (lacking := start + count - self._at - len(self._held)) > 0:
            if start > self._at:  # what lies before is not held
                gone = min(start - self._at, len(self._held))
                self._held, self._at = self._held[gone:], self._at + gone
            piece = self._stream.read(min(_PIECE, lacking) if start > self._at else lacking)
            if not piece:
                raise ValueError("a compressed buffer ends too early")
            self._held += piece
        self._held, self._at = self._held[start - self._at :], start
        return self._held[:count]


class Column:
    """A column of a record batch. `take` is called for runs of rows in order, each but the last a multiple of 8."""

    def __init__(self, body: Body, kind: Any, first: Span, words: Any = None) -> None:
        self._body, self._kind, self._first, self._words = body, kind, first, words
        self._node = self._buffer = 0

    def take(self, start: int, count: int) -> Any:
        """The rows from `start` on as an Arrow array."""
        self._node = self._first.nodes
        views = self._body.batch.views
        if len(views) < self._first.views:
            raise ValueError("a record batch does not count its views")
        self._buffer = self._first.buffers + sum(views[: self._first.views])
        return self._take(self._kind, start, count)

    def _take(self, kind: Any, start: int, count: int) -> Any:
        import pyarrow as pa

        if hasattr(kind, "storage_type"):
            return self._take(kind.storage_type, start, count)
        if pa.types.is_dictionary(kind):
            indices = self._take(kind.index_type, start, count)
            if self._words is None:
                raise ValueError("a dictionary is missing")
            return pa.DictionaryArray.from_arrays(indices, self._words, safe=True)
        gaps = self._next_node(start, count)
        if count > _MOST_VALUES:
            raise ValueError(f"it needs {count} values at once")
        if pa.types.is_null(kind):
            return pa.nulls(count)
        base = start - start % 8
        lead = start - base
        valid = self._validity(gaps, base, lead + count)
        name = str(kind).partition("<")[0].partition("[")[0]
        if name in _TEXTS:
            return self._text(kind, valid, base, lead, count)
        if name in ("string_view", "binary_view"):
            return self._view(kind, valid, base, lead, count)
        if name == "fixed_size_list":
            size = kind.list_size
            child = self._take(kind.value_type, base * size, (lead + count) * size)
            return pa.Array.from_buffers(kind, count, [valid], offset=lead, children=[child])
        if name in ("list", "large_list"):
            return self._list(kind, valid, base, lead, count)
        bits = int(kind.bit_width)  # a type without one is none that is read
        values = self._read(base * bits // 8, -(-(lead + count) * bits // 8))
        return pa.Array.from_buffers(kind, count, [valid, values], offset=lead)

    def _next_node(self, start: int, count: int) -> bool:
        """Whether the next node has nulls."""
        if self._node >= len(self._body.batch.nodes):
            raise ValueError("a record batch has too few columns")
        rows, nulls = self._body.batch.nodes[self._node]
        self._node += 1
        if start + count > rows:
            raise ValueError("a column has fewer rows than its record batch")
        return nulls > 0

    def _read(self, start: int, count: int) -> Any:
        import pyarrow as pa

        self._buffer += 1
        return pa.py_buffer(self._body.read(self._buffer - 1, start, count) if count else b"")

    def _validity(self, gaps: bool, base: int, count: int) -> Any:
        if gaps:
            return self._read(base // 8, -(-count // 8))
        self._buffer += 1
        return None

    def _offsets(self, wide: Any, base: int, count: int) -> Array:
        if not count and self._body.size(self._buffer) == 0:  # no rows may have no offsets
            self._buffer += 1
            return np.zeros(1, dtype=wide)
        width = np.dtype(wide).itemsize
        found: Array = np.frombuffer(self._read(base * width, (count + 1) * width), dtype=wide)
        if found[0] < 0 or (np.diff(found) < 0).any():
            raise ValueError("the offsets of a column are not in order")
        return found

    def _list(self, kind: Any, valid: Any, base: int, lead: int, count: int) -> Any:
        import pyarrow as pa

        offsets = self._offsets(np.int64 if str(kind).startswith("large") else np.int32, base, lead + count)
        first, last = int(offsets[0]), int(offsets[-1])
        child = self._take(kind.value_type, first, last - first)
        return pa.Array.from_buffers(
            kind, count, [valid, pa.py_buffer(offsets - offsets[0])], offset=lead, children=[child]
        )

    def _text(self, kind: Any, valid: Any, base: int, lead: int, count: int) -> Any:
        import pyarrow as pa

        offsets = self._offsets(_TEXTS[str(kind)], base, lead + count)
        data = self._read(int(offsets[0]), int(offsets[-1] - offsets[0]))
        buffers = [valid, pa.py_buffer(offsets - offsets[0]), data]
        found = pa.Array.from_buffers(kind, count, buffers, offset=lead)
        found.validate(full=True)
        return found

    def _view(self, kind: Any, valid: Any, base: int, lead: int, count: int) -> Any:
        """Texts that may lie anywhere in the buffers after them, which are read whole."""
        import pyarrow as pa

        counts = self._body.batch.views
        if len(counts) <= self._first.views or not 0 <= counts[self._first.views] <= len(self._body.batch.buffers):
            raise ValueError("a record batch does not count its views")
        views = self._read(base * 16, (lead + count) * 16)
        first = self._buffer
        more = [self._read(0, self._body.size(first + i)) for i in range(counts[self._first.views])]
        found = pa.Array.from_buffers(kind, count, [valid, views, *more], offset=lead)
        found.validate(full=True)
        return found.cast(pa.large_string() if str(kind) == "string_view" else pa.large_binary())
