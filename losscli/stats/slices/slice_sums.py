"""The second reading: exact sums of the groups to be tested, over the rows of the half that tests them."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ...core.record import record
from ...core.scratch import Array
from ...core.sums.grouped import GroupedStates
from ...core.sums.state import State
from ...engine.groups import ignored_rows
from ...sources.columns.candidates import BY, CLUSTER
from ...sources.table import Block
from .columns import RowCodes
from .conditions import Conditions, nested, parents
from .halves import Halves, cluster_numbers
from .search import within

if TYPE_CHECKING:
    from ...core.binding.bound_loss import BoundLoss
    from ...core.sums.rows import Rows
    from ...engine.missing import FilteredBlock


@record
class RowSet:
    """Rows of a group (all rows, without conditions) that are in none of some other groups."""

    conditions: Conditions
    without: tuple[Conditions, ...] = ()


@record
class Contrast:
    """Two sets of rows that share none: how much worse is the one than the other? Both are parts of `of`.

    The other set is `of` without all rows of the group itself.
    """

    inside: RowSet
    group: RowSet
    of: RowSet


ALL = RowSet(())


def contrasts(group: Conditions, chosen: Sequence[Conditions]) -> list[Contrast]:
    """What a group must be worse than: the rest; what is left of each group with one condition less; and the rest
    also where the rows of its chosen parts, and of groups that were chosen before it, stand on neither side.
    """
    own = RowSet(group)
    tests = [Contrast(own, own, ALL), *(Contrast(own, own, RowSet(outer)) for outer in parents(group))]
    before = chosen[: chosen.index(group)]
    if others := tuple(each for each in chosen if nested(each, group) or (each in before and not nested(group, each))):
        apart = RowSet(group, others)
        tests.append(Contrast(apart, apart, RowSet((), others)))
    return tests


@record
class ClusterRows:
    """Rows of the half that tests: their clusters, weighted terms (n, k), what they count for, and their sets."""

    clusters: Array
    terms: Array
    mass: Array
    sets: Array  # (n, bytes), a bit a set


class SliceSums:
    """Sees every block of a run, and adds up the rows of each set; sums are exact, whatever the order of blocks."""

    def __init__(self, sets: Sequence[RowSet], codes: RowCodes, halves: Halves, *, clustered: bool) -> None:
        self.sets, self.codes, self._halves, self.clustered = tuple(sets), codes, halves, clustered
        self.roles = codes.roles
        self.rows = np.zeros(len(sets), dtype=np.int64)  # of both halves
        self._states: GroupedStates | None = None
        self._clusters: dict[int, ClusterRows] = {}
        self._lock = threading.Lock()

    def numbers(self, block: Block, start: int) -> tuple[Array, Array]:
        """The codes of the rows of a block in all columns, and which rows test."""
        codes = self.codes.numbers(block.arrays, block.missing, start)
        return codes, ~self._halves.finds(block.arrays, start, len(block))

    def without_keys(self, block: Block) -> Block:
        """The block without what is read for the columns alone."""
        arrays = {role: array for role, array in block.arrays.items() if not role.startswith(BY)}
        return Block(arrays, {role: mask for role, mask in block.missing.items() if not role.startswith(BY)})

    def add(
        self,
        group: tuple[Array, Array],
        filtered: FilteredBlock,
        rows: Rows,
        terms: Sequence[Array],
        mass: Array | None,
        bound: BoundLoss,
        repeats: Array | None = None,
    ) -> None:
        """Add the rows of a block that have a loss."""
        codes, tests = group
        if filtered.places is not None:
            codes, tests = codes[:, filtered.places], tests[filtered.places]
        counted = np.ones(len(tests), dtype=bool)
        ignored = ignored_rows(rows, mass, filtered, bound) if rows.ignored else None
        if ignored is not None:
            counted &= ~ignored
        inside = np.stack([_members(each, codes) & counted for each in self.sets])
        numbers, at = np.nonzero(inside & tests)
        own = None if mass is None else np.asarray(mass)
        with self._lock:
            if self._states is None:
                self._states = GroupedStates(len(terms))
                self._states.grow(len(self.sets))
            self.rows += np.count_nonzero(inside, axis=1)
            self._states.add(
                numbers, [term[at] for term in terms], None if own is None else own[at], None,
                None if repeats is None else repeats[at],
            )  # fmt: skip
            if self.clustered:
                self._keep(inside[:, tests], tests, filtered, terms, own)

    def _keep(
        self, inside: Array, tests: Array, filtered: FilteredBlock, terms: Sequence[Array], mass: Array | None
    ) -> None:
        self._clusters[filtered.start] = ClusterRows(
            cluster_numbers(filtered.arrays[CLUSTER])[tests],
            np.stack([np.array(term[tests]) for term in terms], axis=1),
            np.ones(int(np.count_nonzero(tests))) if mass is None else np.array(mass[tests], dtype=np.float64),
            np.packbits(inside, axis=0).T.copy(),
        )

    def add_unknown(
        self, group: tuple[Array, Array], filtered: FilteredBlock, weight: Array | None, bound: BoundLoss
    ) -> None:
        """There are none: the first reading has refused them."""

    def end(self) -> None:
        """Once every block was seen."""

    def state(self, of: RowSet) -> State:
        """The State of a set."""
        assert self._states is not None
        return self._states.state(self.sets.index(of))

    def rows_of(self, of: RowSet) -> int:
        """How many rows of both halves are in a set."""
        return int(self.rows[self.sets.index(of)])

    def members(self, of: RowSet, kept: ClusterRows) -> Array:
        """Which of the rows that were kept are in a set."""
        number = self.sets.index(of)
        return np.asarray((kept.sets[:, number // 8] >> (7 - number % 8)) & 1, dtype=bool)

    def cluster_rows(self) -> ClusterRows:
        """All rows that were kept, in the order of the file."""
        parts = [self._clusters[start] for start in sorted(self._clusters)]
        return ClusterRows(
            np.unique(np.concatenate([part.clusters for part in parts]), return_inverse=True)[1],
            np.concatenate([part.terms for part in parts]), np.concatenate([part.mass for part in parts]),
            np.concatenate([part.sets for part in parts]),
        )  # fmt: skip


def _members(each: RowSet, codes: Array) -> Array:
    inside = within(each.conditions, list(codes)) if each.conditions else np.ones(codes.shape[1], dtype=bool)
    for other in each.without:
        inside &= ~within(other, list(codes))
    return inside


def left_of(whole: State, part: State) -> State:
    """The State of the rows of one set that are not in another, which is part of it; all sums are whole numbers."""
    rest = whole.without(part)
    if whole.squares is not None and part.squares is not None:
        rest.squares = [ours - theirs for ours, theirs in zip(whole.squares, part.squares, strict=True)]
    if whole.spreads is not None and part.spreads is not None:
        rest.spreads = [ours - theirs for ours, theirs in zip(whole.spreads, part.spreads, strict=True)]
    return rest
