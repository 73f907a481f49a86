"""Rows of differing length in memory: predictions and labels both are, or neither."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...core.arrays.ragged import Ragged
from ..frame import Picked
from .array_like import uneven


def check_lengths(roles: Mapping[str, Picked], *, sequences: bool) -> None:
    """Refuse rows of differing length beside rows of one length or single values, naming the first that differs.

    Args:
        roles: predictions, labels and what else has rows.
        sequences: whether labels are sequences, which may be of any length beside predictions.
    """
    differing = {role: rows for role, picked in roles.items() if (rows := _uneven_rows(picked)) is not None}
    if not differing or (sequences and differing.keys() == {"label"}):
        return
    alike = {"pred", "label"} & roles.keys() <= {role for role in roles if _varies(roles[role])}
    if not alike:
        role = next(iter(differing))
        table, pick = roles[role]
        columns = pick.columns or table.columns
        raise uneven(differing[role], f"{table.name} column {', '.join(columns)}" if columns else table.name)


def _varies(picked: Picked) -> bool:
    """Whether rows may have any length."""
    return None in picked[0].describe(picked[1]).shape[1:]


def _uneven_rows(picked: Picked) -> Ragged | None:
    """The rows of data in memory, where they differ in length; None of others, and of files."""
    table, pick = picked
    if table.format != "array" or not _varies(picked):
        return None
    rows: Any = next(iter(table.blocks({"": pick}, table.rows or 1)))().arrays[""]
    return rows if isinstance(rows, Ragged) else None
