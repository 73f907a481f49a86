"""The scale of the series of each row, as a further column of the table that names the series."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, cast

import numpy as np

from ...core.declarations.param import Role
from ...core.notes import Note
from ...core.safe_text import shown
from ...core.scratch import Array
from ..frame import Frame, Picked
from ..grouping.group_columns import GroupColumn, pick_of_column
from ..grouping.group_keys import GroupKeys
from ..table import Block, Field, Load, Pick, Table
from .values import BESIDE, ROLE, history_values

SERIES = "series"
SCALE_OF = "scale of its series in "  # and a file: the name of the column that no file holds


class SeriesScales:
    """The scale of each series of a history, looked up by the names of series."""

    def __init__(self, role: Role, history: Picked, series: Picked, season: int, notes: list[str]) -> None:
        self.history, self.season = history, season
        self.names = series[1].columns or (SERIES,)
        columns = [GroupColumn(name, (f"{BESIDE}{i}",)) for i, name in enumerate(self.names)]
        self.keys = GroupKeys(columns, cast(Frame, None))
        values, numbers = history_values(history, self.names, self.keys, notes)
        self.count = len(self.keys)
        assert role.scales is not None
        self.scales, self.differences = role.scales(values, numbers, self.count, season)
        of = f"{', '.join(map(shown, self.names))} in {history[0].name}"
        text = f"history: {self.count} series by {of}{self._without_scale()}."
        notes.append(Note(text, kind="history", role=ROLE, file=history[0].name))

    def _without_scale(self) -> str:
        """Which series have no scale, in words."""
        short, still = np.flatnonzero(self.differences == 0), np.flatnonzero(self.scales == 0)
        words = []
        for which, why in ((short, f"is not longer than a season of {self.season}"), (still, "never changes")):
            if len(which):
                key = ", ".join(shown(str(each)) for each in self.keys.key(int(which[0])))
                more = f" (and {len(which) - 1} more)" if len(which) > 1 else ""
                words.append(f"{key}{more} {why}")
        return f"; {' and '.join(words)}, so it has no scale" if words else ""

    def of(self, block: Block, start: int) -> tuple[Array, Array | None]:
        """The scale of the series of each row, and where there is none."""
        numbers = self.keys.numbers(block.arrays, block.missing, start)
        known = numbers < self.count
        numbers = np.where(known, numbers, 0)
        known &= self.differences[numbers] > 0
        return np.where(known, self.scales[numbers], np.nan), None if known.all() else ~known


def _is_scale(pick: Pick) -> bool:
    return len(pick.columns) == 1 and pick.columns[0].startswith(SCALE_OF)


class WithScales:
    """A table with a further column that no file holds: the scale of the series of each row."""

    def __init__(self, table: Table, names: tuple[str, ...], scales: SeriesScales, roles: Mapping[str, Picked]) -> None:
        self._table, self._scales = table, scales
        whole = Pick(text=not names and table.describe(Pick()).dtype == "text")
        columns = [pick_of_column(name, table, roles, False) for name in names] or [whole]
        self._keys = {f"{BESIDE}{i}": pick for i, pick in enumerate(columns)}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._table, name)

    def taken(self, order: Array) -> WithScales:
        """The table with its rows in this order."""
        view = object.__new__(WithScales)
        view._table, view._scales, view._keys = self._table.taken(order), self._scales, self._keys  # type: ignore[attr-defined]
        return view

    def describe(self, pick: Pick) -> Field:
        """As the table beneath, whose rows the scales have too."""
        if not _is_scale(pick):
            return self._table.describe(pick)
        return Field(self._table.describe(next(iter(self._keys.values()))).shape[:1], "float64")

    def blocks(self, picks: Mapping[str, Pick], size: int) -> Iterator[Load]:
        """The blocks of the table beneath, with the scales where they are picked."""
        wanted = [role for role, pick in picks.items() if _is_scale(pick)]
        if not wanted:
            yield from self._table.blocks(picks, size)
            return
        beneath = {role: pick for role, pick in picks.items() if not _is_scale(pick)}
        start = 0
        for load in self._table.blocks({**beneath, **self._keys}, size):
            yield partial(self._with, load, wanted, tuple(beneath), start)
            start += size

    def _with(self, load: Load, wanted: list[str], beneath: tuple[str, ...], start: int) -> Block:
        block = load()
        scales, none = self._scales.of(block, start)
        arrays = {role: block.arrays[role] for role in beneath} | dict.fromkeys(wanted, scales)
        missing = {role: mask for role, mask in block.missing.items() if role in beneath}
        return Block(arrays, missing if none is None else {**missing, **dict.fromkeys(wanted, none)})
