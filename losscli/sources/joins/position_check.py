"""Doubts about rows that are paired by position: their ids say otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing, suppress

import numpy as np

from ...core.errors import DataProblem
from ...core.record import record
from ...core.safe_text import shown
from ..file_spec import is_key
from ..frame import Picked
from ..table import Table
from .key_forms import Wider
from .keys import KeyColumns, first_forms

_LOOK = 1024  # rows compared


@record
class KeyMismatch:
    """Two files that are paired by position, and have a column of ids that differs: in which row first."""

    file: str
    other: str
    column: str
    row: int

    @property
    def evidence(self) -> str:
        """What is odd, in words."""
        return (
            f"{self.file} and {self.other} are paired by position, but column {shown(self.column)} differs "
            f"in row {self.row} (from 0)."
        )

    @property
    def note(self) -> str:
        """The same, and what to type."""
        return f"{self.evidence} --join {shown(self.column)} pairs by key."


def key_mismatches(roles: Mapping[str, Picked]) -> list[KeyMismatch]:
    """Where rows are paired by position, each file whose first ids are not those of the predictions."""
    first, *others = {id(table): table for table, _ in roles.values()}.values()
    used = {name for _, pick in roles.values() for name in pick.columns}
    mismatches = []
    for table in others:
        for name in first.columns:
            if is_key(name) and name in table.columns and name not in used and first.repeatable and table.repeatable:
                row = _first_difference(first, table, name)
                if row is not None:
                    mismatches.append(KeyMismatch(first.name, table.name, name, row))
                break
    return mismatches


def _first_difference(first: Table, second: Table, name: str) -> int | None:
    """The first row of a few whose keys differ; None also where keys cannot be told."""
    with suppress(DataProblem, Wider):
        one, two = KeyColumns(first, (name,)), KeyColumns(second, (name,))
        (form,) = first_forms(one, two)
        while True:
            with suppress(Wider), closing(one.runs([form])) as a, closing(two.runs([form])) as b:
                keys, others = next(a), next(b)
                count = min(len(keys), len(others), _LOOK)
                keys, others = keys.cut(0, count), others.cut(0, count)
                differ = np.flatnonzero(keys.before(others) | others.before(keys))
                return int(differ[0]) if len(differ) else None
            form = form.wider(0)
    return None
