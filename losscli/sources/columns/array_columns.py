"""Columns of an array that has no names for them: their numbers from 0, as in `x.npy::0,2:5`."""

from __future__ import annotations

import re

from ...core.arrays.inputs import show_shape
from ...core.errors import UsageProblem
from ...core.safe_text import shown
from ..table import Pick, Table

_RANGE = re.compile(r"(\d*):(\d*)")


def counted_columns(patterns: tuple[str, ...], table: Table, option: str) -> tuple[str, ...]:
    """The numbers of the columns that were named by numbers (3) and ranges of them (2:5, without the last)."""
    if not all(pattern.isdecimal() or _RANGE.fullmatch(pattern) for pattern in patterns):
        raise UsageProblem(
            f"{table.name} is an array without column names.",
            f"Leave out {option}.",
            kind="missing_column",
            file=table.name,
            options=(option.removeprefix("--"),),
        )
    shape = table.describe(Pick()).shape
    width = shape[1] if len(shape) == 2 else None
    if width is None:
        raise UsageProblem(
            f"{table.name} has shape {show_shape(shape)}, and columns are chosen of an array with two axes.",
            "Leave out the columns.",
            kind="bad_shape",
            file=table.name,
        )
    columns = [column for pattern in patterns for column in _expanded(pattern, width, table)]
    return tuple(dict.fromkeys(map(str, columns)))


def _expanded(pattern: str, width: int, table: Table) -> range:
    limits = _RANGE.fullmatch(pattern)
    first = int(limits[1] or 0) if limits else int(pattern)
    end = (int(limits[2]) if limits[2] else width) if limits else first + 1
    if not first < end <= width:
        raise UsageProblem(
            f"{table.name} has {width} columns, 0 to {width - 1}, and {shown(pattern)} is not among them.",
            "Columns of an array count from 0, and 2:5 is 2, 3, 4.",
            kind="missing_column",
            file=table.name,
            column=pattern,
        )
    return range(first, end)
