"""What a Parquet file says of its pages, checked before pyarrow believes it.

pyarrow allocates what the header of a page asks for, up to 2 GiB, before it looks whether the file holds as much. The
footer and the headers of the pages are therefore walked first: each page must lie in its column chunk and may not
unpack to more than any writer makes. pyarrow's own view of the footer cannot be used: it ends the process where
statistics are damaged.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from ....core.record import record

ReadAt = Callable[[int, int], bytes]  # `size` bytes from an offset on, fewer at the end of the file

LARGEST_PAGE = 1 << 29  # bytes unpacked; writers aim at 1 MiB, the largest known at 100 MB
LARGEST_FOOTER = 1 << 29
_MOST_VALUES = 1 << 26  # of lists, in one page
_SLACK = 128  # old writers leave the dictionary page's header out of a chunk's size
_HEAD = 512
_LONGEST_HEAD = 1 << 24  # pyarrow's own bound

_VARINT = re.compile(rb"[\x80-\xff]{0,9}[\x00-\x7f]")
# short fields with numbers and flags, up to the next text, list or struct
_RUN = re.compile(
    rb"(?:[\x14-\x16\x24-\x26\x34-\x36\x44-\x46\x54-\x56\x64-\x66\x74-\x76\x84-\x86\x94-\x96\xa4-\xa6\xb4-\xb6"
    rb"\xc4-\xc6\xd4-\xd6\xe4-\xe6\xf4-\xf6][\x80-\xff]{0,9}[\x00-\x7f]|[\x11\x12\x21\x22\x31\x32\x41\x42])*+"
)
_DEEPEST = 16


class Damaged(ValueError):
    """The file contradicts itself; the text says how."""


class _Short(Exception):
    """The bytes at hand end inside a header."""


@record
class Leaf:
    """A column as it is stored: that of a list holds any number of values a row."""

    name: str
    repeated: bool


@record
class ColumnChunk:
    """Where a leaf column of a row group lies, and what the footer says of it."""

    leaf: int
    column: str
    start: int
    size: int
    packed: bool
    values: int
    rows: int  # of its row group
    repeated: bool


def chunks(read_at: ReadAt, size: int, leaves: Mapping[int, Leaf]) -> Iterator[ColumnChunk]:
    """The column chunks of some leaf columns, by index, as the footer has them."""
    tail = read_at(max(0, size - 8), 8)
    length = int.from_bytes(tail[:4], "little")
    if tail[4:] != b"PAR1" or not 0 < length <= min(size - 8, LARGEST_FOOTER):
        raise Damaged("its footer has no possible length")
    end = size - 8 - length
    try:
        footer = _Compact(read_at(end, length), frozenset(leaves)).struct(_FOOTER)
    except (_Short, RecursionError):
        raise Damaged("its footer ends too early") from None
    for group in _structs(footer.get(4)):
        columns = group.get(1)
        if not isinstance(columns, list) or len(columns) <= max(leaves, default=-1):
            raise Damaged("a row group in its footer lacks columns")
        for number, leaf in leaves.items():
            chunk = _chunk(columns[number], number, leaf, _whole(group.get(3)))
            _check_place(chunk, end)
            yield chunk


def _chunk(column: object, number: int, leaf: Leaf, rows: int) -> ColumnChunk:
    meta = column.get(3) if isinstance(column, dict) else None
    if not isinstance(meta, dict):
        raise Damaged(f"column {leaf.name} is not described")
    places = [place for place in (_whole(meta.get(11)), _whole(meta.get(9))) if place]  # 0: no such page
    size, packed, values = _whole(meta.get(7)), _whole(meta.get(4)) != 0, _whole(meta.get(5))
    return ColumnChunk(number, leaf.name, min(places, default=0), size, packed, values, rows, leaf.repeated)


def _check_place(chunk: ColumnChunk, end: int) -> None:
    if chunk.size and not (4 <= chunk.start <= end and 0 <= chunk.size <= end - chunk.start):
        raise Damaged(f"column {chunk.column} is said to lie at byte {chunk.start}, outside the file")
    if chunk.values < 0 or not (chunk.repeated or chunk.values == chunk.rows):
        raise Damaged(f"column {chunk.column} is said to have {chunk.values} values in {chunk.rows} rows")


def largest_page(read_at: ReadAt, chunk: ColumnChunk, end: int) -> int:
    """The bytes that the chunk's largest page takes, packed and unpacked."""
    at, stop, largest, values = chunk.start, chunk.start + chunk.size, 0, 0
    limit = min(stop + _SLACK, end)
    while at < stop:
        header, body = _page_header(read_at, at, chunk)
        packed, unpacked = _whole(header.get(3)), _whole(header.get(2))
        where = f"the page of column {chunk.column} at byte {at}"
        if not 0 <= packed <= limit - body:
            raise Damaged(f"{where} is said to have {packed} bytes, more than there are")
        if not 0 <= unpacked <= LARGEST_PAGE or (unpacked > packed and not chunk.packed):
            raise Damaged(f"{where} is said to unpack to {unpacked} bytes")
        count = _count(header)
        if not 0 <= count <= (_MOST_VALUES if chunk.repeated else chunk.rows):
            raise Damaged(f"{where} is said to hold {count} values")
        values += count
        largest = max(largest, packed + unpacked)
        at = body + packed
    if values != chunk.values:
        raise Damaged(f"column {chunk.column} has {values} values in its pages and {chunk.values} in its footer")
    return largest


