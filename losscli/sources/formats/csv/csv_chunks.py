"""The bytes of a text file or stream in runs of whole rows, and the chunks that these are decoded to."""

from __future__ import annotations

import itertools
import os
import stat
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO, Protocol, TypeVar

from ....core.errors import DataProblem
from ....core.safe_text import shown
from ...blocks import Chunk
from ...datasets.file_stamp import FileStamp, check_stamp, stamp_of
from ...work_done import WORK
from ..arrow_to_numpy import BadCell
from ..file_format import TextSource
from .csv_dialect import BOM, MAX_RECORD, RowEnds, check_encoding
from .utf16 import as_utf8, encoding_of

Text = tuple[int, bytes]  # whole rows, and the byte of the file where they start

_HEAD = 64 << 10
_CHUNK = 1 << 20
_READ_ERRORS = (OSError, EOFError, ValueError, zlib.error)  # of a decompressing stream too
_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class RowBytes:
    """A path, a stream, or what opens one. `head` is its start: at least a record, or all there is (`complete`)."""

    def __init__(self, source: TextSource | os.PathLike[str], name: str, rows: RowEnds) -> None:
        self.name = name
        self.complete = False
        self.path: str | None = None
        self._stamp: FileStamp = (0, 0, 0, 0)
        self._stream: BinaryIO | None = None
        self._pipe: BinaryIO | None = None  # the stream, where it is ours to close
        self._opens: Callable[[], BinaryIO] | None = None
        self.rows = rows
        if isinstance(source, (str, os.PathLike)):
            self.path = os.fspath(source)
        elif callable(source):
            self._opens = source
        else:
            self._stream = source
        self.head = self._read_head()
        if encoding := encoding_of(self.head):
            self._transcode(encoding)
        self.repeatable = self._stream is None

    def _transcode(self, encoding: str) -> None:
        """Read on as UTF-8 what is UTF-16."""
        path, opens, head = self.path, self._opens, self.head
        if self._stream is not None:
            self._stream = as_utf8(self._stream, encoding, head)
        else:
            self._opens = lambda: as_utf8(
                opens() if opens is not None else open(str(path), "rb"),  # noqa: SIM115
                encoding,
            )
        self.head = self._read_head()

    def _read_head(self) -> bytes:
        try:
            if self._stream is not None:
                return self._head_of(self._stream)
            if self._opens is not None:
                with self._opens() as source:
                    return self._head_of(source)
            assert self.path is not None
            source = open(self.path, "rb")  # noqa: SIM115 - a pipe stays open
            if not stat.S_ISREG(os.fstat(source.fileno()).st_mode):  # a named pipe: what was read is gone
                self._stream = self._pipe = source
                self.path = None
                return self._head_of(source)
            with source:
                self._stamp = stamp_of(source.fileno())
                return self._head_of(source)
        except _READ_ERRORS as error:
            raise self._unreadable(error) from None

    def _head_of(self, source: BinaryIO) -> bytes:
        head, size = b"", _HEAD
        while True:
            head += _fill(source, size - len(head))
            self.complete = len(head) < size
            if self.complete or encoding_of(head) or self.rows.last(head.removeprefix(BOM)):
                return head
            check_encoding(head, self.name)  # no row ends: is it text at all?
            if size >= MAX_RECORD:
                raise self._too_long(0)
            size *= 2

    def _unreadable(self, error: BaseException) -> DataProblem:
        if isinstance(error, UnicodeDecodeError):
            text = f"{self.name} says that it is UTF-16 text, and holds bytes that are none ({error.reason})."
            return DataProblem(text, "It is damaged, or cut short.")
        why = getattr(error, "strerror", None) or shown(str(error)) or type(error).__name__
        return DataProblem(f"{self.name} cannot be read: {why}.")

    def close(self) -> None:
        """Let go of a named pipe; nothing else is held open."""
        if self._pipe is not None:
            self._pipe.close()

    def whole(self, start: int) -> bytes:
        """The whole records in the head from a byte on."""
        text = self.head[start:]
        if self.complete:
            return text
        return text[: self.rows.last(text)]

    def _too_long(self, at: int) -> DataProblem:
        text = f"{self.name}: the row that starts at byte {at} is longer than {MAX_RECORD >> 20} MiB."
        return DataProblem(text, "Is a quote not closed, or is it not a CSV file?")

    def texts(self, start: int) -> Iterator[Text]:
        """Runs of whole rows, about a chunk each, from the byte where the first row starts."""
        at, rest = start, b""
        for piece in self._pieces(start):
            data = rest + piece if rest else piece
            end = self.rows.last(data)
            if len(data) - end > MAX_RECORD:
                raise self._too_long(at + end)
            if end:
                yield at, data[:end]
            at, rest = at + end, data[end:]
        if rest:
            yield at, rest

    def _pieces(self, start: int) -> Iterator[bytes]:
        size = min(MAX_RECORD, max(_CHUNK, 16 * start))  # a wide header: many rows a chunk all the same
        try:
            if self._stream is not None:
                yield self.head[start:]
                while not self.complete and (piece := _fill(self._stream, size)):
                    self._say_read(self._stream)
                    yield piece
                return
            with self._opened_at(start) as source:
                while piece := source.read(size):
                    self._say_read(source)
                    yield piece
                if self._opens is None:
                    check_stamp(source.fileno(), self._stamp, self.name)
        except _READ_ERRORS as error:
            raise self._unreadable(error) from None

    def _say_read(self, source: BinaryIO) -> None:
        """Say how far the file is read, where its size is known, for whoever looks at a progress bar."""
        if not WORK.follows_files:
            return
        packed = getattr(getattr(source, "raw", None), "read_and_size", None)
        try:
            if packed is not None:
                WORK.read(self.name, *packed())
            elif stat.S_ISREG((status := os.fstat(source.fileno())).st_mode):
                WORK.read(self.name, source.tell(), status.st_size)
        except (OSError, ValueError, AttributeError):  # it is transcoded, or of another kind: nobody knows
            return

    def _opened_at(self, start: int) -> BinaryIO:
        if self._opens is not None:
            source = self._opens()
            _fill(source, start)
            return source
        assert self.path is not None
        source = open(self.path, "rb")  # noqa: SIM115 - the caller closes it
        source.seek(start)
        return source


