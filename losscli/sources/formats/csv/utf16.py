"""UTF-16 text, as spreadsheets export it, read as the same text in UTF-8. Its byte order mark says that it is."""

from __future__ import annotations

import codecs
import io
from typing import Any, BinaryIO, cast

MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_PIECE = 1 << 18


class _AsUtf8(io.RawIOBase):
    """A binary stream of UTF-16, of which `start` was read before."""

    def __init__(self, source: BinaryIO, start: bytes) -> None:
        self._source, self._rest, self._start = source, b"", start
        self._decoder: Any = codecs.getincrementaldecoder("utf-16")("strict")
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


def as_utf8(source: BinaryIO, start: bytes = b"") -> BinaryIO:
    """The stream in UTF-8; a byte that is no UTF-16 is a UnicodeDecodeError, which is a ValueError."""
    return cast(BinaryIO, io.BufferedReader(_AsUtf8(source, start), _PIECE))
