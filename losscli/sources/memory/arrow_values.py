"""A column of Arrow in memory as a NumPy array, by the functions that read the columns of files."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core.arrays.inputs import Ragged
from ...core.errors import DataProblem
from ...core.safe_text import shown
from ..formats.arrow_lists import even, lists
from ..formats.arrow_to_numpy import BadCell, kind_of, nulls, numbers
from .objects import Values, of_texts


def joined(column: Any) -> Any:
    """A column as one array, texts in a form that all functions know."""
    if hasattr(column, "chunks"):
        column = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
        if hasattr(column, "chunks"):  # of no chunk, or of more than one array holds
            import pyarrow as pa

            column = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
    if str(column.type) in ("string_view", "binary_view"):
        column = column.cast("large_string" if str(column.type) == "string_view" else "large_binary")
    return column


def values_of(column: Any, name: str) -> Values:
    """The values of a column, and the mask of its nulls."""
    array = joined(column)
    kind = kind_of(array.type)
    if kind is None:
        what = shown(str(array.type), 80)
        raise DataProblem(f"{name} is of type {what}, which holds no numbers.", kind="column_type")
    try:
        if kind.form == "list":
            return _lists(array, kind.width, name)
        if kind.form == "number":
            return numbers(array)
    except BadCell as bad:
        raise DataProblem(f"{name}: row {bad.row} (from 0) {bad.what}.", bad.hint) from None
    if kind.form == "text":
        return _texts(array)
    raise DataProblem(f"{name} holds {kind.dtype}, not numbers.", kind="column_type")


def _texts(array: Any) -> Values:
    items = [item.decode("utf-8", "surrogateescape") if isinstance(item, bytes) else item for item in array.to_pylist()]
    missing = nulls(array)
    gone = np.zeros(len(items), dtype=bool) if missing is None else missing
    return of_texts(items, [item for item in items if item is not None], gone)


def _lists(array: Any, width: int | None, name: str) -> Values:
    """A column of lists: two-dimensional where all have one length, else Ragged."""
    rows, mask = lists(array, name)
    sizes = np.diff(rows.offsets)[slice(None) if mask is None else ~mask]
    if width is None and len(sizes) and (sizes == sizes[0]).all():
        width = int(sizes[0])
    if width is None:
        if mask is not None:
            row = int(np.argmax(mask))
            raise DataProblem(f"{name} has no value in row {row} (from 0).", "Leave such rows out first.")
        return Ragged(rows.values, rows.offsets), nulls(array)
    return even(rows, mask, width, name), mask
