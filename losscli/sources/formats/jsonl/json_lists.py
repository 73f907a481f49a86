"""Numbers, lists of numbers and lists of lists in lines of JSON, as arrays."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from ....core.arrays.ragged import Ragged, row_offsets
from ....core.safe_text import shown
from ....core.scratch import Array
from .. import object_text
from ..arrow_to_numpy import BadCell
from ..csv.csv_dialect import NULL_TEXTS, is_number, number_hint


def is_gone(cell: Any) -> bool:
    """Whether a value is missing, as null or as a text that says so."""
    return cell is None or (isinstance(cell, str) and cell in NULL_TEXTS)


def written_list(cell: Any) -> Any:
    """A list that is written as text, such as "[0.1 0.9]", as a list; any other value as it is."""
    return (object_text.vector(cell) if isinstance(cell, str) else None) or cell


def lengths_of(cells: Sequence[list[Any]]) -> tuple[int | None, tuple[int, ...]]:
    """The length that lists have, None where it varies, and the lengths of the lists in them."""
    lengths = {len(cell) for cell in cells}
    entry = next((each for cell in cells for each in cell if isinstance(each, list)), None)
    inner: list[int] = []
    while isinstance(entry, list):
        inner.append(len(entry))
        entry = entry[0] if entry else None
    return (lengths.pop() if len(lengths) == 1 else None), tuple(inner)


def as_floats(values: list[Any], name: str) -> Array:
    """Numbers as float64; a whole number that no float holds is a fault of its row."""
    try:
        return np.array(values, dtype=np.float64)
    except OverflowError:
        row = next(row for row, value in enumerate(values) if abs(value) > 1 << 1023)
        raise BadCell(row, name, "holds a whole number that is too large") from None


def number_of(cell: Any, row: int, name: str) -> float:
    """The number in a cell, which may be written as text."""
    if isinstance(cell, bool | int | float):
        return cell
    if isinstance(cell, str) and is_number(cell):
        return _text_number(cell)
    said = shown(cell if isinstance(cell, str) else json.dumps(cell), 60)
    hint = (
        number_hint(cell, dialect=False) if isinstance(cell, str) else "Reach into it with a path, such as a.b or a.0."
    )
    raise BadCell(row, name, f"holds '{said}', which is not a number", hint)


def _text_number(cell: str) -> float:
    try:
        return float(object_text.scalar(cell) or cell)
    except ValueError:  # as Windows writes it
        return (-np.inf if cell.strip().startswith("-") else np.inf) if "INF" in cell.upper() else np.nan


def lists_of(column: list[Any], name: str, *, gaps: bool) -> tuple[Ragged, Array | None, Array | None]:
    """Lists of numbers as Ragged, a null being empty, the mask of nulls, and that of `gaps` among the values."""
    values: list[Any] = []
    sizes = np.zeros(len(column), dtype=np.int64)
    for row, cell in enumerate(column):
        if is_gone(cell):
            continue
        if isinstance(cell, str):
            if (written := object_text.vector(cell)) is None:
                raise BadCell(row, name, *object_text.fault(cell))
            cell = written
        if not isinstance(cell, list):
            said = shown(json.dumps(cell), 60)
            raise BadCell(row, name, f"holds {said} where lists are expected")
        if any(isinstance(each, list) for each in cell):
            return _lists_of_lists(column, name)
        if None in cell and not gaps:
            raise BadCell(row, name, "is a list with a null in it", "Fill the gap, or make the whole list null.")
        values += [each if type(each) in (int, float, type(None)) else number_of(each, row, name) for each in cell]
        sizes[row] = len(cell)
    mask = np.array(list(map(is_gone, column)), dtype=bool)
    holes = np.array([each is None for each in values], dtype=bool) if None in values else None
    if holes is not None:
        values = [np.nan if each is None else each for each in values]
    return Ragged(as_floats(values, name), row_offsets(sizes)), mask if mask.any() else None, holes


def _lists_of_lists(column: list[Any], name: str) -> tuple[Ragged, Array | None, Array | None]:
    """The same where the lists hold lists, all of one shape in a row's list."""
    entries: list[Any] = []
    sizes = np.zeros(len(column), dtype=np.int64)
    for row, cell in enumerate(column):
        if is_gone(cell):
            continue
        try:
            values = np.array(
                [[np.nan if each is None else each for each in entry] for entry in cell], dtype=np.float64
            )
        except (TypeError, ValueError):
            raise BadCell(
                row, name, "is a list of lists that differ in length or hold what is no number",
                "The lists in a list have one length, such as a logit a class.",
            ) from None  # fmt: skip
        if len(cell) and entries and values.shape[1:] != entries[0].shape[1:]:
            here, there = (" x ".join(map(str, each.shape[1:])) for each in (values, entries[0]))
            raise BadCell(row, name, f"is a list of lists of {here} values where {there} are expected")
        if len(cell):
            entries.append(values)
        sizes[row] = len(cell)
    mask = np.array(list(map(is_gone, column)), dtype=bool)
    whole = np.concatenate(entries) if entries else np.zeros(0)
    return Ragged(whole, row_offsets(sizes)), mask if mask.any() else None, None
