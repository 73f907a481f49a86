"""JSON lines: a JSON object a line, as evaluation harnesses and logs write them, plain or compressed."""

from __future__ import annotations

from ...table import Table
from ..file_format import DetectedFormat, FileFormat, FileSource


def _open(source: FileSource, detected: DetectedFormat) -> Table:
    from .jsonl_file import JsonlTable

    table = JsonlTable(source.text(detected.codec), name=source.name, threads=source.options.threads)
    if detected.codec:
        table.path = source.path  # the file to hash
    return table


JSONL = FileFormat(
    "JSON lines",
    {".jsonl": "jsonl", ".ndjson": "jsonl"},
    _open,
    (b'{"', b'{ "', b'\xef\xbb\xbf{"'),
    piped=True,
    compressed=True,
    remote=True,
    text=True,
)
