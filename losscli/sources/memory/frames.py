"""What has columns with names in memory: DataFrames of pandas and polars, Arrow tables, dictionaries, records."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ...core.errors import DataProblem, UsageProblem
from ...core.record import record
from ..file_spec import USUAL_NAMES, is_key
from .array_like import array_of
from .objects import type_name


@record
class NamedData:
    """Columns by name: `names` in order, and `column` gives one of them by its name."""

    names: tuple[str, ...]
    column: Callable[[str], Any]
    rows: Callable[[], int]
    index: Any = None  # the labels of the rows, of pandas
    whole: Callable[[], Any] | None = None  # all columns as one array of numbers, where that costs nothing


def has_columns(given: Any) -> bool:
    """Whether the data have columns with names."""
    if is_lazy(given):
        return True
    if isinstance(given, np.ndarray):
        return given.dtype.names is not None
    if isinstance(given, Mapping) and not hasattr(given, "toarray"):  # scipy's matrices of keys are dictionaries too
        return True
    if _is_pandas(given) or _is_arrow(given):
        return True
    if isinstance(given, list | tuple):
        return bool(given) and isinstance(given[0], Mapping) and not hasattr(given[0], "toarray")
    speaks_arrow = hasattr(given, "__arrow_c_stream__") or hasattr(given, "to_arrow") or hasattr(given, "to_pandas")
    return speaks_arrow and (hasattr(given, "columns") or hasattr(given, "column_names") or hasattr(given, "schema"))


def named_data(given: Any, name: str) -> NamedData:
    """The columns of what has some."""
    if is_lazy(given):
        raise DataProblem(f"{name} is {type_name(given)}, which is not computed yet.", "Give x.collect().")
    if isinstance(given, np.ndarray):
        return NamedData(tuple(given.dtype.names or ()), given.__getitem__, given.__len__)
    if isinstance(given, Mapping):
        return _of_mapping(given, name)
    if isinstance(given, list | tuple):
        return _of_mapping(_columns_of_records(given, name), name)
    if _is_pandas(given):
        return _of_pandas(given)
    if not _is_arrow(given):
        given = _as_arrow(given, name)
    if hasattr(given, "read_all"):
        given = given.read_all()
    return NamedData(tuple(given.schema.names), given.column, lambda: int(given.num_rows))


def meant_by_name(columns: tuple[str, ...]) -> bool:
    """Whether some of several columns are called as those of a role or as keys usually are, so that not all are meant.

    Where all names are single letters, such as x, y, z, a y is one of them and not the labels.
    """
    names = [name.lower() for name in columns]
    letters = all(len(name) == 1 for name in names)
    usual = [name for known in USUAL_NAMES.values() for name in known if not letters]
    return any(name in usual for name in names) or any(map(is_key, names))


def index_of(given: Any) -> Any:
    """The labels of the rows of a Series or DataFrame of pandas; None of anything else."""
    return getattr(given, "index", None) if hasattr(given, "iloc") else None


def is_lazy(given: Any) -> bool:
    """Whether it is a plan of polars, which has no rows yet."""
    return type(given).__name__ == "LazyFrame" and hasattr(given, "collect")


def _is_pandas(given: Any) -> bool:
    return hasattr(given, "columns") and hasattr(given, "iloc") and hasattr(given, "index")


def _is_arrow(given: Any) -> bool:
    """A table, a record batch or a reader of Arrow."""
    return hasattr(given, "schema") and (hasattr(given, "num_rows") or hasattr(given, "read_all"))


def _as_arrow(given: Any, name: str) -> Any:
    """The table that another library makes for Arrow, without a copy where it can."""
    import pyarrow as pa

    try:
        if hasattr(given, "__arrow_c_stream__"):
            return pa.table(given)
        if hasattr(given, "to_arrow"):
            table = given.to_arrow()
            return table.read_all() if hasattr(table, "read_all") else table
        return pa.Table.from_pandas(given.to_pandas(), preserve_index=False)
    except (pa.ArrowException, ValueError, TypeError, NotImplementedError) as problem:
        text = " ".join(str(problem).split())
        raise DataProblem(f"{name} cannot be read as a table from {type_name(given)}: {text[:200]}.") from None


def _of_pandas(frame: Any) -> NamedData:
    names = tuple(map(str, frame.columns))
    places = {name: place for place, name in enumerate(names)}
    kinds = set(frame.dtypes)
    plain = len(kinds) == 1 and isinstance(kind := next(iter(kinds)), np.dtype) and kind.kind in "biuf"
    return NamedData(
        names,
        lambda name: frame.iloc[:, places[name]],
        frame.__len__,
        frame.index,
        frame.to_numpy if plain else None,
    )


def _of_mapping(given: Mapping[Any, Any], name: str) -> NamedData:
    own = {str(key): key for key in given}
    if not own:
        raise DataProblem(f"{name} is a dictionary without columns.")

    def rows() -> int:
        values = array_of(given[next(iter(own.values()))], name)[0]
        return len(values)

    return NamedData(tuple(own), lambda column: given[own[column]], rows)


def _columns_of_records(records: Any, name: str) -> dict[str, list[Any]]:
    """Dictionaries, one a row, as columns; a key that a row lacks is missing there."""
    for row, each in enumerate(records):
        if not isinstance(each, Mapping):
            raise UsageProblem(f"{name} has dictionaries beside {type_name(each)}, in row {row} (from 0).")
    keys = dict.fromkeys(str(key) for each in records for key in each)
    return {key: [each.get(key) for each in records] for key in keys}
