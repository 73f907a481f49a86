"""NPY: one array, as `numpy.save` writes it."""

from __future__ import annotations

from ...table import Table
from ..file_format import DetectedFormat, FileFormat, FileSource


def _open(source: FileSource, _: DetectedFormat) -> Table:
    from .npy_file import NpyStream, NpyTable

    if source.pipe is not None:
        return NpyStream(source.pipe, source.name)
    return NpyTable(source.ranges(), source.name)


NPY = FileFormat("NPY", {".npy": "npy"}, _open, (b"\x93NUMPY",), piped=True, remote=True)
