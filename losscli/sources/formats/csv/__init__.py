"""CSV and TSV: rows of text, plain or compressed."""

from __future__ import annotations

from ...table import Table
from ..file_format import DetectedFormat, FileFormat, FileSource


def _open(source: FileSource, detected: DetectedFormat) -> Table:
    from .csv_file import CsvTable

    options = source.options
    table = CsvTable(
        source.text(detected.codec),
        delimiter=options.delimiter or ("\t" if detected.name == "tsv" else None),
        header=options.header,
        threads=options.threads,
        name=source.name,
    )
    if detected.codec:
        table.path = source.path  # the file to hash
    return table


CSV = FileFormat("CSV", {".csv": "csv", ".tsv": "tsv"}, _open, piped=True, compressed=True, remote=True)
