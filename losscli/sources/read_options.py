"""How files are read: what a user says of all of them."""

from __future__ import annotations

from ..core.record import record


@record
class ReadOptions:
    """Of text its delimiter and header, and how many threads may decode (0: as many as cores).

    `stack` makes each file one row, such as an image or a mask; None is not said.
    """

    delimiter: str | None = None
    header: str = "auto"
    threads: int = 0
    stack: bool | None = None
