"""Arrow files and streams, and Feather, whose version 2 is an Arrow file."""

from __future__ import annotations

from ...table import Table
from ..file_format import DetectedFormat, FileFormat, FileSource

_STREAM = b"\xff\xff\xff\xff"  # how a stream starts


def _open(source: FileSource, detected: DetectedFormat) -> Table:
    from .arrow_file import ArrowTable

    return ArrowTable(source.ranges(), name=source.name, format_=detected.name)


ARROW = FileFormat(
    "Arrow",
    {".arrow": "arrow", ".arrows": "arrow", ".ipc": "arrow", ".feather": "feather"},
    _open,
    (b"ARROW1", _STREAM),
    piped=True,
    remote=True,
)
