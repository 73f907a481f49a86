"""Files far away, read in long pieces: a request for a few bytes takes as long as one for a megabyte."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import Any

from ..formats.npy_file import NpyTable, _check_size, _Rows
from ..formats.npy_header import read_header
from ..table import Load, Pick

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
            return self.straight(count, at)
        found = self._piece(number)[start : start + count]
        return found if len(found) == count else found + self._piece(number + 1)[: count - len(found)]

    def straight(self, count: int, at: int) -> bytes:
        """Bytes that are not worth keeping."""
        from .object_store import reaching

        with reaching(self._name):
            found: bytes = self._file.read_at(count, at)
        return found

    def _piece(self, number: int) -> bytes:
        with self._lock:
            if number not in self._pieces:
                while len(self._pieces) >= _KEPT:
                    self._pieces.popitem(last=False)
                self._pieces[number] = self.straight(_PIECE, number * _PIECE)
            self._pieces.move_to_end(number)
            return self._pieces[number]

    def get_stream(self, at: int, count: int) -> Any:
        """A stream of a part of the file."""
        return self._file.get_stream(at, count)

    def close(self) -> None:
        """Let go of the file."""
        self._pieces.clear()
        self._file.close()


class RemoteNpy(NpyTable):
    """An NPY file far away."""

    def __init__(self, file: RemoteFile, name: str) -> None:
        self.path = None
        self.name = name
        self._far = file
        self._scattered = False
        at = 0

        def read(count: int) -> bytes:
            nonlocal at
            found = file.read_at(count, at)
            at += len(found)
            return found

        self.header = read_header(read, name)
        _check_size(self.header, file.size(), name)

    def blocks(self, picks: Mapping[str, Pick], size: int) -> Iterator[Load]:
        runs = [_Rows(self.header, pick.row_axis).outer for pick in picks.values()]
        self._scattered = sum(runs) > _KEPT
        return super().blocks(picks, size)

    def _read_some(self, offset: int, into: memoryview) -> int:
        read = self._far.straight if self._scattered else self._far.read_at
        found = read(len(into), offset)
        into[: len(found)] = found
        return len(found)

    def _check_unchanged(self) -> None:
        """Not looked at: asking the store for every block would cost more than the block."""

    def close(self) -> None:
        self._far.close()
