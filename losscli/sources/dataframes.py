"""DataFrames and Arrow tables in memory, as a table whose columns have names; and any data as an array."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date
from typing import Any

import numpy as np

from ..core.arrays.inputs import Ragged
from ..core.errors import DataProblem, UsageProblem
from ..core.record import replace
from ..core.scratch import Array
from .arrays import ArrayTable
from .file_spec import match
from .table import Block, Field, Load, Pick


class NamedColumns:
    """A DataFrame, or an Arrow table."""

    format = "array"
    path = None
    repeatable = True

    def __init__(self, frame: Any, name: str) -> None:
        self.name = name
        self._frame = frame
        names = _own_names(frame)
        self.columns: tuple[str, ...] = tuple(map(str, names))
        if len(set(self.columns)) < len(self.columns):
            raise DataProblem(f"{name}: two columns have the same name.", "Rename one of them.")
        self._own = dict(zip(self.columns, names, strict=True))
        self._tables: dict[tuple[str, ...], ArrayTable] = {}
        self._keys: dict[tuple[str, ...], ArrayTable] = {}

    @staticmethod
    def fits(given: Any) -> bool:
        """Whether the data have named columns."""
        return hasattr(given, "column_names") or (hasattr(given, "columns") and hasattr(given, "to_numpy"))

    @staticmethod
    def names_of(given: Any) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(map(str, _own_names(given)))

    @property
    def rows(self) -> int:
        return len(self._frame)

    def _table(self, pick: Pick) -> ArrayTable:
        names = pick.columns or self.columns
        if pick.row_axis:
            raise UsageProblem(f"{self.name} is a table, so its rows are its first axis.")
        match(names, self.columns, self.name)
        if pick.text and names not in self._keys:
            array, times = key_array(self._frame[self._own[names[0]]])
            self._keys[names] = ArrayTable(array, f"{self.name} column {names[0]}", times)
        if pick.text:
            return self._keys[names]
        if names == self.columns and not pick.columns:
            self._tables.setdefault(names, ArrayTable(as_array(self._frame), self.name))
        if names not in self._tables:
            arrays: list[Array] = [as_array(self._frame[self._own[name]]) for name in names]
            if len({not isinstance(array, Ragged) and array.dtype.kind in "US" for array in arrays}) > 1:
                raise DataProblem(f"{self.name} has columns of text beside columns of numbers.", "Name those wanted.")
            if len(arrays) > 1 and any(isinstance(array, Ragged) or array.ndim > 1 for array in arrays):
                text = f"{self.name} has a column of lists beside others: {', '.join(names)}."
                raise UsageProblem(text, "Take one column of lists, or columns of numbers.")
            array = arrays[0] if len(arrays) == 1 else np.column_stack(arrays)
            self._tables[names] = ArrayTable(array, f"{self.name} column {', '.join(names)}")
        return self._tables[names]

    def describe(self, pick: Pick) -> Field:
        return self._table(pick).describe(replace(pick, columns=()))

    def blocks(self, picks: Mapping[str, Pick], size: int) -> Iterator[Load]:
        inner = [self._table(pick).blocks({role: replace(pick, columns=())}, size) for role, pick in picks.items()]
        for loads in zip(*inner, strict=True):

            def load(loads: tuple[Load, ...] = loads) -> Block:
                return Block({role: array for each in loads for role, array in each().arrays.items()})

            yield load

    def close(self) -> None:
        pass


def _own_names(frame: Any) -> list[Any]:
    return list(frame.column_names if hasattr(frame, "column_names") else frame.columns)


def as_array(given: Any) -> Any:
    """Anything array-like (lists, Series, DataFrames, Arrow columns and tables) as an array."""
    if isinstance(given, Ragged):
        return given
    if hasattr(given, "to_pandas") and hasattr(given, "schema"):  # an Arrow table: its columns side by side
        given = given.to_pandas()
    if hasattr(given, "to_numpy"):
        given = given.to_numpy()
    try:
        array = np.asarray(given)
    except ValueError:  # rows of differing length
        array = np.empty(len(given), dtype=object)
        array[:] = given
    if array.dtype.name.startswith(("bfloat16", "float8_")):  # of ml_dtypes, as JAX and TensorFlow have them
        return array.astype(np.float32)
    if array.dtype.kind == "O":
        from .objects import unboxed

        return unboxed(array)
    return array


def key_array(column: Any) -> tuple[Any, str | None]:
    """A column of keys of a DataFrame or an Arrow table, and the dtype of its times, None where it holds no times.

    Times with a zone become instants in UTC. What is missing in a column of texts is an empty text.
    """
    if hasattr(column, "to_pandas"):  # of Arrow
        column = column.to_pandas()
    kind = getattr(column, "dtype", None)
    if getattr(kind, "tz", None) is not None:
        instants = column.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy()
        return instants, f"datetime64[{np.datetime_data(instants.dtype)[0]}, UTC]"
    values = np.asarray(column.to_numpy() if hasattr(column, "to_numpy") else column)
    if values.dtype.kind == "O":
        values = _from_objects(values)
        if isinstance(values, tuple):
            return values
    if values.dtype.kind == "M":
        return values, f"datetime64[{np.datetime_data(values.dtype)[0]}]"
    return values, None


def _from_objects(values: Any) -> Any:
    """Texts, decimals, or dates and times of Python, as an array of their own type; others as they are."""
    from decimal import Decimal

    items = [None if value is None or value != value else value for value in values.tolist()]
    if all(item is None or isinstance(item, str) for item in items):
        return np.array(["" if item is None else item for item in items], dtype=str)
    if all(item is None or isinstance(item, Decimal) for item in items):
        return np.array([np.nan if item is None else float(item) for item in items])
    if not all(item is None or isinstance(item, date) for item in items):
        return values
    zoned = {getattr(item, "tzinfo", None) is not None for item in items if item is not None}
    if len(zoned) > 1:
        return values
    if zoned == {True}:
        items = [None if item is None else item.astimezone(UTC).replace(tzinfo=None) for item in items]
    instants = np.array(["NaT" if item is None else item for item in items], dtype="datetime64[us]")
    return instants, f"datetime64[us{', UTC' if zoned == {True} else ''}]"
