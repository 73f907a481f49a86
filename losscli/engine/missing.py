"""Rows without a value (nulls, blanks, NaN): the policies that end the run, leave them out or carry them on."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..core.errors import BadValue, DataProblem
from ..core.inputs import Ragged
from ..core.loss import Rows
from ..core.record import record
from ..core.scratch import Array
from ..sources.frame import Frame
from ..sources.table import Block

POLICIES = ("error", "omit", "propagate")
_NOWHERE = np.zeros(0, dtype=np.int64)


class FilteredBlock:
    """Rows of a block, and where each stood in it: messages name the row of the file, whatever was left out.

    `places` are the rows' indices in the block (None: all of it); `unknown` those of the rows set aside whose loss is
    NaN by policy.
    """

    __slots__ = ("arrays", "places", "start", "unknown")

    def __init__(
        self, arrays: Mapping[str, Any], start: int, places: Array | None = None, unknown: Array = _NOWHERE
    ) -> None:
        self.arrays, self.start, self.places, self.unknown = arrays, start, places, unknown

    def __len__(self) -> int:
        return len(self.arrays["pred"])

    def row(self, index: int) -> int:
        """The row of the file."""
        return self.start + (index if self.places is None else int(self.places[index]))

    def in_order(self, values: Array) -> Array:
        """A copy of the rows' values with NaN for each row set aside, in the order of the file."""
        if self.places is None or not len(self.unknown):
            return np.array(values)
        order = np.sort(np.concatenate((self.places, self.unknown)))
        held = np.full(len(order), np.nan)
        held[np.searchsorted(order, self.places)] = values
        return held

    def without(self, gone: Array, *, unknown: bool) -> FilteredBlock:
        """The other rows; those gone are remembered as unknown if asked for."""
        places = np.arange(len(gone)) if self.places is None else self.places
        arrays = {role: array[~gone] for role, array in self.arrays.items()}
        aside = np.concatenate((self.unknown, places[gone])) if unknown else self.unknown
        return FilteredBlock(arrays, self.start, places[~gone], aside)


Work = Callable[[FilteredBlock], Rows | None]


@record
class MissingPolicy:
    """The two policies of a run, each error, omit or propagate."""

    frame: Frame
    nan: str
    missing: str

    def opened(self, block: Block, start: int, counts: Counter[str]) -> FilteredBlock:
        """The block's rows that have a value everywhere, after the policy for nulls."""
        piece = FilteredBlock(block.arrays, start)
        if not block.missing:
            return piece
        if self.missing == "error":
            role, index = _first(block.missing)
            raise DataProblem(
                f"{self.frame.where(role)} has no value in {self.frame.place(role, piece.row(index))}.",
                "Use --missing omit to leave such rows out.",
                kind="no_value",
                options=("missing",),
                fix="--missing omit",
                **self.frame.location(role, piece.row(index)),
            )
        return _aside(piece, block.missing, self.missing, "missing", counts)

    def passed(self, piece: FilteredBlock, work: Work, counts: Counter[str]) -> tuple[FilteredBlock, Rows | None]:
        """What `work` makes of the rows, and which rows those were, after the policy for NaN.

        The inputs are searched for NaN only where a term is NaN, or a value was refused.
        """
        if not len(piece):
            return piece, None
        try:
            found, problem = work(piece), None
        except BadValue as bad:
            found, problem = None, bad
        marked = {}
        if problem is not None or (self.nan != "propagate" and found is not None and _has_nan(found)):
            marked = _nan_rows(piece.arrays, found)
        if problem is not None and (not marked or (self.nan == "error" and problem.index < _first(marked)[1])):
            raise self._refused(piece, problem)
        if not marked:
            return piece, found
        if self.nan == "error":
            role, index = _first(marked)
            raise DataProblem(
                f"{self.frame.where(role)} has NaN in {self.frame.place(role, piece.row(index))}.",
                "Use --nan omit to leave such rows out, or --nan propagate.",
                kind="nan",
                options=("nan",),
                fix="--nan omit",
                **self.frame.location(role, piece.row(index)),
            )
        return self.passed(_aside(piece, marked, self.nan, "nan", counts), work, counts)

    def _refused(self, piece: FilteredBlock, bad: BadValue) -> DataProblem:
        where = self.frame.where(bad.role, bad.column)
        row = piece.row(bad.index)
        place = self.frame.place(bad.role, row)
        location = self.frame.location(bad.role, row, bad.column)
        return DataProblem(
            f"{where}: {bad.message}, in {place}.", bad.hint, kind="bad_value", options=bad.options, **location
        )


def _aside(
    piece: FilteredBlock, marked: Mapping[str, Array], policy: str, kind: str, counts: Counter[str]
) -> FilteredBlock:
    gone = np.logical_or.reduce(list(marked.values()))
    if policy == "omit":
        counts[kind] += int(gone.sum())
    return piece.without(gone, unknown=policy == "propagate")


def _first(marked: Mapping[str, Array]) -> tuple[str, int]:
    """The role and index of the first row marked."""
    role, mask = min(marked.items(), key=lambda item: int(np.argmax(item[1])))
    return role, int(np.argmax(mask))


def _has_nan(found: Rows) -> bool:
    return any(map(math.isnan, found.sums))


def _nan_rows(arrays: Mapping[str, Any], found: Rows | None) -> dict[str, Array]:
    """For each role that has any, its rows with a NaN; given terms, only those with a NaN term too."""
    marked = {}
    lost = True if found is None else np.logical_or.reduce([np.isnan(term) for term in found.terms])
    for role, array in arrays.items():
        if isinstance(array, Ragged) or array.dtype.kind != "f":
            continue
        mask = np.isnan(array).reshape(len(array), -1).any(axis=1) & lost
        if mask.any():
            marked[role] = mask
    return marked
