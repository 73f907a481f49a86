"""Files that are a row each: images, masks, spectra. They have one shape, and are read as their turn comes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial

import numpy as np

from ...core.arrays.inputs import Shape, show_shape
from ...core.errors import DataProblem, UsageProblem
from ...core.safe_text import shown
from ...core.scratch import Array
from ..table import Block, Field, Load, Pick, Table, columns_of
from .file_listing import Member

STACKED = ("npy", "npz")  # formats of arrays, whose shape is that of a row


class StackedFiles:
    """Arrays in files, each a row of one array. All have the shape and the dtype of the first.

    Of NPZ files each member is a column, as it is of one file.
    """

    repeatable = True

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
            self.columns = first.columns
            self._fields: dict[tuple[str, ...], Field] = {}
            if not self.columns:
                self.describe(Pick())

    @property
    def rows(self) -> int:
        """One a file."""
        return len(self.members)

    def _member(self, pick: Pick) -> Pick:
        """What each file is asked for: a member of an archive, or all of an array."""
        return Pick(pick.columns) if self.columns else Pick()

    def describe(self, pick: Pick) -> Field:
        """The shape of all files beside each other."""
        own = self._member(pick)
        if own.columns not in self._fields:
            with closing(self._opens(self.members[0])) as first:
                self._fields[own.columns] = first.describe(own)
        row = self._fields[own.columns]
        shape = (self.rows, *_known(row.shape))
        if pick.columns and not self.columns:
            shape = (self.rows, len(pick.columns)) if len(pick.columns) > 1 else (self.rows,)
        return Field(shape, row.dtype)

    def blocks(self, picks: Mapping[str, Pick], size: int) -> Iterator[Load]:
        """Blocks of `size` files."""
        for start in range(0, self.rows, size):
            yield partial(self._load, picks, start, min(start + size, self.rows))

    def _load(self, picks: Mapping[str, Pick], start: int, stop: int) -> Block:
        files = [self._arrays(member, picks) for member in self.members[start:stop]]
        arrays = {role: np.stack([each[role] for each in files]) for role in picks}
        if not self.columns:
            arrays = {role: columns_of(array, picks[role]) for role, array in arrays.items()}
        return Block(arrays)

    def _arrays(self, member: Member, picks: Mapping[str, Pick]) -> dict[str, Array]:
        """What each role takes of one file."""
        arrays: dict[str, Array] = {}
        with closing(self._opens(member)) as table:
            for role, pick in picks.items():
                own = self._member(pick)
                self.describe(pick)
                shape, row = _known(table.describe(own).shape), _known(self._fields[own.columns].shape)
                if shape != row:
                    raise DataProblem(
                        f"{shown(member.path)} has shape {show_shape(shape)}, and {shown(self.members[0].path)} "
                        f"{show_shape(row)}.",
                        "Files that are stacked have one shape; resize or pad them to it.",
                        kind="bad_shape",
                        file=shown(member.path),
                    )
                arrays[role] = np.array(next(table.blocks({"all": own}, shape[0]))().arrays["all"])
        return arrays

    def close(self) -> None:
        """Nothing stays open."""


def _known(shape: Shape) -> tuple[int, ...]:
    return tuple(side or 0 for side in shape)
