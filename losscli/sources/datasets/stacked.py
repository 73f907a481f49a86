"""Files that are a row each: images, masks, spectra. They have one shape, and are read as their turn comes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial

import numpy as np

from ...core.arrays.inputs import show_shape
from ...core.errors import DataProblem, UsageProblem
from ...core.safe_text import shown
from ...core.scratch import Array
from ..table import Block, Field, Load, Pick, Table
from .file_listing import Member

STACKED = ("npy", "npz")  # formats of arrays, whose shape is that of a row


class StackedFiles:
    """Arrays in files, each a row of one array. All have the shape and the dtype of the first."""

    repeatable = True
    columns: tuple[str, ...] = ()

    def __init__(self, path: str, name: str, members: Sequence[Member], opens: Callable[[Member], Table]) -> None:
        self.path, self.name, self.members, self._opens = path, name, list(members), opens
        with closing(opens(self.members[0])) as first:
            self.format = first.format
            if first.format not in STACKED:
                raise UsageProblem(
                    f"--stack makes each file of arrays one row, and {shown(self.members[0].path)} is {first.format}.",
                    "Leave out --stack: each row of such a file is a row.",
                    kind="bad_option",
                    options=("stack",),
                )
            self._row = self._shape_of(first, Pick())
            self._dtype = first.describe(Pick()).dtype

    @property
    def rows(self) -> int:
        """One a file."""
        return len(self.members)

    @staticmethod
    def _shape_of(table: Table, pick: Pick) -> tuple[int, ...]:
        return tuple(side or 0 for side in table.describe(pick).shape)

    def describe(self, pick: Pick) -> Field:
        """The shape of all files beside each other."""
        return Field((self.rows, *self._row), self._dtype)

    def blocks(self, picks: Mapping[str, Pick], size: int) -> Iterator[Load]:
        """Blocks of `size` files."""
        for start in range(0, self.rows, size):
            yield partial(self._load, picks, start, min(start + size, self.rows))

    def _load(self, picks: Mapping[str, Pick], start: int, stop: int) -> Block:
        stacked = np.stack([self._array(member) for member in self.members[start:stop]])
        return Block(dict.fromkeys(picks, stacked))

    def _array(self, member: Member) -> Array:
        with closing(self._opens(member)) as table:
            shape = self._shape_of(table, Pick())
            if shape != self._row:
                raise DataProblem(
                    f"{shown(member.path)} has shape {show_shape(shape)}, and {shown(self.members[0].path)} "
                    f"{show_shape(self._row)}.",
                    "Files that are stacked have one shape; resize or pad them to it.",
                    kind="bad_shape",
                    file=shown(member.path),
                )
            loads = table.blocks({"all": Pick()}, shape[0])
            return np.array(next(loads)().arrays["all"])

    def close(self) -> None:
        """Nothing stays open."""
