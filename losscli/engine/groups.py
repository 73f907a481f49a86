"""The sums of every group beside those of the whole, from the same blocks."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.arrays.inputs import Ragged
from ..core.binding.bound_loss import BoundLoss
from ..core.errors import DataProblem
from ..core.record import record
from ..core.scratch import Array
from ..core.sums.grouped import GroupedStates
from ..core.sums.rows import Rows
from ..core.sums.state import State
from ..sources.grouping.group_keys import GroupKeys, Key
from ..sources.table import Block
from .missing import FilteredBlock

if TYPE_CHECKING:
    from ..core.sums.reducers import Reduced


@record
class SeenGroups:
    """What a part of a run has seen of groups: their keys, and sums and rows by the place of a key among these."""

    keys: list[tuple[Key, ...]]
    states: GroupedStates
    unknown: list[tuple[Array, Array | None]]
    recorded: dict[int, Array] | None
    reduced: dict[int, dict[int, Reduced]]
    repeated: bool
    begun: bool


def every_row(start: int, rows: int, terms: int) -> int:
    """Of how many rows of a block the group is recorded, where it is of all."""
    return rows


class GroupSums:
    """Sees every block of a run, from any thread; one lock keeps the sums, which are exact in any order."""

    def __init__(
        self,
        keys: GroupKeys,
        *,
        spread: bool,
        most_bytes: int | None = None,
        recording: Callable[[int, int, int], int] | None = None,
    ) -> None:
        """`recording` says of how many rows of a block to keep the group: given its start, its rows and the terms."""
        self.keys, self._spread, self._most_bytes = keys, spread, most_bytes
        self._recording = recording
        self._recorded: dict[int, Array] | None = None if recording is None else {}
        self.states = GroupedStates(1, spread=spread)
        self._begun = False
        self._lock = threading.Lock()
        self._unknown: list[tuple[Array, Array | None]] = []
        self._repeated = False
        self.listed: list[int] = []  # the numbers of the groups in the order in which a result has them
        self._reduced: dict[int, dict[int, Reduced]] = {}  # by group and term, of terms whose value is no mean

    def numbers(self, block: Block, start: int) -> Array:
        """The group of each row of a block."""
        return self.keys.numbers(block.arrays, block.missing, start)

    def without_keys(self, block: Block) -> Block:
        """The block without what is read for groups alone: the policies for what is missing do not look at it."""
        mine = self.keys.roles
        arrays = {role: array for role, array in block.arrays.items() if role not in mine}
        return Block(arrays, {role: mask for role, mask in block.missing.items() if role not in mine})

    def add(
        self,
        group: Array,
        filtered: FilteredBlock,
        rows: Rows,
        terms: Sequence[Array],
        mass: Array | None,
        bound: BoundLoss,
        repeats: Array | None = None,
    ) -> None:
        """Add the rows of a block that have a loss; `group` is that of every row that was read."""
        if filtered.places is not None:
            group = group[filtered.places]
        ignored = ignored_rows(rows, mass, filtered, bound) if rows.ignored else None
        reduced = reduced_by_group(group, rows, mass, bound)
        with self._lock:
            self._make_room(len(terms))
            self.states.add(group, terms, mass, ignored, repeats)
            self._add_reduced(reduced)
            if self._recorded is not None and self._recording is not None:
                self._recorded[filtered.start] = group[: self._recording(filtered.start, len(group), len(terms))]

    def state(self, number: int) -> State:
        """The State of a group."""
        state = self.states.state(number)
        state.reduced = self._reduced.get(number, {})
        return state

    @property
    def rounded(self) -> int:
        """How many groups have a quantile of so many different values that they were rounded."""
        return sum(not all(each.exact for each in reduced.values()) for reduced in self._reduced.values())

    def _add_reduced(self, by_group: dict[int, dict[int, Reduced]]) -> None:
        for number, reduced in by_group.items():
            kept = self._reduced.setdefault(number, {})
            for term, each in reduced.items():
                ours: Any = kept.get(term) or each.reducer.nothing()
                ours += each
                kept[term] = ours

    def add_unknown(self, group: Array, filtered: FilteredBlock, weight: Array | None, bound: BoundLoss) -> None:
        """Add the rows whose loss is NaN by policy: their groups have none."""
        own = None if weight is None else weight[filtered.unknown].astype(np.float64)
        with self._lock:
            self._repeated = bound.counts_repeats
            self._unknown.append((group[filtered.unknown], own))

    def recorded(self) -> Array | None:
        """The group of each row that was to be recorded, in the order of the rows; None where none was."""
        if self._recorded is None:
            return None
        return np.concatenate([np.zeros(0, np.int64), *(self._recorded[start] for start in sorted(self._recorded))])

    def seen(self) -> SeenGroups:
        """All that was seen, to be added to the sums of other rows elsewhere."""
        self.states.grow(len(self.keys))
        keys = [self.keys.key(number) for number in range(len(self.keys))]
        return SeenGroups(keys, self.states, self._unknown, self._recorded, self._reduced, self._repeated, self._begun)

    def absorb(self, seen: SeenGroups) -> None:
        """Add what was seen of other rows."""
        group = self.keys.numbers_of(seen.keys)
        with self._lock:
            if seen.begun:
                self._make_room(seen.states.terms)
                self.states.absorb(seen.states, group)
            self._repeated |= seen.repeated
            self._unknown += [(group[numbers], weight) for numbers, weight in seen.unknown]
            self._add_reduced({int(group[number]): reduced for number, reduced in seen.reduced.items()})
            if self._recorded is not None and seen.recorded is not None:
                self._recorded.update((start, group[numbers]) for start, numbers in seen.recorded.items())

    def end(self) -> None:
        """Once every block was seen."""
        self._make_room(self.states.terms)
        for group, weight in self._unknown:
            self.states.add_unknown(group, weight, repeated=self._repeated)
        self._unknown = []

    def _make_room(self, terms: int) -> None:
        if not self._begun:
            self.states, self._begun = GroupedStates(terms, spread=self._spread), True
        self.states.grow(len(self.keys))
        self._refuse_too_large(self.states.nbytes)

    def _refuse_too_large(self, nbytes: int) -> None:
        if self._most_bytes is not None and nbytes > self._most_bytes:
            raise DataProblem(
                f"The sums of {len(self.keys):,} groups take {nbytes:,} bytes, more than --max-memory.",
                "Group by fewer columns, by bins such as age:10, or allow more.",
                kind="too_large",
                options=("by", "max-memory"),
            )


def reduced_by_group(group: Array, rows: Rows, mass: Array | None, bound: BoundLoss) -> dict[int, dict[int, Reduced]]:
    """What stands for the means of terms whose value is no function of means, of the rows of each group."""
    reducers = bound.reducers(len(rows.terms))
    if not reducers or not len(group):
        return {}
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    parts = np.split(order, starts[1:])
    return {
        int(group[part[0]]): {
            i: reducer.of(rows.terms[i][part], None if mass is None else mass[part]) for i, reducer in reducers.items()
        }
        for part in parts
    }


def ignored_rows(rows: Rows, mass: Array | None, filtered: FilteredBlock, bound: BoundLoss) -> Array:
    """Which rows are ignored, and so are none of n: they weigh nothing; of others that weigh nothing, labels tell."""
    nothing = np.asarray(rows.mass == 0) if rows.mass is not None else np.zeros(len(rows.terms[0]), dtype=bool)
    if int(np.count_nonzero(nothing)) == rows.ignored:
        return nothing
    label, index = filtered.arrays.get("label"), bound.params.get("ignore_index")
    return nothing & _all_are(label, index, len(nothing))


def _all_are(label: Any, value: Any, rows: int) -> Array:
    """Rows whose labels are all this value."""
    if value is None or label is None or isinstance(label, Ragged):
        return np.ones(rows, dtype=bool)
    return np.asarray((np.asarray(label) == value).reshape(rows, -1).all(axis=1))
