"""Columns of text without a header, which are numbers: from 0, unless only counting from 1 can be meant."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from ..file_spec import parse
from ..table import Table


@runtime_checkable
class CountedTable(Protocol):
    """A table whose columns have no names but their numbers."""

    counted: bool

    def count_from(self, first: int) -> None:
        """Name the columns by their numbers from `first`."""


def settle_numbers(table: Table, path: str, given: Mapping[str, Any], columns: Mapping[str, Sequence[str]]) -> None:
    """Count the columns of a table from 1, where what is named of it, by all roles together, fits nothing else.

    Args:
        table: the table that was opened.
        path: where it was opened.
        given: the SPECs of all roles.
        columns: the columns that options name, by role.
    """
    if not isinstance(table, CountedTable) or not table.counted:
        return
    named = set(_named(path, given, columns))
    if str(len(table.columns)) in named and "0" not in named:
        table.count_from(1)


def _named(path: str, given: Mapping[str, Any], columns: Mapping[str, Sequence[str]]) -> Iterator[str]:
    base = given.get("pred")
    for role in {*given, *columns}:
        value = given.get(role)
        spec = parse(os.fspath(value)) if isinstance(value, str | os.PathLike) else None
        where = spec.path if spec is not None and spec.path else base
        if isinstance(where, str | os.PathLike) and parse(os.fspath(where)).path == path:
            yield from columns.get(role) or ()
            yield from spec.columns if spec is not None else ()
