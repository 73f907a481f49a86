"""Opens a path (or standard input) as a table: a file, several of them as one data set, or one far away."""

from __future__ import annotations

import io
import os
import re
import sys
from typing import TYPE_CHECKING, BinaryIO, cast

from ..core.did_you_mean import nearest
from ..core.errors import DataProblem, UsageProblem
from ..core.record import record
from .formats.detection import PEEK, TEXTS, FileFormat, by_content, codec_of, form_of, looks
from .names import shown
from .table import Table

if TYPE_CHECKING:
    from .formats.csv_chunks import Source

_URI = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")


@record
class ReadOptions:
    """How files are read: of text its delimiter and header, and how many threads may decode (0: as many as cores)."""

    delimiter: str | None = None
    header: str = "auto"
    threads: int = 0


def open_table(path: str, text: ReadOptions) -> Table:
    """The table at a path; '-' is standard input. A path that exists is never a glob."""
    if path == "-":
        return _open_stream(cast(io.BufferedReader, sys.stdin.buffer), "standard input", text)
    if _URI.match(path) and not os.path.exists(path):
        from .remote.object_store import local_path, open_remote

        local = local_path(path)
        return open_remote(path, text) if local is None else open_table(local, text)
    if os.path.isdir(path) or (any(sign in path for sign in "*?[") and not os.path.lexists(path)):
        return _open_dataset(path, text)
    return _open_file(path, text)


def _open_file(path: str, text: ReadOptions) -> Table:
    name = shown(path)
    try:
        if os.path.exists(path) and not os.path.isfile(path):  # a named pipe: it comes once
            return _open_stream(open(path, "rb"), name, text)
        with open(path, "rb") as file:
            start = file.read(PEEK)
    except FileNotFoundError:
        raise UsageProblem(f"There is no file {name}.", _neighbour(path), kind="missing_file", file=name) from None
    except (OSError, ValueError) as problem:  # ValueError: a NUL in the name
        why = getattr(problem, "strerror", None) or str(problem)
        raise DataProblem(f"{name} cannot be read: {why.lower()}.") from None
    return _open_format(form_of(path, start, name), path, name, text)


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


def _open_dataset(path: str, text: ReadOptions) -> Table:
    from .dataset import Dataset, refuse_strangers
    from .file_listing import members_at

    name = shown(path)
    members = members_at(path)
    if not members and os.path.isdir(path):
        raise UsageProblem(f"The folder {name} holds no data.", "Name a file, or another folder.")
    if not members:
        raise UsageProblem(f"There is no file {name}.", "No file matches it either.", kind="missing_file", file=name)
    refuse_strangers(members, name)
    return Dataset(path, name, members, lambda member: _open_file(member.path, text))


def _open_format(form: FileFormat, path: str, name: str, text: ReadOptions) -> Table:
    if form.format == "npy":
        from .formats.npy_file import NpyTable

        return NpyTable(path, name)
    if form.format == "npz":
        from .formats.npz_file import NpzTable

        return NpzTable(path, name)
    if form.format == "parquet":
        from .formats.parquet_file import ParquetTable

        return ParquetTable(path, name=name)
    if form.format not in TEXTS:
        from .formats.arrow_file import ArrowTable

        return ArrowTable(path, name=name, format_=form.format)
    from .formats.csv_file import CsvTable

    delimiter = text.delimiter or ("\t" if form.format == "tsv" else None)
    source: Source = path
    if form.codec is not None:
        from .formats.compression import opened

        source = opened(path, form.codec, name)
    table = CsvTable(source, delimiter=delimiter, header=text.header, threads=text.threads, name=name)
    table.path = table.path or (path if form.codec else None)  # the file to hash
    return table


def _open_stream(stream: io.BufferedReader, name: str, text: ReadOptions) -> Table:
    start = stream.peek(PEEK)[:PEEK]
    said = name[:1].upper() + name[1:] if stream is getattr(sys.stdin, "buffer", None) else name
    if not start:
        raise DataProblem(f"{said} is empty.", "Pipe a file into losscli, or name one.")
    content = by_content(start)
    if content == "npy":
        from .formats.npy_file import NpyStream

        return NpyStream(stream, name)
    if content == "parquet":
        from .formats.parquet_file import ParquetTable

        return ParquetTable(_spooled(stream), name=name)
    if content == "arrow":
        from .formats.arrow_file import ArrowTable

        return ArrowTable(_spooled(stream), name=name)
    source: BinaryIO = stream
    if codec := codec_of(start):
        from .formats.compression import unpacked

        source = unpacked(stream, codec, said)
    elif looks(start):
        raise DataProblem(f"{said} is {looks(start)}.", "NPY, Parquet, Arrow and CSV can be piped.")
    from .formats.csv_file import CsvTable

    return CsvTable(source, delimiter=text.delimiter, header=text.header, threads=text.threads, name=name)


def _spooled(stream: BinaryIO) -> BinaryIO:
    """The stream as a seekable file: Parquet is read from its end. On disk beyond 64 MiB."""
    import shutil
    import tempfile

    held = tempfile.SpooledTemporaryFile(max_size=1 << 26)  # noqa: SIM115 - lives as long as the table
    shutil.copyfileobj(stream, held, 1 << 20)
    held.seek(0)
    return cast(BinaryIO, held)
