"""Text that is compressed with gzip, bzip2 or Zstandard: unpacked as it is read, never whole.

However much a small file unpacks to, no more is held than the rows being decoded.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any, BinaryIO, cast

from ...core.errors import DataProblem
from .detection import PEEK, content_words, format_by_content, unpack_hint

_BUFFER = 1 << 18


class _Unpacked(io.RawIOBase):
    """The bytes of a compressed file or stream."""

    def __init__(self, source: Any, codec: str, name: str) -> None:
        import pyarrow as pa

        self._source = source if isinstance(source, pa.NativeFile) else pa.PythonFile(source, "r")
        self._stream = pa.CompressedInputStream(self._source, codec)
        self._codec, self._name = codec, name

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int:
        import pyarrow as pa

        try:
            data: bytes = self._stream.read(len(into))
        except (pa.ArrowException, OSError, MemoryError, ValueError) as error:
            why = " ".join(str(error).split()).rstrip(".")
            if "truncated" in why.lower():
                raise DataProblem(
                    f"{self._name} ends in the middle of its {self._codec} data.", "It was cut short."
                ) from None
            raise DataProblem(f"{self._name} cannot be unpacked with {self._codec}: {why}.", "It is damaged.") from None
        into[: len(data)] = data
        return len(data)

    def read_and_size(self) -> tuple[int, int]:
        """How many bytes of the packed file were read, and its size; zeros where it is a stream."""
        import pyarrow as pa

        return (self._source.tell(), self._source.size()) if isinstance(self._source, pa.OSFile) else (0, 0)

    def close(self) -> None:
        if not self.closed:
            super().close()
            self._stream.close()


def unpacked(source: Any, codec: str, name: str, *, piped: bool = False) -> BinaryIO:
    """The text in a compressed binary stream, or in a file of pyarrow's. A DataProblem if it is no text."""
    text = io.BufferedReader(_Unpacked(source, codec, name), _BUFFER)
    start = text.peek(PEEK)[:PEEK]
    content = format_by_content(start)
    if content_words(start) and not (content is not None and content.text):
        text.close()
        hint = "Unpack it before it is piped." if piped else unpack_hint(name, codec, content)
        raise DataProblem(f"{name} is {content_words(start)} inside of {codec}.", hint)
    return cast(BinaryIO, text)


def opens_unpacked(path: str, codec: str, name: str) -> Callable[[], BinaryIO]:
    """What opens the text of a compressed file."""
    import pyarrow as pa

    def open_again() -> BinaryIO:
        return unpacked(pa.OSFile(path), codec, name)

    return open_again
