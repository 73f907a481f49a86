"""Open files and buffers (`open(path, "rb")`, `io.BytesIO`, `io.StringIO`) as tables: read whole, where they stand."""

from __future__ import annotations

import io
from typing import Any, BinaryIO

from ...core.errors import DataProblem
from ...core.safe_text import shown
from ..formats.detection import PEEK, detect_file
from ..formats.file_format import FileSource, TextSource
from ..formats.npz import NPZ
from ..read_options import ReadOptions
from ..table import Table


class _Content(FileSource):
    """The content of a file, in memory."""

    def __init__(self, content: bytes, name: str, options: ReadOptions) -> None:
        super().__init__(name, options)
        self._content = content

    def text(self, codec: str | None) -> TextSource:
        if codec is None:
            return self._stream
        from ..formats.compression import unpacked

        return lambda: unpacked(self._stream(), codec, self.name)

    def _stream(self) -> BinaryIO:
        return io.BufferedReader(io.BytesIO(self._content))

    def seekable(self) -> BinaryIO:
        return io.BytesIO(self._content)

    def ranges(self) -> Any:
        return _MemoryBytes(self._content)


class _MemoryBytes(io.BytesIO):
    """Bytes in memory that any thread reads at their places."""

    def size(self) -> int:
        """How many bytes there are."""
        return len(self.getbuffer())

    def read_at(self, count: int, at: int) -> bytes:
        """Bytes from a place on, fewer at the end."""
        return bytes(self.getbuffer()[at : at + count])

    def read_into(self, at: int, into: memoryview, runs: int) -> int:
        """Fill memory from a byte on, or a part of it; how many bytes were there."""
        piece = self.getbuffer()[at : at + len(into)]
        into[: len(piece)] = piece
        return len(piece)

    def check_unchanged(self) -> None:
        """Memory that is our own stays as it is."""


def open_file_object(file: Any, called: str, options: ReadOptions) -> Table:
    """The table in an open file. Its name, where it has one, says its format as that of a path does."""
    own = getattr(file, "name", None)
    name = shown(own) if isinstance(own, str) else called
    try:
        start = file.tell() if getattr(file, "seekable", bool)() else None
        content = file.read()
        if start is not None:
            file.seek(start)  # as it was, for who reads it again
    except (OSError, ValueError) as problem:
        raise DataProblem(f"{name} cannot be read: {str(problem).lower().rstrip('.')}.") from None
    if isinstance(content, str):
        content = content.encode("utf-8", "surrogateescape")
    if not isinstance(content, bytes | bytearray | memoryview):
        raise DataProblem(f"{name} is a file whose read() gives no bytes.", "Open it with open(path, 'rb').")
    content = bytes(content)
    if not content:
        raise DataProblem(
            f"{name} is empty, or was read to its end before.", "Go back to its start with x.seek(0).", file=name
        )
    detected = detect_file(own if isinstance(own, str) else "", content[:PEEK], name)
    if detected.format is NPZ:
        import numpy as np

        from .named_columns import NamedColumns

        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            return NamedColumns.of({key: archive[key] for key in archive.files}, name)
    return detected.open(_Content(content, name, options))
