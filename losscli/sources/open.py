"""Opens a path (or standard input) as a table: the format by suffix, confirmed by the first bytes."""

from __future__ import annotations

import io
import os
import sys
from dataclasses import dataclass
from typing import BinaryIO, cast

from ..core.errors import DataProblem, UsageProblem
from ..core.suggest import nearest
from .names import shown
from .table import Table

SUFFIXES = {
    ".npy": "npy",
    ".npz": "npz",
    ".csv": "csv",
    ".tsv": "tsv",
    ".parquet": "parquet",
    ".pq": "parquet",
}
_MAGIC = {b"\x93NUM": "npy", b"PK\x03\x04": "npz", b"PK\x05\x06": "npz", b"PAR1": "parquet"}
_OTHER = {
    b"ARRO": "an Arrow file",
    b"\x1f\x8b\x08": "compressed with gzip",
    b"BZh": "compressed with bzip2",
    b"\x28\xb5\x2f\xfd": "compressed with zstd",
    b"\x89HDF": "an HDF5 file",
    b"\x80": "a pickle, which is never read",
}


@dataclass(frozen=True)
class ReadOptions:
    """How files are read: of text its delimiter and header, and how many threads may decode (0: as many as cores)."""

    delimiter: str | None = None
    header: str = "auto"
    threads: int = 0


def open_table(path: str, text: ReadOptions) -> Table:
    """The table at a path; '-' is standard input."""
    if path == "-":
        return _open_stream(cast(io.BufferedReader, sys.stdin.buffer), "standard input", text)
    name = shown(path)
    if os.path.isdir(path):
        raise UsageProblem(f"{name} is a folder.", "Name one file.")
    try:
        if os.path.exists(path) and not os.path.isfile(path):  # a named pipe: it comes once
            return _open_stream(open(path, "rb"), name, text)
        with open(path, "rb") as file:
            start = file.read(8)
    except FileNotFoundError:
        raise UsageProblem(f"There is no file {name}.", _neighbour(path)) from None
    except (OSError, ValueError) as problem:  # ValueError: a NUL in the name
        why = getattr(problem, "strerror", None) or str(problem)
        raise DataProblem(f"{name} cannot be read: {why.lower()}.") from None
    return _open_format(_format(path, start, name), path, name, text)


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


def _format(path: str, start: bytes, name: str) -> str:
    """The format by suffix; the content must not say otherwise."""
    suffix = os.path.splitext(path)[1].lower()
    content = _by_content(start)
    format_ = SUFFIXES.get(suffix)
    if format_ is None:
        if content in ("npy", "npz", "parquet"):
            return content
        known = " ".join(sorted(SUFFIXES))
        raise UsageProblem(f"{name} has no suffix that names its format.", f"Known are {known}.")
    if content and content != format_ and not (content == "npz" and format_ == "npz"):
        looks = {"npy": "NPY", "npz": "a zip archive", "parquet": "Parquet"}.get(content, content)
        raise DataProblem(f"{name} is named {suffix} but its content is {looks}.", "Rename or convert it.")
    return format_


def _by_content(start: bytes) -> str:
    if start[:4] in _MAGIC:
        return _MAGIC[start[:4]]
    return next((what for magic, what in _OTHER.items() if start.startswith(magic)), "")


def _open_format(format_: str, path: str, name: str, text: ReadOptions) -> Table:
    if format_ == "npy":
        from .npy_file import NpyTable

        return NpyTable(path, name)
    if format_ == "npz":
        from .npz_file import NpzTable

        return NpzTable(path, name)
    if format_ == "parquet":
        from .parquet_file import ParquetTable

        return ParquetTable(path, name=name)
    from .csv_file import CsvTable

    delimiter = text.delimiter or ("\t" if format_ == "tsv" else None)
    return CsvTable(path, delimiter=delimiter, header=text.header, threads=text.threads, name=name)


def _open_stream(stream: io.BufferedReader, name: str, text: ReadOptions) -> Table:
    start = stream.peek(8)[:8]
    said = name[:1].upper() + name[1:] if stream is getattr(sys.stdin, "buffer", None) else name
    if not start:
        raise DataProblem(f"{said} is empty.", "Pipe a file into losscli, or name one.")
    format_ = _by_content(start) or "csv"
    if format_ == "npy":
        from .npy_file import NpyStream

        return NpyStream(stream, name)
    if format_ == "parquet":
        from .parquet_file import ParquetTable

        return ParquetTable(_spooled(stream), name=name)
    if format_ == "csv":
        from .csv_file import CsvTable

        return CsvTable(stream, delimiter=text.delimiter, header=text.header, threads=text.threads, name=name)
    looks = "a zip archive" if format_ == "npz" else format_
    raise DataProblem(f"{said} is {looks}.", "NPY, Parquet and CSV can be piped.")


def _spooled(stream: BinaryIO) -> BinaryIO:
    """The stream as a seekable file: Parquet is read from its end. On disk beyond 64 MiB."""
    import shutil
    import tempfile

    held = tempfile.SpooledTemporaryFile(max_size=1 << 26)  # noqa: SIM115 - lives as long as the table
    shutil.copyfileobj(stream, held, 1 << 20)
    held.seek(0)
    return cast(BinaryIO, held)
