"""Series and DataFrames of pandas belong together by the labels of their rows, never by position against them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...core.errors import DataProblem
from ...core.notes import Note
from ...core.safe_text import shown
from ..columns.recognition import CALLED
from ..frame import Picked


def paired_by_index(roles: Mapping[str, Picked], notes: list[str]) -> dict[str, Picked]:
    """The roles, with the rows of each that has an index in the order of the first's. Others are paired by position.

    Indexes that are not the same labels, each once, are a DataProblem.
    """
    paired = dict(roles)
    indexed = [(role, index) for role, (table, _) in roles.items() if (index := _index(table)) is not None]
    if len(indexed) < 2:
        return paired
    (first, ours), *others = indexed
    for role, theirs in others:
        if theirs is ours or len(theirs) != len(ours) or theirs.equals(ours):
            continue
        order = _order(ours, theirs)
        table, pick = roles[role]
        if order is None:
            raise _differ(roles[first][0].name, ours, table.name, theirs)
        paired[role] = table.taken(order), pick  # type: ignore[attr-defined]
        text = f"{_called(role)}: rows paired with those of the {_called(first)} by their index."
        notes.append(Note(text, kind="paired_by_index", role=role))
    return paired


def _index(table: Any) -> Any:
    return getattr(table, "index", None)


def _called(role: str) -> str:
    return CALLED.get(role, role)


def _order(ours: Any, theirs: Any) -> Any:
    """Where each of our labels is among theirs; None where they are not the same labels, each once."""
    if not (ours.is_unique and theirs.is_unique):
        return None
    try:
        order = np.asarray(theirs.get_indexer(ours))
    except (TypeError, ValueError):  # labels of types that are not compared
        return None
    return order if (order >= 0).all() else None


def _differ(name: str, ours: Any, other: str, theirs: Any) -> DataProblem:
    row = next((i for i, (one, two) in enumerate(zip(ours, theirs, strict=True)) if one != two), 0)
    one, two = shown(str(ours[row])), shown(str(theirs[row]))
    twice = not (ours.is_unique and theirs.is_unique)
    why = "and a label is there twice" if twice else "and they are not the same labels"
    return DataProblem(
        f"{name} and {other} have indexes that differ, {why}: in row {row} (from 0) one has {one}, the other {two}.",
        "Give both one index, name a key column with join=, or pair them by position with .to_numpy().",
        kind="index_differs",
        row=row,
    )
