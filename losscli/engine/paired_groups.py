"""The sums of every group where several models are compared: of a base, of candidates and of their differences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING

from ..core.binding.bound_loss import BoundLoss
from ..core.record import record
from ..core.scratch import Array
from ..core.sums.exact import UNIT
from ..core.sums.grouped import GroupedStates
from ..core.sums.one_term import OneTermSums
from ..core.sums.rows import Rows
from ..core.sums.squares import place
from ..core.sums.state import State
from ..sources.grouping.group_keys import GroupKeys
from .groups import GroupSums, every_row, ignored_rows, reduced_by_group
from .missing import FilteredBlock

if TYPE_CHECKING:
    from ..core.sums.reducers import Reduced

Sampler = Callable[[Array, FilteredBlock, Sequence[Array]], None]


@record
class ShortSums:
    """For every group the sums of c - b, b and c where rows weigh 1; the powers of two are what the numbers count."""

    apart: OneTermSums
    base: list[int]
    base_power: int
    cand: list[int]
    cand_power: int

    def state(self, group: int) -> State:
        """The State of a group's b, c and c - b, without squares; `apart` has those that are asked for."""
        state, rows = State(3), self.apart.rows[group]
        state.rows = state.nonzero = rows
        state.weight = rows << UNIT
        state.totals = [
            _in_units(self.base[group], self.base_power),
            _in_units(self.cand[group], self.cand_power),
            _in_units(self.apart.totals[group], self.apart.total_power),
        ]
        state.squares = state.spreads = None
        return state


def _in_units(number: int, power: int) -> int:
    """A number that counts this power of two, in units of 2^-UNIT, of which every float is a multiple."""
    shift = power + UNIT
    return number << shift if shift >= 0 else number >> -shift


class PairedGroupSums(GroupSums):
    """Sees every block of a run whose terms are (b, c_1, ..., c_m, c_1 - b, ..., c_m - b), each of k arrays.

    The spread of a difference follows from the squares of b and of c - b, so that those of c are not kept: memory grows
    with the number of candidates, and not with its square. `sampler` is shown the group of each row of a block.
    `listed_bytes` are what is said of a group at the end, which counts as memory beside its sums.
    """

    def __init__(
        self,
        keys: GroupKeys,
        candidates: int,
        *,
        spread: bool,
        most_bytes: int | None = None,
        recording: bool = False,
        sampler: Sampler | None = None,
        listed_bytes: int = 0,
    ) -> None:
        super().__init__(keys, spread=spread, most_bytes=most_bytes, recording=every_row if recording else None)
        self._listed_bytes = listed_bytes
        self._candidates, self._sampler, self._k = candidates, sampler, 1
        self._pairs: list[GroupedStates] = []  # c - b of each candidate, and b
        self._others: list[GroupedStates] = []  # c alone, without squares

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
            k, m = self._k, self._candidates
            for j, (pair, other) in enumerate(zip(self._pairs, self._others, strict=True)):
                cand, apart = (1 + j) * k, (1 + m + j) * k
                pair.add(group, [*terms[apart : apart + k], *terms[:k]], mass, ignored, repeats)
                other.add(group, terms[cand : cand + k], None)
            self._add_reduced(reduced)
            if self._sampler is not None:
                self._sampler(group, filtered, terms)
            if self._recorded is not None:
                self._recorded[filtered.start] = group

    def end(self) -> None:
        """Once every block was seen."""
        self._make_room(1 + 2 * self._candidates if not self._begun else self._k * (1 + 2 * self._candidates))
        for group, weight in self._unknown:
            for each in self._pairs:
                each.add_unknown(group, weight, repeated=self._repeated)
            for each in self._others:
                each.add_unknown(group, None)
        self._unknown = []

    @property
    def rows(self) -> Array:
        """The rows of each group."""
        return self._pairs[0].rows[: len(self.keys)]

    def whole_difference(self, candidate: int) -> int:
        """The sum over all rows of a candidate's first term less the base's, in units of 2^-UNIT; it counts from 1."""
        return self._pairs[candidate - 1].whole_total(0)

    def state_beside(self, number: int, candidate: int) -> State:
        """The State of a group, of the base and one candidate alone, as if they had been compared by themselves."""
        k, pair = self._k, self._pairs[candidate - 1].state(number)
        other = self._others[candidate - 1].state(number)
        state = State(3 * k)
        state.rows, state.nonzero, state.weight = pair.rows, pair.nonzero, pair.weight
        state.totals = [*pair.totals[k:], *other.totals, *pair.totals[:k]]
        state.special = [*pair.special[k:], *other.special, *pair.special[:k]]
        _take_squares(state, pair, k)
        state.reduced = self._reduced_beside(number, candidate)
        return state

    def short(self, candidate: int) -> ShortSums | None:
        """The sums of one term and one candidate as short whole numbers; None where only a State can tell."""
        pair = self._pairs[candidate - 1]
        if self._k != 1 or pair.weighted or pair.squares is None:
            return None
        apart = OneTermSums(pair.plain_rows().tolist(), *pair.totals[0].numbers(), *pair.squares.numbers())
        return ShortSums(apart, *pair.totals[1].numbers(), *self._others[candidate - 1].totals[0].numbers())

    def _reduced_beside(self, number: int, candidate: int) -> dict[int, Reduced]:
        held = self._reduced.get(number)
        if not held:
            return {}
        k, at = self._k, candidate * self._k
        sides = [(term, term) for term in range(k)] + [(at + term, k + term) for term in range(k)]
        return {place_: held[term] for term, place_ in sides if term in held}

    def _make_room(self, terms: int) -> None:
        if not self._begun:
            self._k, self._begun = terms // (1 + 2 * self._candidates), True
            count = range(self._candidates)
            self._pairs = [GroupedStates(2 * self._k, spread=self._spread) for _ in count]
            self._others = [GroupedStates(self._k, spread=False) for _ in count]
        for each in (*self._pairs, *self._others):
            each.grow(len(self.keys))
        sums = sum(each.nbytes for each in (*self._pairs, *self._others))
        self._refuse_too_large(sums + self._listed_bytes * len(self.keys))


def _take_squares(state: State, pair: State, k: int) -> None:
    """The squares of c - b and b, at their places beside c; those of c are none that a test looks at."""
    if pair.squares is None or pair.spreads is None or state.squares is None or state.spreads is None:
        state.squares = state.spreads = None
        return
    squares, spreads = _places(k)
    for square, at in zip(pair.squares, squares, strict=True):
        state.squares[at] = square
    for spread, at in zip(pair.spreads, spreads, strict=True):
        state.spreads[at] = spread


@cache
def _places(k: int) -> tuple[list[int], list[int]]:
    """Where the upper triangles of c - b and b stand among those of b, c and c - b, with the weight's row and not."""
    terms = [*range(2 * k, 3 * k), *range(k)]
    ends, last = [*terms, 3 * k], 2 * k
    squares = [place(ends[i], ends[j], 3 * k + 1) for i in range(last + 1) for j in range(i, last + 1)]
    return squares, [place(terms[i], terms[j], 3 * k) for i in range(last) for j in range(i, last)]
