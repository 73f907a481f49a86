"""DataFrames, Arrow tables and dictionaries in memory, as a table whose columns have names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date
from typing import Any

import numpy as np

from ...core.arrays.inputs import Ragged
from ...core.errors import DataProblem, UsageProblem
from ...core.record import replace
from ...core.scratch import Array
from ..arrays import ArrayTable
from ..columns.recognition import CALLED
from ..file_spec import match
from ..table import Block, Field, Load, Pick
from .array_like import array_of
from .frames import NamedData, named_data
from .objects import Values


class NamedColumns:
    """A DataFrame, an Arrow table, a dictionary of columns, or what else has columns with names."""

    format = "array"
    path = None
    repeatable = True

    def __init__(self, data: NamedData, name: str) -> None:
        self.name = name
        self._data = data
        self._order: Array | None = None  # of the rows, where it is not their own
        self.columns: tuple[str, ...] = data.names
        if len(set(self.columns)) < len(self.columns):
            raise DataProblem(f"{name}: two columns have the same name.", "Rename one of them.")
        self._values: dict[str, Values] = {}
        self._tables: dict[Any, ArrayTable] = {}

    @classmethod
    def of(cls, given: Any, name: str) -> NamedColumns:
        """The table of what has named columns."""
        return cls(named_data(given, name), name)

    @property
    def rows(self) -> int:
        return self._data.rows()

    @property
    def index(self) -> Any:
        """The labels of the rows, of a DataFrame of pandas."""
        return self._data.index if self._order is None else None

    def taken(self, order: Array) -> NamedColumns:
        """The table with its rows in this order."""
        table = NamedColumns(self._data, self.name)
        table._order = order
        return table

    def is_text(self, column: str) -> bool:
        """Whether a column holds text."""
        return self.describe(Pick((column,))).dtype == "text"

    def _table(self, pick: Pick) -> ArrayTable:
        names = pick.columns or self.columns
        if pick.row_axis:
            raise UsageProblem(f"{self.name} is a table, so its rows are its first axis.")
        match(names, self.columns, self.name)
        key = (names, pick.text, pick.classes, pick.ragged)
        if key not in self._tables:
            table = self._keys(names[0]) if pick.text else self._side_by_side(names, pick)
            self._tables[key] = table if self._order is None else table.taken(self._order)
        return self._tables[key]

    def _keys(self, column: str) -> ArrayTable:
        array, times = key_array(self._data.column(column), self._called((column,)))
        return ArrayTable(array, self._called((column,)), times)

    def _called(self, names: tuple[str, ...]) -> str:
        return f"{self.name} column {', '.join(names)}"

    def _side_by_side(self, names: tuple[str, ...], pick: Pick) -> ArrayTable:
        """Columns as one array, and what is missing in any of them."""
        if self._data.whole is not None and names == self.columns and len(names) > 1:
            return ArrayTable(self._data.whole(), self.name if not pick.columns else self._called(names))
        columns = [self._column(name, pick.classes) for name in names]
        called = self._called(names)
        if len(columns) == 1:
            return ArrayTable(columns[0][0], called, missing=columns[0][1])
        arrays = [values for values, _ in columns if not isinstance(values, Ragged) and values.ndim == 1]
        if len(arrays) < len(columns):
            raise UsageProblem(f"{called} do not go side by side: one has several values a row.", "Name one of them.")
        if len({array.dtype.kind in "US" for array in arrays}) > 1:
            option = next((f"--{role} COLUMNS" for role, called in CALLED.items() if called == self.name), "")
            hint = f"Name those wanted: {option}." if option else "Name those wanted."
            raise DataProblem(f"{self.name} has columns of text beside columns of numbers.", hint, kind="column_type")
        if len({len(array) for array in arrays}) > 1:
            raise DataProblem(f"{called} differ in length.", "Give columns with one entry a row.")
        masks = [mask for _, mask in columns if mask is not None]
        missing = np.logical_or.reduce(masks) if masks else None
        return ArrayTable(np.column_stack(arrays), called, missing=missing)

    def _column(self, name: str, classes: tuple[str, ...]) -> Values:
        """The values of a column, texts that are numbers read as such, as in a file."""
        if name not in self._values:
            self._values[name] = array_of(self._data.column(name), self._called((name,)))
        values, missing = self._values[name]
        if isinstance(values, Ragged) or values.dtype.kind not in "US" or not len(values):
            return values, missing
        from .written import read_texts

        return read_texts(values, missing, classes, self._called((name,)))

    def describe(self, pick: Pick) -> Field:
        return self._table(pick).describe(replace(pick, columns=()))

    def blocks(self, picks: Mapping[str, Pick], size: int) -> Iterator[Load]:
        inner = [self._table(pick).blocks({role: replace(pick, columns=())}, size) for role, pick in picks.items()]
        for loads in zip(*inner, strict=True):

            def load(loads: tuple[Load, ...] = loads) -> Block:
                blocks = [each() for each in loads]
                return Block(
                    {role: array for block in blocks for role, array in block.arrays.items()},
                    {role: mask for block in blocks for role, mask in block.missing.items()},
                )

            yield load

    def close(self) -> None:
        pass


def key_array(column: Any, name: str) -> tuple[Any, str | None]:
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
