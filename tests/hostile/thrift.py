"""Thrift's compact protocol as trees: enough to take a Parquet footer or page header apart, lie, and pack it again."""

from __future__ import annotations

import struct
from typing import Any

TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = range(1, 13)

Struct = dict[int, tuple[int, Any]]  # field id: (type, value); a list is (type of its items, items)


class Reader:
    """Takes bytes apart from `at` on."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data, self.at = data, at

    def _byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1]

    def varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    def _zigzag(self) -> int:
        value = self.varint()
        return (value >> 1) ^ -(value & 1)

    def struct(self) -> Struct:
        fields: Struct = {}
        last = 0
        while head := self._byte():
            last = last + (head >> 4) if head >> 4 else self._zigzag()
            fields[last] = (head & 15, self.value(head & 15))
        return fields

    def value(self, kind: int, *, item: bool = False) -> Any:
        if kind in (TRUE, FALSE):
            return self._byte() if item else None
        if kind == BYTE:
            return self._byte()
        if kind in (I16, I32, I64):
            return self._zigzag()
        if kind == DOUBLE:
            self.at += 8
            return struct.unpack("<d", self.data[self.at - 8 : self.at])[0]
        if kind == BINARY:
            size = self.varint()
            self.at += size
            return self.data[self.at - size : self.at]
        if kind in (LIST, SET):
            head = self._byte()
            size = self.varint() if head >> 4 == 15 else head >> 4
            return head & 15, [self.value(head & 15, item=True) for _ in range(size)]
        assert kind == STRUCT, kind
        return self.struct()


def varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes((*out, value))


def zigzag(value: int) -> bytes:
    return varint((value << 1) ^ (value >> 63))


def pack(fields: Struct) -> bytes:
    """The bytes of a struct."""
    out, last = bytearray(), 0
    for number, (kind, value) in sorted(fields.items()):
        delta = number - last
        out += bytes((delta << 4 | kind,)) if 0 < delta < 16 else bytes((kind,)) + zigzag(number)
        out += _pack(kind, value)
        last = number
    return bytes(out) + b"\0"


def _pack(kind: int, value: Any, *, item: bool = False) -> bytes:
    if kind in (TRUE, FALSE):
        return bytes((value,)) if item else b""
    if kind == BYTE:
        return bytes((value & 255,))
    if kind in (I16, I32, I64):
        return zigzag(value)
    if kind == DOUBLE:
        return struct.pack("<d", value)
    if kind == BINARY:
        return varint(len(value)) + value
    if kind in (LIST, SET):
        inner, items = value
        head = bytes((len(items) << 4 | inner,)) if len(items) < 15 else bytes((0xF0 | inner,)) + varint(len(items))
        return head + b"".join(_pack(inner, each, item=True) for each in items)
    return pack(value)


def numbers(tree: Struct) -> list[tuple[Any, Any]]:
    """Every whole number of a tree, as (container, key): what a liar may change, wherever it stands."""
    found: list[tuple[Any, Any]] = []

    def walk(kind: int, value: Any, holder: Any, key: Any) -> None:
        if kind in (BYTE, I16, I32, I64):
            found.append((holder, key))
        elif kind in (LIST, SET):
            for index, each in enumerate(value[1]):
                walk(value[0], each, value[1], index)
        elif kind == STRUCT:
            for number, (inner, each) in value.items():
                walk(inner, each, value, number)

    walk(STRUCT, tree, None, None)
    return found


def put(holder: Any, key: Any, value: Any) -> None:
    """Set what `numbers` found."""
    holder[key] = value if isinstance(holder, list) else (holder[key][0], value)
