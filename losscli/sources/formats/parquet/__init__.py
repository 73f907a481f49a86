"""Parquet: columns with names, compressed one by one."""

from __future__ import annotations

from ...table import Table
from ..file_format import DetectedFormat, FileFormat, FileSource


def _open(source: FileSource, _: DetectedFormat) -> Table:
    from .parquet_file import ParquetTable

    return ParquetTable(source.seekable(), name=source.name)


PARQUET = FileFormat("Parquet", {".parquet": "parquet", ".pq": "parquet"}, _open, (b"PAR1",), piped=True, remote=True)
