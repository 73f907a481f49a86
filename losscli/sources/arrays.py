"""Arrays already in memory, as a table: what the Python API runs on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from ..core.arrays.inputs import Ragged
from ..core.errors import DataProblem
from ..core.scratch import Array
from .class_names import numbered
from .table import Block, Field, Load, Pick, columns_of


class ArrayTable:
    """One array (or Ragged) as a table without column names."""

    format = "array"
    path = None
    columns: tuple[str, ...] = ()
    repeatable = True

    def __init__(self, array: Array | Ragged, name: str, times: str | None = None) -> None:
        self._times = times  # the dtype of dates and times, which are keys alone
        if times is None and not isinstance(array, Ragged):
            if array.ndim == 0:
                raise DataProblem(f"{name} is a single number.", "Give an array with one entry a row.")
            if array.dtype.kind not in "biufUS":
                raise DataProblem(f"{name} holds {_type_of(array)}, not numbers.", kind="column_type")
            if array.dtype.kind == "f" and array.dtype.itemsize > 8:
                array = array.astype("float64")
        self.array = array
        self.name = name

    @property
    def rows(self) -> int:
        return len(self.array)

    def describe(self, pick: Pick) -> Field:
        if isinstance(self.array, Ragged):
            return Field(self.array.shape, str(self.array.values.dtype))
        if self._times is not None:
            return Field(self.array.shape, self._times)
        text = self.array.dtype.kind in "US"
        shape = self._turned(pick).shape
        return Field(shape, "text" if text else str(self.array.dtype))

    def _turned(self, pick: Pick) -> Any:
        if pick.columns:
            return columns_of(self.array, pick)
        if pick.row_axis and not isinstance(self.array, Ragged):
            import numpy as np

            if pick.row_axis >= self.array.ndim:
                shape = self.array.shape
                raise DataProblem(f"{self.name} has shape {shape}: it has no axis {pick.row_axis}.")
            return np.moveaxis(self.array, pick.row_axis, 0)
        return self.array

    def blocks(self, picks: Mapping[str, Pick], size: int) -> Iterator[Load]:
        turned = {role: self._turned(pick) for role, pick in picks.items()}
        rows = min(len(array) for array in turned.values())
        plain = all(map(_plain, turned.values()))

        def cut(start: int) -> Block:
            stop = start + size
            if plain:
                return Block({role: array[start:stop] for role, array in turned.items()})
            return Block(
                {
                    role: block if picks[role].text else numbered(block, picks[role].classes, self.name, start)
                    for role, array in turned.items()
                    for block in (_block(array[start:stop]),)
                }
            )

        for start in range(0, rows, size):
            yield partial(cut, start)

    def close(self) -> None:
        pass


def _type_of(array: Array) -> str:
    """The type of an array, for messages; of Python objects that of the first that is neither number nor text."""
    if array.dtype.kind != "O":
        return str(array.dtype)
    odd = next((each for each in array.flat if not isinstance(each, int | float | str)), None)
    return f"objects such as {odd}" if odd is None else f"objects of the type {type(odd).__name__}"


def _plain(array: Any) -> bool:
    """Whether any run of rows is as `_block` would make it, and `numbered` has nothing to do."""
    if isinstance(array, Ragged):
        return True
    return bool(array.flags.c_contiguous and array.dtype.isnative and array.dtype.kind not in "US")


def _block(part: Any) -> Any:
    """A block as files give it: rows in C order and numbers in native bytes, lest sums be added in another order."""
    if isinstance(part, Ragged):
        return part
    import numpy as np

    return np.ascontiguousarray(part, dtype=part.dtype.newbyteorder("="))
