"""What the compressed buffers of an Arrow file say that they unpack to, checked before pyarrow believes it.

Before each compressed buffer stands the length that it will have, and pyarrow allocates as much before it looks at the
buffer: a file of some kilobytes can ask for any memory. So the descriptions of the record batches are read first, which
are FlatBuffers (https://arrow.apache.org/docs/format/Columnar.html), and each length is held against what the rows and
the type of the column need. Of texts and lists no more is known than that a record batch may not be far larger than its
packed bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

from ....core.record import record

ReadAt = Callable[[int, int], bytes]  # `size` bytes from an offset on, fewer at the end of the file

LARGEST = 1 << 28  # bytes that a record batch may unpack to whatever its own size is
MOST_PACKED = 64  # beyond that, how many times its own size
_SLACK = 1 << 12  # bytes of padding that a buffer may have beside twice what is needed
_DICTIONARY, _RECORD_BATCH = 2, 3  # kinds of messages
_CONTINUES = 0xFFFFFFFF  # stands before the length of a message since Arrow 0.15
_UNPACKED = -1  # the length of a buffer that was left as it is
_VARIES, _VIEWS = -1, -2  # bits a value: any number; any number, in any number of buffers


@record
class Message:
    """A message: its kind, its description, and where its body lies."""

    kind: int
    header: _Table
    body: int
    size: int


class _Table:
    """A table of a FlatBuffer, whose fields are found by their number."""

    def __init__(self, data: bytes, at: int) -> None:
        self.data, self.at = data, at
        self.fields = at - int(self._unpacked("<i", at))

    def _unpacked(self, form: str, at: int) -> Any:
        if at < 0:
            raise struct.error
        return struct.unpack_from(form, self.data, at)[0]

    def _place(self, number: int) -> int:
        """Where a field stands; 0 where the table lacks it."""
        entry = 4 + 2 * number
        if entry + 2 > self._unpacked("<H", self.fields):
            return 0
        offset = int(self._unpacked("<H", self.fields + entry))
        return self.at + offset if offset else 0

    def number(self, number: int, form: str = "<q") -> int:
        place = self._place(number)
        return int(self._unpacked(form, place)) if place else 0

    def table(self, number: int) -> _Table | None:
        place = self._place(number)
        return _Table(self.data, place + self._unpacked("<I", place)) if place else None

    def structs(self, number: int, form: str) -> list[tuple[int, ...]]:
        """The structs of a vector; `form` is one of them."""
        place = self._place(number)
        if not place:
            return []
        start = place + int(self._unpacked("<I", place))
        count, size = int(self._unpacked("<I", start)), struct.calcsize(form)
        if start + 4 + count * size > len(self.data):
            raise struct.error
        return list(struct.iter_unpack(form, self.data[start + 4 : start + 4 + count * size]))


def _root(data: bytes) -> _Table:
    return _Table(data, int(struct.unpack_from("<I", data)[0]))


def message_at(read_at: ReadAt, at: int) -> Message | None:
    """The message at a byte; None at the end of the stream."""
    head = read_at(8, at)
    if len(head) < 4:
        return None
    word, length = struct.unpack("<Ii", head.ljust(8, b"\0"))
    at, length = (at + 8, length) if word == _CONTINUES else (at + 4, struct.unpack("<i", head[:4])[0])
    if length <= 0:
        return None
    message = _root(read_at(length, at))
    header = message.table(2)
    if header is None:
        raise struct.error
    return Message(message.number(1, "<B"), header, at + length, message.number(3))


def stream_messages(read_at: ReadAt, start: int) -> Iterator[Message]:
    """The messages one after the other."""
    while (message := message_at(read_at, start)) is not None:
        yield message
        if message.size < 0:
            raise struct.error
        start = message.body + message.size


def file_messages(read_at: ReadAt, size: int) -> Iterator[Message]:
    """The messages of a file where its footer says that they lie, dictionaries first."""
    length = struct.unpack("<i", read_at(4, size - 10))[0]
    footer = _root(read_at(length, size - 10 - length))
    for blocks in (2, 3):
        for offset, _, _ in footer.structs(blocks, "<qi4xq"):
            message = message_at(read_at, offset)
            if message is not None:
                yield message


def layout(kind: Any) -> Iterator[tuple[int, ...]]:
    """For each node of a column of this type, the bits a value of each of its buffers; those of a bitmap are 1."""
    import pyarrow.types as types

    if hasattr(kind, "storage_type"):
        yield from layout(kind.storage_type)
    elif types.is_dictionary(kind):
        yield from layout(kind.index_type)
    elif types.is_null(kind):
        yield ()
    elif types.is_union(kind):
        yield (8,) if kind.mode == "sparse" else (8, 32)
    elif types.is_run_end_encoded(kind):
        yield ()
        yield from layout(kind.run_end_type)
        yield from layout(kind.value_type)
    elif str(kind) in ("string_view", "binary_view"):
        yield (1, 128, _VIEWS)
    elif str(kind) in ("string", "binary", "large_string", "large_binary"):
        yield (1, 64 if str(kind).startswith("large") else 32, _VARIES)
    elif types.is_struct(kind) or types.is_fixed_size_list(kind):
        yield (1,)
    elif types.is_nested(kind):  # lists and maps
        offset = 64 if str(kind).startswith("large") else 32
        yield (1, offset, offset) if "view" in str(kind).partition("<")[0] else (1, offset)
    else:
        yield (1, kind.bit_width)
    if types.is_nested(kind) and not types.is_run_end_encoded(kind):
        for number in range(kind.num_fields):
            yield from layout(kind.field(number).type)


def checked(messages: Iterator[Message], read_at: ReadAt, schema: Any, columns: Collection[int]) -> Iterator[None]:
    """Checks the messages; yields once a record batch, when it and the dictionaries before it are found to be sound.

    Raises:
        ValueError: if the buffers of these columns say that they unpack to more than they may.
    """
    try:
        for message in messages:
            if message.kind in (_DICTIONARY, _RECORD_BATCH):
                _check(message, read_at, schema, columns)
            if message.kind == _RECORD_BATCH:
                yield
    except struct.error:
        raise ValueError("the description of a record batch is damaged") from None


def in_step(checks: Iterator[None], batches: Iterable[Any]) -> Iterator[Any]:
    """The record batches, each read when it is checked."""
    rest = iter(batches)
    while True:
        next(checks, None)
        batch = next(rest, None)
        if batch is None:
            return
        yield batch


def _check(message: Message, read_at: ReadAt, schema: Any, columns: Collection[int]) -> None:
    batch = message.header if message.kind == _RECORD_BATCH else message.header.table(1)
    if batch is None or batch.table(3) is None:  # nothing is compressed
        return
    nodes, buffers = batch.structs(1, "<qq"), batch.structs(2, "<qq")
    if message.kind == _RECORD_BATCH:
        wanted = _of_columns(schema, columns, nodes, iter(buffers), [count for (count,) in batch.structs(4, "<q")])
    else:
        wanted = (("a dictionary", None, buffer) for buffer in buffers)
    total = 0
    for column, most, (offset, size) in wanted:
        if size < 8:
            continue
        unpacked = struct.unpack("<q", read_at(8, message.body + offset))[0]
        if unpacked == _UNPACKED:
            continue
        if unpacked < 0 or (most is not None and unpacked > 2 * most + _SLACK):
            raise ValueError(f"{column} is said to unpack to {unpacked} bytes, more than its rows need")
        total += unpacked
    if total > max(LARGEST, MOST_PACKED * message.size):
        raise ValueError(
            f"a record batch of {message.size} bytes is said to unpack to {total}; "
            "if that is right, write it in record batches of fewer rows"
        )


def _of_columns(
    schema: Any, columns: Collection[int], nodes: list[tuple[int, ...]], buffers: Iterator[Any], views: list[int]
) -> Iterator[tuple[str, int | None, tuple[int, ...]]]:
    """(column, bytes that its rows need, offset and size) of each buffer of these columns; None: any number."""
    lengths, counts = iter(nodes), iter(views)
    for index, field in enumerate(schema):
        for bits in layout(field.type):
            rows = next(lengths, (0, 0))[0]
            for width in bits:
                for _ in range(next(counts, 0) if width == _VIEWS else 1):
                    buffer = next(buffers, (0, 0))
                    if index in columns:
                        need = None if width < 0 else (rows + 1) * width // 8 + 1
                        yield f"column {field.name}", need, buffer
