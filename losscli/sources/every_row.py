"""One number for every row, such as the weight in a call: a role that no file holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .table import Field, Load, Pick


class EveryRow:
    """The same number for all rows, as a table, whose name it is. A frame fills in the rows: there are no blocks."""

    format = "number"
    path = None
    rows = None
    columns: tuple[str, ...] = ()
    repeatable = True

    def __init__(self, value: float) -> None:
        self.name = f"{value:.17g}"

    def describe(self, pick: Pick) -> Field:
        return Field((None,), "float64")

    def blocks(self, picks: Mapping[str, Pick], size: int) -> Iterator[Load]:
        raise TypeError("a frame fills in a number for every row by itself")

    def close(self) -> None:
        pass
