"""Python objects in an array, as DataFrames have them: numbers with gaps, rows of numbers, and texts."""

from __future__ import annotations

import re
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np

from ..core.arrays.ragged import Ragged, row_offsets

_PADDED = re.compile(r"\s*[+-]?0\d")  # 007 is a name


def unboxed(objects: Any) -> Any:
    """The objects of an array as an array of their own type, as rows of numbers, or as they are if they have none.

    What is missing among numbers (None, NaN, pandas' NA) is NaN. Texts are numbers or lists of them if all of them are,
    as they are in a CSV file, and otherwise texts.
    """
    cells = objects.ravel().tolist()
    if all(isinstance(cell, str) for cell in cells):
        return _texts(objects, cells)
    if all(isinstance(cell, list | tuple | np.ndarray) for cell in cells):
        return _rows(objects, cells)
    numbers = [np.nan if _is_missing(cell) else cell for cell in cells]
    if all(isinstance(cell, Real | Decimal | np.bool_) for cell in numbers):
        return np.array([float(cell) for cell in numbers]).reshape(objects.shape)
    texts = [cell for cell in cells if not _is_missing(cell)]
    if texts and all(isinstance(cell, str) for cell in texts):
        read = _numbers(["nan" if _is_missing(cell) else cell for cell in cells])
        return objects if read is None else read.reshape(objects.shape)
    return objects


def _is_missing(cell: Any) -> bool:
    return cell is None or type(cell).__name__ in ("NAType", "NaTType") or (isinstance(cell, float) and cell != cell)


def _texts(objects: Any, cells: list[str]) -> Any:
    numbers = _numbers(cells)
    if numbers is not None:
        return numbers.reshape(objects.shape)
    from .formats.object_text import vector

    lists = [vector(cell) for cell in cells] if objects.ndim == 1 and cells and vector(cells[0]) is not None else []
    if lists and all(each is not None for each in lists):
        return _rows(objects, lists)
    return objects.astype(str)


def _numbers(cells: list[str]) -> Any:
    """Texts as numbers; None if one of them is none, or may be a name."""
    from .formats.csv.csv_dialect import is_number
    from .formats.object_text import scalar

    if not cells or not all(is_number(cell) and not _PADDED.match(cell) for cell in cells):
        return None
    try:
        return np.array([float(scalar(cell) or cell) for cell in cells])
    except ValueError:  # NaN as Windows writes it
        return None


def _rows(objects: Any, cells: list[Any]) -> Any:
    """Rows of numbers side by side, or as Ragged where their lengths differ."""
    try:
        rows = [np.asarray(cell) for cell in cells]
    except ValueError:
        return objects
    if objects.ndim != 1 or not rows or any(row.dtype.kind not in "biuf" and row.size for row in rows):
        return objects
    if len({row.shape for row in rows}) == 1:
        return np.stack(rows)
    if any(row.ndim != 1 for row in rows):
        return objects
    return Ragged(np.concatenate(rows), row_offsets(np.array([len(row) for row in rows], dtype=np.int64)))
