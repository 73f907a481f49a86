"""`stack` of data in memory: an array is one row, such as an image, as a file of an array is."""

from __future__ import annotations

from typing import Any

from ...core.arrays.inputs import Ragged
from ...core.errors import UsageProblem
from ..arrays import ArrayTable
from .frames import index_of


def table_of(given: Any, values: Any, missing: Any, called: str, *, stack: bool | None) -> ArrayTable:
    """The table of an array; with `stack` all of it is one row, where arrays in a list are a row each already."""
    rows = isinstance(given, list | tuple) and bool(given) and getattr(given[0], "ndim", 0) > 1
    if not stack or isinstance(values, Ragged) or rows or values.ndim == 0:
        return ArrayTable(values, called, missing=missing, index=index_of(given))
    return ArrayTable(values[None], called, missing=None if missing is None else missing[None])


def refuse_stacked(called: str, *, stack: bool | None) -> None:
    """Refuse `stack` of a table with columns, which is no array that could be a row."""
    if stack:
        raise UsageProblem(
            f"--stack makes each array one row, and the {called} are a table with columns.",
            "Leave out --stack: each row of a table is a row.",
            kind="bad_option",
            options=("stack",),
        )