def _count(header: dict[int, object]) -> int:
    """The values of a data page of either version."""
    page = header.get(5) or header.get(8)
    return _whole(page.get(1)) if isinstance(page, dict) else 0


def _page_header(read_at: ReadAt, at: int, chunk: ColumnChunk) -> tuple[dict[int, object], int]:
    """The header at a byte, and where its page starts."""
    size = _HEAD
    while True:
        raw = read_at(at, size)
        try:
            compact = _Compact(raw)
            return compact.struct(_PAGE), at + compact.at
        except _Short:
            if len(raw) < size or size >= _LONGEST_HEAD:
                raise Damaged(f"the page of column {chunk.column} at byte {at} has no header that ends") from None
            size *= 8


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0


def _structs(value: object) -> list[dict[int, object]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


# Which fields are kept, and of those that are structs (or lists of them) which within: {field: {...}}.
_Wanted = dict[int, "_Wanted"]
_COLUMNS: _Wanted = {3: {4: {}, 5: {}, 7: {}, 9: {}, 11: {}}}
_FOOTER: _Wanted = {4: {1: _COLUMNS, 3: {}}}
_PAGE: _Wanted = {2: {}, 3: {}, 5: {1: {}}, 8: {1: {}}}


class _Compact:
    """Thrift's compact protocol, from the first byte of `data` on: what is wanted is kept, the rest skipped."""

    def __init__(self, data: bytes, leaves: frozenset[int] = frozenset()) -> None:
        self.data, self.at, self._leaves = data, 0, leaves

    def struct(self, wanted: _Wanted, depth: int = 0) -> dict[int, object]:
        fields: dict[int, object] = {}
        last = 0
        while head := self._byte():
            last = last + (head >> 4) if head >> 4 else self._signed()
            inner = wanted.get(last)
            if inner is None:
                self._skip(head & 15, depth)
            else:
                fields[last] = self._value(head & 15, inner, depth)
        return fields

    def _byte(self) -> int:
        if self.at >= len(self.data):
            raise _Short
        self.at += 1
        return self.data[self.at - 1]

    def _varint(self) -> int:
        digits = _VARINT.match(self.data, self.at)
        if digits is None:
            if len(self.data) - self.at >= 10:
                raise Damaged("a number in it does not end")
            raise _Short
        self.at = digits.end()
        value = 0
        for byte in reversed(digits[0]):
            value = value << 7 | byte & 127
        return value

    def _signed(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)

    def _list(self) -> tuple[int, int]:
        """The type of a list's items, and how many."""
        head = self._byte()
        count = head >> 4 if head >> 4 < 15 else self._varint()
        if count > len(self.data) - self.at:  # an item takes a byte at least
            raise _Short
        return head & 15, count

    def _value(self, kind: int, wanted: _Wanted, depth: int) -> object:
        if kind in (4, 5, 6):
            return self._signed()
        if kind == 12:
            return self.struct(wanted, depth + 1)
        if kind == 9:
            inner, count = self._list()
            if inner != 12:
                raise Damaged("it holds a list of the wrong kind")
            columns = wanted is _COLUMNS
            return [self._item(wanted, depth, columns and index not in self._leaves) for index in range(count)]
        self._skip(kind, depth)
        return None

    def _item(self, wanted: _Wanted, depth: int, idle: bool) -> dict[int, object] | None:
        if not idle:
            return self.struct(wanted, depth + 1)
        self._skip(12, depth + 1)
        return None

    def _skip(self, kind: int, depth: int, *, item: bool = False) -> None:
        if depth > _DEEPEST:
            raise Damaged("it has structures within structures without end")
        if kind == 12:
            self._skip_struct(depth + 1)
        elif kind in (9, 10):
            inner, count = self._list()
            for _ in range(count):
                self._skip(inner, depth + 1, item=True)
        elif kind in (4, 5, 6):
            self._varint()
        elif kind == 8:
            size = self._varint()  # before `at` is read
            self.at += size
        elif kind in (1, 2, 3, 7):
            self.at += {1: int(item), 2: int(item), 3: 1, 7: 8}[kind]
        else:
            raise Damaged(f"it holds a value of the unknown type {kind}")

    def _skip_struct(self, depth: int) -> None:
        """Past a struct: what it mostly holds in as few steps as can be, since a footer may have millions of them."""
        data, run, at = self.data, _RUN.match, self.at
        size = len(data)
        while True:
            at = run(data, at).end()  # type: ignore[union-attr]  # it matches nothing, if need be
            if at >= size:
                raise _Short
            head = data[at]
            at += 1
            if not head:
                self.at = at
                return
            if head & 15 == 8 and head > 15 and at < size and data[at] < 128:
                at += data[at] + 1
                continue
            self.at = at
            if head < 16:
                self._varint()
            self._skip(head & 15, depth)
            at = self.at
