"""CSV and TSV: rows of text, plain or compressed."""

from __future__ import annotations

import io

from ...table import Table
from ..file_format import DetectedFormat, FileFormat, FileSource, TextSource

_PEEK = 32  # bytes that tell a format


def _open(source: FileSource, detected: DetectedFormat) -> Table:
    from .csv_file import CsvTable

    options = source.options
    text = source.text(detected.codec)
    if detected.codec and (other := _within(text)) is not None:
        return other.open(_Unpacked(source, text), DetectedFormat(other, other.name, detected.codec))
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


class _Unpacked(FileSource):
    """The text of a compressed file or stream, which is not unpacked twice."""

    def __init__(self, source: FileSource, text: TextSource) -> None:
        super().__init__(source.name, source.options)
        self.path, self._text = source.path, text

    def text(self, codec: str | None) -> TextSource:
        return self._text


def _within(text: TextSource) -> FileFormat | None:
    """JSON lines, if they are what a compressed file unpacks to."""
    from ..jsonl import JSONL

    if callable(text):
        with text() as stream:
            start = stream.read(_PEEK)
    else:
        start = text.peek(_PEEK)[:_PEEK] if isinstance(text, io.BufferedReader) else b""
    return JSONL if JSONL.starts(start) else None


CSV = FileFormat("CSV", {".csv": "csv", ".tsv": "tsv"}, _open, piped=True, compressed=True, remote=True, text=True)
