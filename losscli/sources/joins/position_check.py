"""Doubts about rows that are paired by position: their ids say otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing, suppress

import numpy as np

from ...core.errors import DataProblem
from ...core.safe_text import shown
from ..frame import Picked
from .keys import FORMS, KeyColumns, Wider

_LOOK = 1024  # rows compared
_USUAL = ("id", "key", "index", "idx", "uid", "uuid", "guid")


def doubts(roles: Mapping[str, Picked]) -> list[str]:
    """Where rows are paired by position, a note on each file whose first ids are not those of the predictions."""
    first, *others = {id(table): table for table, _ in roles.values()}.values()
    used = {name for _, pick in roles.values() for name in pick.columns}
    notes = []
    for table in others:
        for name in first.columns:
            usual = name.lower() in _USUAL or name.lower().endswith("_id")
            if usual and name in table.columns and name not in used and first.repeatable and table.repeatable:
                row = _first_difference(KeyColumns(first, (name,)), KeyColumns(table, (name,)))
                if row is not None:
                    notes.append(
                        f"{first.name} and {table.name} are paired by position, but column {shown(name)} differs "
                        f"in row {row} (from 0). --join {shown(name)} pairs by key."
                    )
                break
    return notes


def _first_difference(one: KeyColumns, two: KeyColumns) -> int | None:
    """The first row of a few whose keys differ; None also where keys cannot be told."""
    for form in FORMS:
        with suppress(Wider, DataProblem), closing(one.runs([form])) as a, closing(two.runs([form])) as b:
            keys, others = next(a), next(b)
            count = min(len(keys), len(others), _LOOK)
            keys, others = keys.cut(0, count), others.cut(0, count)
            differ = np.flatnonzero(keys.before(others) | others.before(keys))
            return int(differ[0]) if len(differ) else None
    return None
