"""Weights that a call holds itself, such as one number for every row: a role that no file holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from ..core.arrays.inputs import show_shape
from ..core.errors import UsageProblem
from ..core.scratch import Array
from .arrays import ArrayTable
from .table import Field, Load, Pick, Table


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


class BroadcastArray:
    """Numbers that go along the predictions as arrays are broadcast: by their last axes."""

    format = "broadcast"

    def __init__(self, values: Array) -> None:
        self.values = values

    def beside(self, table: Table, pick: Pick) -> ArrayTable:
        """A number for each element of these predictions, as a table; it takes no memory of its own."""
        pred, ours = table.describe(pick).shape, show_shape(self.values.shape)
        if None in pred:
            raise UsageProblem(
                f"--like: weights of shape {ours} stand in the call, and it is not known yet how many rows the "
                "predictions have.",
                "Save them in a file, one a row or one an element, and say --weights FILE.",
                kind="bad_call",
                options=("like",),
            )
        shape = tuple(side or 0 for side in pred)
        try:
            whole = np.broadcast_to(self.values, shape)
        except ValueError:
            raise UsageProblem(
                f"--like: weights of shape {ours} stand in the call, and do not go along the last axes of predictions "
                f"of shape {show_shape(pred)}.",
                kind="bad_call",
                options=("like",),
            ) from None
        return ArrayTable(whole, f"weights of shape {ours} in the call")
