"""Opens a path (or standard input) as a table: a file, several of them as one data set, or one in an object store."""

from __future__ import annotations

import io
import os
import re
import sys
from typing import BinaryIO, cast

from ..core.did_you_mean import nearest
from ..core.errors import DataProblem, UsageProblem
from ..core.record import replace
from ..core.safe_text import shown
from .formats.detection import PEEK, detect_file, detect_pipe
from .formats.file_format import FileSource, TextSource
from .read_options import ReadOptions
from .table import Table

__all__ = ["ReadOptions", "open_table"]

_URI = r"([A-Za-z][A-Za-z0-9+.-]+)://"


def open_table(path: str, options: ReadOptions) -> Table:
    """The table at a path; '-' is standard input. A path that exists is never a glob."""
    if options.stack:
        return _open_stacked(path, replace(options, stack=None))
    if path == "-":
        return _open_stream(cast(io.BufferedReader, sys.stdin.buffer), "standard input", options)
    if "://" in path and re.match(_URI, path) and not os.path.exists(path):
        from .remote.object_store import local_path, open_remote

        local = local_path(path)
        return open_remote(path, options) if local is None else open_table(local, options)
    if os.path.isdir(path) or (any(sign in path for sign in "*?[") and not os.path.lexists(path)):
        return _open_dataset(path, options)
    return _open_file(path, options)


def _open_file(path: str, options: ReadOptions) -> Table:
    name = shown(path)
    try:
        if os.path.exists(path) and not os.path.isfile(path):  # a named pipe: it comes once
            return _open_stream(open(path, "rb"), name, options)
        with open(path, "rb") as file:
            start = file.read(PEEK)
    except FileNotFoundError:
        raise UsageProblem(f"There is no file {name}.", _neighbour(path), kind="missing_file", file=name) from None
    except (OSError, ValueError) as problem:  # ValueError: a NUL in the name
        why = getattr(problem, "strerror", None) or str(problem)
        raise DataProblem(f"{name} cannot be read: {why.lower()}.") from None
    return detect_file(path, start, name).open(_LocalFile(path, name, options))


def _neighbour(path: str) -> str:
    folder = os.path.dirname(path) or "."
    try:
        names = os.listdir(folder)
    except OSError:
        return f"Nor is there a folder {shown(folder)}."
    near = nearest(
        os.path.basename(path),
        (os.path.join(os.path.dirname(path), name) for name in names),
        by=os.path.basename,
    )
    return shown(near)


def _open_stacked(path: str, options: ReadOptions) -> Table:
    from .datasets.file_listing import Member, members_at
    from .datasets.stacked import StackedFiles

    members = members_at(path) or [Member(path, ())]
    return StackedFiles(path, shown(path), members, lambda member: open_table(member.path, options))


def _open_dataset(path: str, options: ReadOptions) -> Table:
    from .datasets.dataset import Dataset, refuse_strangers
    from .datasets.file_listing import empty_files, members_at

    name = shown(path)
    members = members_at(path)
    if not members and os.path.isdir(path):
        raise UsageProblem(f"The folder {name} holds no data.", "Name a file, or another folder.")
    if not members:
        raise UsageProblem(f"There is no file {name}.", "No file matches it either.", kind="missing_file", file=name)
    refuse_strangers(members, name)
    return Dataset(path, name, members, lambda member: _open_file(member.path, options), empty_files(members))


class _LocalFile(FileSource):
    """A file on this machine."""

    def __init__(self, path: str, name: str, options: ReadOptions) -> None:
        super().__init__(name, options)
        self.path: str = path

    def text(self, codec: str | None) -> TextSource:
        if codec is None:
            return self.path
        from .formats.compression import opens_unpacked

        return opens_unpacked(self.path, codec, self.name)

    def seekable(self) -> str:
        return self.path


class _Pipe(FileSource):
    """A stream that comes once: standard input, or a named pipe. `subject` is its name where a sentence starts."""

    def __init__(self, stream: BinaryIO, name: str, subject: str, options: ReadOptions) -> None:
        super().__init__(name, options)
        self.pipe: BinaryIO = stream
        self._subject = subject

    def text(self, codec: str | None) -> TextSource:
        if codec is None:
            return self.pipe
        from .formats.compression import unpacked

        return unpacked(self.pipe, codec, self._subject, piped=True)

    def seekable(self) -> BinaryIO:
        return _stored(self.pipe)


def _open_stream(stream: io.BufferedReader, name: str, options: ReadOptions) -> Table:
    start = stream.peek(PEEK)[:PEEK]
    subject = name[:1].upper() + name[1:] if stream is getattr(sys.stdin, "buffer", None) else name
    if not start:
        raise DataProblem(f"{subject} is empty.", "Pipe a file into losscli, or name one.")
    return detect_pipe(start, subject).open(_Pipe(stream, name, subject, options))


def _stored(stream: BinaryIO) -> BinaryIO:
    """The stream as a seekable file: Parquet is read from its end. On disk beyond 64 MiB."""
    import shutil
    import tempfile

    stored = tempfile.SpooledTemporaryFile(max_size=1 << 26)  # noqa: SIM115 - lives as long as the table
    shutil.copyfileobj(stream, stored, 1 << 20)
    stored.seek(0)
    return cast(BinaryIO, stored)
