"""What a format declares of itself, and what it is opened from. All that opens files follows from the declarations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

from ...core.record import record
from ..read_options import ReadOptions
from ..table import Table

TextSource = str | BinaryIO | Callable[[], BinaryIO]  # a path, a stream that comes once, or what opens one each time


class FileSource:
    """Where the bytes of a file come from: a local file, a pipe or an object store, each a class of its own.

    `name` is how messages call the file, `path` a local file's path, `pipe` the stream of one that comes only once.
    """

    path: str | None = None
    pipe: BinaryIO | None = None

    def __init__(self, name: str, options: ReadOptions) -> None:
        self.name, self.options = name, options

    def text(self, codec: str | None) -> TextSource:
        """The file as text, unpacked with the codec if there is one."""
        raise NotImplementedError

    def seekable(self) -> Any:
        """A path, or a binary file that can be read from any byte on; a pipe is stored first."""
        raise NotImplementedError

    def ranges(self) -> Any:
        """The same for readers that ask for a few bytes at a time: those of an object store come in long pieces."""
        return self.seekable()


@record
class DetectedFormat:
    """The format of a file: how reports call it, which may differ with the suffix, and the codec around it."""

    format: FileFormat
    name: str
    codec: str | None = None

    def open(self, source: FileSource) -> Table:
        """The file as a table."""
        return self.format.open(source, self)


@record
class FileFormat:
    """A format: declared in its own file, and named once more in the table of formats.

    Args:
        title: how messages call it.
        suffixes: of file names, in lower case; each with the name that reports give to such a file.
        open: makes a table of a file.
        first_bytes: any of these starts each file. Without them a file may start like any text.
        content: what a file is called of which only the first bytes are known, if not by the title.
        piped: whether it is read from standard input.
        compressed: whether a file may be compressed as a whole.
        remote: whether it is read from an object store.
        text: whether it is lines of text, which may be mistaken for another format of text by the name.
    """

    title: str
    suffixes: Mapping[str, str]
    open: Callable[[FileSource, DetectedFormat], Table]
    first_bytes: tuple[bytes, ...] = ()
    content: str = ""
    piped: bool = False
    compressed: bool = False
    remote: bool = False
    text: bool = False

    @property
    def name(self) -> str:
        """How reports call it: by its first suffix."""
        return next(iter(self.suffixes.values()))

    def starts(self, start: bytes) -> bool:
        """Whether these are its first bytes."""
        return start.startswith(self.first_bytes) if self.first_bytes else False
