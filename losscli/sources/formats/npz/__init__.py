"""NPZ: a zip archive of arrays, as `numpy.savez` writes it. Its members are found at its end, so it is not piped."""

from __future__ import annotations

from ...table import Table
from ..file_format import DetectedFormat, FileFormat, FileSource


def _open(source: FileSource, _: DetectedFormat) -> Table:
    from .npz_file import NpzTable

    return NpzTable(source.seekable(), source.name)


NPZ = FileFormat("an NPZ archive", {".npz": "npz"}, _open, (b"PK\x03\x04", b"PK\x05\x06"), content="a zip archive")
