"""The messages of an Arrow file or stream, found by hand: what lies where, before a byte of it is decoded.

pyarrow reads a record batch whole, however many rows it has, and trusts the offsets in it. Knowing where each buffer
lies, a table takes the columns it needs a few thousand rows at a time. Whatever does not add up is a ValueError.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

from ....core.record import field, mutable, record

MAGIC = b"ARROW1"
CONTINUES = b"\xff\xff\xff\xff"  # how a stream starts
_SCHEMA, _DICTIONARY, _BATCH = 1, 2, 3
_V4 = 3  # as versions are numbered in messages
_LONGEST = 1 << 26  # bytes of a message's own description
_MOST_ROWS = 1 << 48
_FIRST_READ = 4096

ReadAt = Callable[[int, int], bytes]  # so many bytes from a byte of the file on, fewer at its end


class Flat:
    """A table of a flatbuffer, its fields by number. Every position is checked before it is read."""

    def __init__(self, data: bytes, at: int | None = None) -> None:
        self._data = data
        self._at = self._number("I", 0) if at is None else at
        self._fields = self._at - self._number("i", self._at)
        self._count = (self._number("H", self._fields) - 4) // 2

    def _number(self, kind: str, at: int) -> int:
        layout = struct.Struct("<" + kind)
        if not 0 <= at <= len(self._data) - layout.size:
            raise ValueError("a message points outside of itself")
        found: int = layout.unpack_from(self._data, at)[0]
        return found

    def _place(self, slot: int) -> int:
        """Where a field is; 0 if it is left out."""
        offset = self._number("H", self._fields + 4 + 2 * slot) if slot < self._count else 0
        return self._at + offset if offset else 0

    def number(self, slot: int, kind: str) -> int:
        """A number, 0 if it is left out."""
        at = self._place(slot)
        return self._number(kind, at) if at else 0

    def table(self, slot: int) -> Flat | None:
        """A table within the table."""
        at = self._place(slot)
        return Flat(self._data, at + self._number("I", at)) if at else None

    def _vector(self, slot: int, width: int) -> tuple[int, int]:
        at = self._place(slot)
        if not at:
            return 0, 0
        start = at + self._number("I", at)
        count = self._number("I", start)
        if start + 4 + count * width > len(self._data):
            raise ValueError("a message points outside of itself")
        return start + 4, count

    def tables(self, slot: int) -> list[Flat]:
        """A vector of tables."""
        start, count = self._vector(slot, 4)
        places = range(start, start + 4 * count, 4)
        return [Flat(self._data, at + self._number("I", at)) for at in places]

    def structs(self, slot: int, layout: str) -> list[tuple[int, ...]]:
        """A vector of structures of whole numbers."""
        shape = struct.Struct(layout)
        start, count = self._vector(slot, shape.size)
        return list(shape.iter_unpack(self._data[start : start + count * shape.size]))


@record
class Batch:
    """Where the parts of a record batch or dictionary lie: `nodes` are (rows, nulls), `buffers` (start, bytes)."""

    rows: int
    nodes: list[tuple[int, ...]]
    buffers: list[tuple[int, ...]]
    views: list[int]
    codec: str | None
    body: int


@record
class Words:
    """A dictionary: of which columns, whether it adds to the one before, and the record batches before it."""

    number: int
    adds: bool
    before: int
    batch: Batch


@mutable
class Index:
    """What a file holds. `batches` are (byte, rows); `whole` is whether a stream says where it ends."""

    schema: bytes
    version: int
    numbers: list[int | None]  # the dictionary of each column
    batches: list[tuple[int, int]] = field(default_factory=list)
    words: list[Words] = field(default_factory=list)
    whole: bool = True

    @property
    def rows(self) -> int:
        return sum(rows for _, rows in self.batches)


@record
class _Message:
    flat: Flat
    raw: bytes
    body: int
    length: int

    @property
    def kind(self) -> int:
        return self.flat.number(1, "B")

    def header(self) -> Flat:
        found = self.flat.table(2)
        if found is None:
            raise ValueError("a message has no header")
        return found


def read_index(read_at: ReadAt, size: int) -> Index:
    """What an Arrow file or stream of `size` bytes holds."""
    if read_at(0, len(MAGIC)) == MAGIC:
        return _of_file(read_at, size)
    return _of_stream(read_at, size)


def read_batch(read_at: ReadAt, at: int, size: int) -> Batch:
    """The record batch of which the index names the byte."""
    message = _message(read_at, at, size)
    if message is None:
        raise ValueError("a record batch is not where it should be")
    return _batch(message.header(), message)


def _message(read_at: ReadAt, at: int, size: int) -> _Message | None:
    """The message at a byte; None where the stream says that it ends."""
    start = read_at(at, _FIRST_READ)
    prefix = 8 if start[:4] == CONTINUES else 4  # Arrow before 0.15 wrote no continuation
    if len(start) < prefix:
        raise ValueError("it is cut short")
    length = int.from_bytes(start[prefix - 4 : prefix], "little", signed=True)
    if length == 0:
        return None
    if not 8 <= length <= _LONGEST:
        raise ValueError(f"a message of {length} bytes is no message")
    raw = start[: prefix + length] if prefix + length <= len(start) else read_at(at, prefix + length)
    if len(raw) < prefix + length:
        raise ValueError("it is cut short")
    flat = Flat(raw[prefix:])
    body, bytes_ = at + len(raw), flat.number(3, "q")
    if bytes_ < 0 or body + bytes_ > size:
        raise ValueError(f"it is cut short: {body + bytes_} bytes are promised, {size} are there")
    return _Message(flat, raw, body, bytes_)


def _batch(header: Flat, message: _Message) -> Batch:
    nodes, buffers = header.structs(1, "<qq"), header.structs(2, "<qq")
    rows = header.number(0, "q")
    if not 0 <= rows < _MOST_ROWS or any(
        start < 0 or count < 0 or start + count > message.length for start, count in buffers
    ):
        raise ValueError("a record batch lies outside of its message")
    if any(not 0 <= nulls <= count < _MOST_ROWS for count, nulls in nodes):
        raise ValueError("a record batch counts its rows wrongly")
    packed, codec = header.table(3), None
    if packed is not None:
        codec = {0: "lz4", 1: "zstd"}.get(packed.number(0, "b"))
        if codec is None or packed.number(1, "b"):
            raise ValueError("it is compressed in an unknown way")
    return Batch(rows, nodes, buffers, [count for (count,) in header.structs(4, "<q")], codec, message.body)


def _opened(message: _Message | None) -> Index:
    if message is None or message.kind != _SCHEMA:
        raise ValueError("it does not start with a schema")
    version, header = message.flat.number(0, "h"), message.header()
    if version < _V4:
        raise ValueError("it was written by Arrow before 0.8")
    if header.number(0, "h"):
        raise ValueError("its numbers are big-endian; write it on a little-endian machine")
    encodings = [column.table(4) for column in header.tables(1)]
    return Index(message.raw, version, [None if each is None else each.number(0, "q") for each in encodings])


def _add(index: Index, message: _Message, at: int, anywhere: bool = False) -> None:
    header = message.header()
    if message.kind == _BATCH:
        index.batches.append((at, _batch(header, message).rows))
    elif message.kind == _DICTIONARY:
        data = header.table(1)
        if data is None:
            raise ValueError("a dictionary is empty")
        before = 0 if anywhere else len(index.batches)
        index.words.append(Words(header.number(0, "q"), bool(header.number(2, "B")), before, _batch(data, message)))
    else:
        raise ValueError(f"a message is of the unknown kind {message.kind}")


def _of_stream(read_at: ReadAt, size: int) -> Index:
    index, at = None, 0
    while at < size:
        message = _message(read_at, at, size)
        if index is None:
            index = _opened(message)
        elif message is None:
            _refuse_more(read_at, at, size)
            return index
        else:
            _add(index, message, at)
        assert message is not None
        at = message.body + message.length
    if index is None:
        raise ValueError("it is empty")
    index.whole = False
    return index


def _refuse_more(read_at: ReadAt, at: int, size: int) -> None:
    end = at + (8 if read_at(at, 4) == CONTINUES else 4)
    if end < size:
        raise ValueError(f"it goes on after its end at byte {end}")


def _of_file(read_at: ReadAt, size: int) -> Index:
    tail = read_at(max(0, size - 10), 10)
    length = int.from_bytes(tail[:4], "little", signed=True)
    if size < 26 or tail[4:] != MAGIC:
        raise ValueError("it is cut short: its end is missing")
    if not 8 <= length <= min(_LONGEST, size - 18):
        raise ValueError(f"a footer of {length} bytes is no footer")
    footer = Flat(read_at(size - 10 - length, length))
    index = _opened(_message(read_at, 8, size))
    for at, message in _blocks(footer, 2, read_at, size):
        _expect(message, _DICTIONARY)
        _add(index, message, at, anywhere=True)
    for at, message in _blocks(footer, 3, read_at, size):
        _expect(message, _BATCH)
        _add(index, message, at)
    return index


def _expect(message: _Message, kind: int) -> None:
    if message.kind != kind:
        raise ValueError("its footer takes one kind of message for another")


def _blocks(footer: Flat, slot: int, read_at: ReadAt, size: int) -> Iterator[tuple[int, _Message]]:
    for at, described, length in footer.structs(slot, "<qi4xq"):
        message = _message(read_at, at, size) if 8 <= at < size else None
        if message is None or message.body != at + described or message.length != length:
            raise ValueError("its footer and its messages disagree")
        yield at, message
