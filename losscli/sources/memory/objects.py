"""Lists of Python's own objects as arrays: numbers, texts, None, and rows that are lists or arrays themselves."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np

from ...core.arrays.ragged import Ragged, row_offsets
from ...core.errors import DataProblem
from ...core.safe_text import shown
from ...core.scratch import Array

Values = tuple[Array | Ragged, Array | None]  # and where there is no value, shaped like them or one a row


def type_name(given: Any) -> str:
    """The type of what was given, as messages call it."""
    kind = type(given)
    home = kind.__module__.partition(".")[0]
    return kind.__name__ if home == "builtins" else f"{home}.{kind.__name__}"


def blanked(values: Array, mask: Array) -> Array:
    """The values with NaN, 0 or a text that is there in place of what is masked."""
    values = values.copy()
    kept = values[~mask]
    values[mask] = np.nan if values.dtype.kind == "f" else kept[:1] if len(kept) and values.dtype.kind in "US" else 0
    return values


def of_objects(items: list[Any], name: str, array_of: Callable[[Any, str], Values]) -> Values:
    """The values of a list, and the mask of what is missing; `array_of` makes an array of a row that is none yet."""
    missing = np.array([is_missing(item) for item in items], dtype=bool)
    present = [item for item, gone in zip(items, missing.tolist(), strict=True) if not gone]
    if all(isinstance(item, str) for item in present):
        return of_texts(items, present, missing)
    if all(isinstance(item, Real | Decimal | np.bool_) for item in present):
        return _numbers(items, missing, present)
    if any(_is_row(item) for item in present):
        return _rows(items, name, array_of)
    row, odd = next((i, item) for i, item in enumerate(items) if not (missing[i] or isinstance(item, Real | Decimal)))
    if isinstance(odd, str) or any(isinstance(item, str) for item in present):
        raise DataProblem(f"{name} holds numbers beside texts, such as {shown(odd)!r} in row {row} (from 0).")
    raise DataProblem(f"{name} holds {type_name(odd)} in row {row} (from 0), not numbers.", kind="column_type", row=row)


def is_missing(item: Any) -> bool:
    """Whether it stands for a value that is not there: None, pandas' NA and NaT, numpy.ma.masked; NaN is a number."""
    return item is None or item is np.ma.masked or type(item).__name__ in ("NAType", "NaTType")


def _is_row(item: Any) -> bool:
    """Whether it is a row of several values, or an array of one."""
    return isinstance(item, list | tuple | range) or hasattr(item, "__array__") or hasattr(item, "__dlpack__")


def of_texts(items: list[Any], present: list[str], missing: Array) -> Values:
    """Texts as an array; one that is there stands in place of each that is missing."""
    filler = present[0] if present else ""
    texts = np.array([filler if gone else item for item, gone in zip(items, missing.tolist(), strict=True)], dtype=str)
    if not present and len(items):
        return np.full(len(items), np.nan), missing
    return texts, missing if missing.any() else None


def _numbers(items: list[Any], missing: Array, present: list[Any]) -> Values:
    whole = all(isinstance(item, int | np.integer | np.bool_) for item in present) and present
    gone = missing.tolist()
    if whole and all(-(1 << 63) <= int(item) < 1 << 63 for item in present):
        values = np.array([0 if no else int(item) for item, no in zip(items, gone, strict=True)], dtype=np.int64)
    else:
        values = np.array([np.nan if no else float(item) for item, no in zip(items, gone, strict=True)])
    return values, missing if missing.any() else None


def _rows(items: list[Any], name: str, array_of: Callable[[Any, str], Values]) -> Values:
    """Rows side by side: a further axis where all have one shape, else rows of differing length."""
    pairs = [(None, None) if is_missing(item) else array_of(item, f"{name}, row {i}") for i, item in enumerate(items)]
    rows = [np.asarray(values) if not isinstance(values, Ragged) else None for values, _ in pairs if values is not None]
    shapes = [row.shape for row in rows if row is not None]
    if len(shapes) < len(rows):
        raise DataProblem(f"{name} is a list of lists of rows of differing length.", "Give one list of rows.")
    if len(set(shapes)) == 1:
        return _stacked(pairs, shapes[0], name)
    if any(len(shape) != 1 for shape in shapes):
        few = ", ".join(map(str, shapes[:3])) + (", ..." if len(shapes) > 3 else "")
        raise DataProblem(
            f"{name} is a list of arrays of the shapes {few}, as of batches.",
            "Join them first: numpy.concatenate(x), or torch.cat(x).",
            kind="bad_shape",
        )
    for i, (values, mask) in enumerate(pairs):
        if values is None or mask is not None:
            raise DataProblem(f"{name} has no value in row {i} (from 0), and its rows differ in length.", row=i)
    flat = np.concatenate([row for row in rows if row is not None])
    return Ragged(flat, row_offsets([shape[0] for shape in shapes])), None


def _stacked(pairs: list[Any], shape: tuple[int, ...], name: str) -> Values:
    """Rows of one shape as one array; a row that is not there is missing as a whole."""
    kinds = {values.dtype.kind in "US" for values, _ in pairs if values is not None}
    if len(kinds) > 1:
        raise DataProblem(f"{name} has rows of text beside rows of numbers.")
    first = next(values for values, _ in pairs if values is not None)
    array = np.stack([first if values is None else values for values, _ in pairs])
    mask = np.zeros(array.shape, dtype=bool)
    for i, (values, gone) in enumerate(pairs):
        if values is None:
            mask[i] = True
        elif gone is not None:
            mask[i] = gone
    return (blanked(array, mask), mask) if mask.any() else (array, None)