def _fill(source: BinaryIO, size: int) -> bytes:
    """`size` bytes, or what is left: a pipe hands out less at a time."""
    pieces: list[bytes] = []
    while size > 0 and (piece := source.read(size)):
        pieces.append(piece)
        size -= len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


class _CountedTable(Protocol):
    name: str
    rows: int | None


def decoded(
    table: _CountedTable, decode: Callable[[Text], Chunk], texts: Iterable[Text], threads: int
) -> Iterator[Chunk]:
    """The chunks of a table in order; it knows its number of rows when all of them are read.

    Raises:
        DataProblem: for a cell at fault, with its row in the file, and for a file without rows.
    """
    before = 0
    try:
        for chunk in in_order(decode, texts, threads):
            before += chunk.rows
            yield chunk
    except BadCell as fault:
        raise fault.problem(table.name, before) from None
    if not before:
        raise DataProblem(f"{table.name} has no rows.", kind="no_rows", file=table.name)
    table.rows = before


def in_order(work: Callable[[_Item], _Result], items: Iterable[_Item], threads: int) -> Iterator[_Result]:
    """work(item) in order, at most `threads` items ahead; a single item stays in this thread."""
    rest = iter(items)
    first = list(itertools.islice(rest, 2))
    if len(first) < 2 or threads < 2:
        yield from map(work, itertools.chain(first, rest))
        return
    from concurrent.futures import Future, ThreadPoolExecutor

    waiting: deque[Future[_Result]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        try:
            for item in itertools.chain(first, rest):
                try:
                    waiting.append(pool.submit(work, item))
                except RuntimeError:  # the system grants no thread
                    waiting.append(Future())
                    waiting[-1].set_result(work(item))
                if len(waiting) > threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
