"""CSV and TSV: rows of text, plain or compressed."""

from __future__ import annotations

from ...table import Table
from ..file_format import DetectedFormat, FileFormat, FileSource, TextSource


def _open(source: FileSource, detected: DetectedFormat) -> Table:
    from .csv_file import CsvTable

    options = source.options
    text = source.text(detected.codec)
    if detected.codec and (other := _within(text)) is not None:
        return other.open(source, DetectedFormat(other, other.name, detected.codec))
    table = CsvTable(
        text,
        delimiter=options.delimiter,
        header=options.header,
        decimal=options.decimal,
        quote=options.quote,
        escape=options.escape,
        tabs=detected.name == "tsv",
        threads=options.threads,
        name=source.name,
    )
    if detected.codec:
        table.path = source.path  # the file to hash
    return table


def _within(text: TextSource) -> FileFormat | None:
    """The other format of text that a compressed file unpacks to, if it does."""
    from ..detection import PEEK, text_format

    if not callable(text):
        return None
    with text() as stream:
        content = text_format(stream.read(PEEK))
    return None if content is CSV else content


CSV = FileFormat("CSV", {".csv": "csv", ".tsv": "tsv"}, _open, piped=True, compressed=True, remote=True, text=True)
