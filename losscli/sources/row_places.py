"""Where rows of a run stand in the files that they came from, however they were paired and chosen."""

from __future__ import annotations

import numpy as np

from ..core.scratch import Array
from .frame import Frame
from .joins.bitmap import Bitmap
from .joins.join import JoinedFrame
from .joins.table_views import Reordered, Selected
from .row_filter.where import FilteredFrame
from .table import Table

_FEW = 64
ANCHOR = ("label", "pred")  # the role whose rows are counted: the labels, else the predictions


def anchor_of(frame: Frame) -> str:
    """The role whose file says which row is which."""
    return next(role for role in ANCHOR if role in frame.roles)


def file_rows(frame: Frame, rows: Array) -> Array:
    """The rows of the labels' file (or of the predictions', without labels) that these rows of the frame are."""
    if isinstance(frame, FilteredFrame):
        rows, frame = _marked(frame.marks, rows), frame.beneath
    return _beneath(frame.roles[anchor_of(frame)][0], rows)


def row_keys(frame: Frame, places: Array) -> Array | None:
    """A number for the key of each of these rows of the labels' file, where only keys say which rows they are.

    That is where rows are paired by key and the labels stand in the predictions' own file: another model's file may
    have them in another order. None where the place in the labels' file says it.
    """
    frame = frame.beneath if isinstance(frame, FilteredFrame) else frame
    if not isinstance(frame, JoinedFrame) or frame.roles[anchor_of(frame)][0].path != frame.roles["pred"][0].path:
        return None
    codes: Array = frame.key.codes()[places]
    return codes


def stand_as_read(frame: Frame) -> bool:
    """Whether the rows of the frame are those of the labels' file (or the predictions'), in its order."""
    return not isinstance(frame, FilteredFrame | JoinedFrame) and not isinstance(
        frame.roles[anchor_of(frame)][0], Selected | Reordered
    )


def _beneath(table: Table, rows: Array) -> Array:
    if isinstance(table, Selected):
        return _beneath(table.table, rows if table.marks.full else _marked(table.marks, rows))
    if isinstance(table, Reordered):
        wanted = rows if table.marks.full else _marked(table.marks, rows)
        origin = np.full(table.marks.rows, -1, dtype=np.int64)
        start = 0
        for to in table.places.parts():
            placed = np.flatnonzero(to >= 0)
            origin[to[placed]] = start + placed
            start += len(to)
        return _beneath(table.table, origin[wanted])
    return rows


def _marked(marks: Bitmap, numbers: Array) -> Array:
    """The rows of these set marks; a few are looked up one by one, for which not all need be in memory."""
    if len(numbers) <= _FEW:
        return np.array([marks.nth(number) for number in numbers.tolist()], dtype=np.int64)
    return _set_marks(marks)[numbers]


def _set_marks(marks: Bitmap) -> Array:
    """The rows that are marked."""
    return np.concatenate(
        [np.zeros(0, dtype=np.int64), *(start + np.flatnonzero(part) for start, part in marks.parts())]
    )
