"""Which format a file has: by its name, confirmed by its first bytes."""

from __future__ import annotations

import os

from ...core.errors import DataProblem, UsageProblem
from ...core.record import record

SUFFIXES = {
    ".npy": "npy",
    ".npz": "npz",
    ".csv": "csv",
    ".tsv": "tsv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".arrow": "arrow",
    ".arrows": "arrow",
    ".ipc": "arrow",
    ".feather": "feather",
}
CODECS = {".gz": "gzip", ".bz2": "bz2", ".zst": "zstd"}
TEXTS = ("csv", "tsv")
PEEK = 8  # bytes that tell every format

_MAGIC = {
    b"\x93NUMPY": "npy",
    b"PK\x03\x04": "npz",
    b"PK\x05\x06": "npz",
    b"PAR1": "parquet",
    b"ARROW1": "arrow",
    b"\xff\xff\xff\xff": "arrow",  # a stream of it
}
_PACKED = {b"\x1f\x8b\x08": "gzip", b"BZh": "bz2", b"\x28\xb5\x2f\xfd": "zstd"}
_OTHER = {
    b"FEA1": "Feather version 1, which is no longer written",
    b"\x89HDF": "an HDF5 file",
    b"\x80": "a pickle, which is never read",
}
_LOOKS = {"npy": "NPY", "npz": "a zip archive", "parquet": "Parquet", "arrow": "Arrow"}


@record
class FileFormat:
    """A format, and the codec around it."""

    format: str
    codec: str | None = None


def by_name(path: str) -> FileFormat | None:
    """What a name says, if anything."""
    stem, suffix = os.path.splitext(path.lower())
    codec = CODECS.get(suffix)
    if codec:
        suffix = os.path.splitext(stem)[1]
    format_ = SUFFIXES.get(suffix)
    return FileFormat(format_, codec) if format_ else None


def by_content(start: bytes) -> str:
    """The format that the first bytes show; "" where any text may start so."""
    return next((format_ for magic, format_ in _MAGIC.items() if start.startswith(magic)), "")


def codec_of(start: bytes) -> str | None:
    """The codec that the first bytes show."""
    return next((codec for magic, codec in _PACKED.items() if start.startswith(magic)), None)


def looks(start: bytes) -> str:
    """What the first bytes are, in words; "" where any text may start so."""
    format_ = by_content(start)
    if format_:
        return _LOOKS[format_]
    if codec := codec_of(start):
        return f"compressed with {codec}"
    return next((what for magic, what in _OTHER.items() if start.startswith(magic)), "")


def form_of(path: str, start: bytes, name: str) -> FileFormat:
    """The format of a file by its name; its first bytes must not say otherwise. What is compressed says so itself."""
    named = by_name(path)
    content, codec = by_content(start), codec_of(start)
    if named is None:
        if content:
            return FileFormat(content)
        known = " ".join([*sorted(SUFFIXES), *(f".csv{suffix}" for suffix in CODECS)])
        raise UsageProblem(f"{name} has no suffix that names its format.", f"Known are {known}.")
    if named.format in TEXTS:
        if codec or not (content or looks(start)):
            return FileFormat(named.format, codec)
    elif named.codec:
        raise UsageProblem(f"{name}: only text is read compressed.", f"Unpack it first: {_UNPACK[named.codec]}.")
    elif not looks(start) or content == {"feather": "arrow"}.get(named.format, named.format):
        return named
    suffix = os.path.splitext(path)[1].lower()
    raise DataProblem(f"{name} is named {suffix} but its content is {looks(start)}.", "Rename or convert it.")


_UNPACK = {"gzip": "gunzip", "bz2": "bunzip2", "zstd": "unzstd"}
