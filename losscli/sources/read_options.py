"""How files are read: what a user says of all of them."""

from __future__ import annotations

from ..core.record import record


@record
class ReadOptions:
    """Of text its delimiter, header, decimal sign, quote and escape, None where each file shows its own; and how many
    threads may decode (0: as many as cores)."""

    delimiter: str | None = None
    header: str = "auto"
    threads: int = 0
    decimal: str | None = None
    quote: str | None = None
    escape: str | None = None
