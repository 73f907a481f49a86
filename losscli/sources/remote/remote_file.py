"""Files far away, read in long pieces: a request for a few bytes takes as long as one for a megabyte."""

from __future__ import annotations

import io
import os
import threading
from collections import OrderedDict
from typing import Any

from .store_errors import store_problems

_PIECE = 4 << 20
_KEPT = 16  # pieces; as many runs of an array may be read side by side


class RemoteFile:
    """A file of pyarrow's, of which the last pieces are kept."""

    def __init__(self, file: Any, name: str) -> None:
        self._file, self._name = file, name
        self._pieces: OrderedDict[int, bytes] = OrderedDict()
        self._lock = threading.Lock()
        self._size: int = file.size()

    def size(self) -> int:
        """How many bytes it has."""
        return self._size

    def read_at(self, count: int, at: int) -> bytes:
        """Bytes from a place on, fewer at the end."""
        count = min(count, self._size - at)
        number, start = divmod(at, _PIECE)
        if count <= 0:
            return b""
        if count >= _PIECE:
            return self._request(count, at)
        data = self._piece(number)[start : start + count]
        return data if len(data) == count else data + self._piece(number + 1)[: count - len(data)]

    def read_into(self, at: int, into: memoryview, runs: int) -> int:
        """Fill memory from a byte on, or a part of it; more runs side by side than pieces are kept are not kept."""
        data = self._request(len(into), at) if runs > _KEPT else self.read_at(len(into), at)
        into[: len(data)] = data
        return len(data)

    def check_unchanged(self) -> None:
        """Not looked at: asking the store for every block would cost more than the block."""

    def _request(self, count: int, at: int) -> bytes:
        with store_problems(self._name):
            data: bytes = self._file.read_at(count, at)
        return data

    def _piece(self, number: int) -> bytes:
        with self._lock:
            if number not in self._pieces:
                while len(self._pieces) >= _KEPT:
                    self._pieces.popitem(last=False)
                self._pieces[number] = self._request(_PIECE, number * _PIECE)
            self._pieces.move_to_end(number)
            return self._pieces[number]

    def stream(self) -> io.RawIOBase:
        """The file from its start, as a binary file with a position of its own."""
        return _Stream(self)

    def close(self) -> None:
        """Let go of the file."""
        self._pieces.clear()
        self._file.close()


class _Stream(io.RawIOBase):
    """A position in a file far away."""

    def __init__(self, file: RemoteFile) -> None:
        self._remote = file
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._remote.size()}[whence]
        self._at = start + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def read(self, size: int = -1) -> bytes:
        rest = max(0, self._remote.size() - self._at)
        data = self._remote.read_at(rest if size < 0 else min(size, rest), self._at)
        self._at += len(data)
        return data
