"""How files are read: what a user says of all of them."""

from __future__ import annotations

from ..core.record import record


@record
class ReadOptions:
    """Of text its delimiter, header, decimal sign, quote and escape, None where each file shows its own; how many
    threads may decode (0: as many as cores); and whether each file is one row, such as an image (None: not said).
    """

    delimiter: str | None = None
    header: str = "auto"
    threads: int = 0
    stack: bool | None = None
    decimal: str | None = None
    quote: str | None = None
    escape: str | None = None
