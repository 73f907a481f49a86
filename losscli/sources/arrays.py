"""Arrays already in memory, as a table: what the Python API runs on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from ..core.arrays.inputs import Ragged
from ..core.errors import DataProblem
from ..core.scratch import Array
from .classes.class_names import numbered
from .table import Block, Field, Load, Pick, columns_of


class ArrayTable:
    """One array (or Ragged) as a table without column names.

    `missing` marks what is not there, shaped like the array or one a row; `index` are the labels of the rows of a
    Series or DataFrame, by which its rows belong to those of others.
    """

    format = "array"
    path = None
    columns: tuple[str, ...] = ()
    repeatable = True

    def __init__(
        self,
        array: Array | Ragged,
        name: str,
        times: str | None = None,
        *,
        missing: Array | None = None,
        index: Any = None,
    ) -> None:
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
        self.missing = missing
        self.index = index

    @property
    def rows(self) -> int:
        return len(self.array)

    def taken(self, order: Array) -> ArrayTable:
        """The table with its rows in this order."""
        missing = None if self.missing is None else self.missing[order]
        return ArrayTable(self.array[order], self.name, self._times, missing=missing)

    def describe(self, pick: Pick) -> Field:
        if isinstance(self.array, Ragged):
            return Field(self.array.shape, str(self.array.values.dtype))
        if self._times is not None:
            return Field(self.array.shape, self._times)
        text = self.array.dtype.kind in "US"
        shape = self._turned(self.array, pick).shape
        return Field(shape, "text" if text else str(self.array.dtype))

    def _turned(self, array: Any, pick: Pick) -> Any:
        """The columns of a pick, the axis that counts rows first."""
        if pick.columns:
            return columns_of(array, pick)
        if pick.row_axis and not isinstance(array, Ragged):
            import numpy as np

            if pick.row_axis >= array.ndim:
                raise DataProblem(f"{self.name} has shape {array.shape}: it has no axis {pick.row_axis}.")
            return np.moveaxis(array, pick.row_axis, 0)
        return array

    def _missing_rows(self, pick: Pick) -> Array | None:
        """The rows of a pick in which something is missing; None where nothing is."""
        mask = self.missing
        if mask is None or pick.text:
            return None
        if mask.ndim > 1:
            mask = self._turned(mask, pick)
            mask = mask.reshape(len(mask), -1).any(axis=1)
        return mask if mask.any() else None

    def blocks(self, picks: Mapping[str, Pick], size: int) -> Iterator[Load]:
        turned = {role: self._turned(self.array, pick) for role, pick in picks.items()}
        masks = {role: mask for role, pick in picks.items() if (mask := self._missing_rows(pick)) is not None}
        rows = min(len(array) for array in turned.values())
        plain = all(map(_plain, turned.values()))

        def cut(start: int) -> Block:
            stop = start + size
            missing = {role: mask[start:stop] for role, mask in masks.items() if mask[start:stop].any()}
            if plain:
                return Block({role: array[start:stop] for role, array in turned.items()}, missing)
            arrays = {
                role: block if picks[role].text else numbered(block, picks[role].classes, self.name, start)
                for role, array in turned.items()
                for block in (_block(array[start:stop]),)
            }
            return Block(arrays, missing)

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
