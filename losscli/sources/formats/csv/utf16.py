"""UTF-16 text, as spreadsheets export it, read as the same text in UTF-8.

Its byte order mark says that it is; without one, that every second byte of its first letters is 0.
"""

from __future__ import annotations

import codecs
import io
from typing import Any, BinaryIO, cast

_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_PIECE = 1 << 18
_LOOKED_AT = 32  # bytes


def encoding_of(start: bytes) -> str | None:
    """The name of the encoding if these are the first bytes of UTF-16 text; None where they are not."""
    if start.startswith(_MARKS):
        return "utf-16"
    first, second = start[:_LOOKED_AT:2], start[1:_LOOKED_AT:2]
    if len(second) < 2:
        return None
    for own, other, name in ((first, second, "utf-16-le"), (second, first, "utf-16-be")):
        if not any(other) and all(32 <= byte < 127 or byte in b"\t\r\n" for byte in own):
            return name
    return None


class _AsUtf8(io.RawIOBase):
    """A binary stream of UTF-16, of which `start` was read before."""

    def __init__(self, source: BinaryIO, start: bytes, encoding: str) -> None:
        self._source, self._rest, self._start = source, b"", start
        self._decoder: Any = codecs.getincrementaldecoder(encoding)("strict")
        self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int:
        while not self._rest and not self._ended:
            piece, self._start = self._start or self._source.read(_PIECE), b""
            self._ended = not piece
            self._rest = self._decoder.decode(piece, final=self._ended).encode("utf-8", "surrogatepass")
        count = min(len(into), len(self._rest))
        into[:count], self._rest = self._rest[:count], self._rest[count:]
        return count

    def close(self) -> None:
        if not self.closed:
            super().close()
            self._source.close()


def as_utf8(source: BinaryIO, encoding: str, start: bytes = b"") -> BinaryIO:
    """The stream in UTF-8; a byte that is no UTF-16 is a UnicodeDecodeError, which is a ValueError."""
    return cast(BinaryIO, io.BufferedReader(_AsUtf8(source, start, encoding), _PIECE))
