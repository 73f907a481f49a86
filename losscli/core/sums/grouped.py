"""The States of many groups at once: the same sums for every group, as exact arrays.

A State a group takes kilobytes and microseconds; here a group takes some tens of bytes, and becomes a State when it is
looked at. Every sum is exact, the sums of squares too, so that groups have the same bits however their rows were cut.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..scratch import Array
from .compiled import group_sums
from .exact import SQUARE, UNIT
from .exact_array import ExactArray, add_compiled
from .group_table import GroupTable
from .row_counts import RowCounts
from .squares import place
from .state import State

_CHUNK = 1 << 14  # rows whose digits are made at a time
_COMPILED_CHUNK = 1 << 13  # rows whose groups stay in the cache from one of their sums to the next
MOST_TERMS = 8  # whose second moments are kept: there are as many of those as pairs of terms


class GroupedStates:
    """What a State holds, for every group. `spread=False` leaves out second moments, and with them standard errors."""

    def __init__(self, terms: int, *, spread: bool = True) -> None:
        self.size = 0
        self.terms = terms
        self._table = None if group_sums() is None else GroupTable()
        self._counts = RowCounts(self._table)
        self.totals = [self._no_sums() for _ in range(terms)]
        self.special: dict[int, Array] = {}  # the running float sum of what is not finite, of terms that have any
        self._weight: ExactArray | None = None  # of rows that weigh otherwise
        self._mass: ExactArray | None = None  # of their weights, squared
        pairs = [(i, j) for i in range(terms) for j in range(i, terms)] if spread and terms <= MOST_TERMS else []
        self._squares = {pair: self._no_sums() for pair in pairs}
        self._cross: list[ExactArray] = []  # of terms with weights

    @property
    def _sums(self) -> list[ExactArray]:
        weights = [each for each in (self._weight, self._mass) if each is not None]
        return [*self.totals, *self._squares.values(), *self._cross, *weights]

    def _no_sums(self) -> ExactArray:
        return ExactArray(table=self._table)

    def __getstate__(self) -> dict[str, Any]:
        """Elsewhere, what is kept of groups is in arrays."""
        return {**self.__dict__, "_table": None}

    @property
    def rows(self) -> Array:
        """The rows of each group."""
        return self._counts["rows"]

    @property
    def nonzero(self) -> Array:
        """The rows of each group that do not weigh nothing."""
        return self._counts["nonzero"]

    def grow(self, size: int) -> None:
        """Make room for so many groups."""
        if size <= self.size:
            return
        self._counts.grow(size)
        for at, special in self.special.items():
            self.special[at] = np.concatenate((special, np.zeros(max(0, len(self.rows) - len(special)))))
        for each in self._sums:
            each.grow(size)
        self.size = size

    def add(
        self,
        group: Array,
        terms: Sequence[Array],
        weight: Array | None,
        ignored: Array | None = None,
        repeats: Array | None = None,
    ) -> None:
        """Add a block: the group of each row, its weighted terms, its weight (None: 1), and which rows do not count.

        With `repeats` each row stands for so many equal rows, as in `State.of`.
        """
        if weight is not None and self._weight is None:
            self._begin_weights()
        compiled = group_sums()
        passing = compiled is not None
        counts = self._counts.add(group, weight, ignored, repeats, size=self.size, in_passing=passing)
        chunk = _CHUNK if compiled is None else _COMPILED_CHUNK
        for start in range(0, len(group), chunk):
            rows = slice(start, start + chunk)
            self._add(
                compiled,
                counts,
                group[rows],
                [term[rows] for term in terms],
                None if weight is None else weight[rows],
                None if repeats is None else repeats[rows],
            )

    def _add(
        self,
        compiled: Any,
        counts: Sequence[str],
        group: Array,
        terms: Sequence[Array],
        weight: Array | None,
        repeats: Array | None,
    ) -> None:
        """Add few rows, whose digits stay in the cache; `counts` are those that go up by 1 for each."""
        if weight is not None:
            assert self._weight is not None
            self._weight.add(group, weight)
        terms = [self._finite(group, i, term) for i, term in enumerate(terms)]
        others, mass = terms, weight
        if repeats is not None and weight is not None:
            by = np.where(repeats > 0.0, repeats, 1.0)
            others, mass = [term / by for term in terms], weight / by
        for i, (total, term, other) in enumerate(zip(self.totals, terms, others, strict=True)):
            square = self._squares.get((i, i))
            if compiled is not None:
                names = counts if i == 0 else ()
                add_compiled(compiled, self._counts, names, total, square, group, term, other)
                continue
            total.add(group, term)
            if square is not None:
                square.add_products(group, term, other)
        if self._squares:
            self._add_cross(group, terms, others, weight, mass)

    def _begin_weights(self) -> None:
        self._weight, self._mass = self._no_sums(), self._no_sums()
        self._cross = [total.copy() for total in self.totals] if self._squares else []
        for each in (self._weight, self._mass):
            each.grow(self.size)

    def _finite(self, group: Array, i: int, term: Array) -> Array:
        """The term with 0 for what is not finite, which is added up on its own."""
        if math.isfinite(float(np.add.reduce(term))) or (finite := np.isfinite(term)).all():
            return term
        if i not in self.special:
            self.special[i] = np.zeros(len(self.rows))
        with np.errstate(invalid="ignore"):  # inf and -inf are NaN together
            np.add.at(self.special[i], group[~finite], term[~finite])
        return np.where(finite, term, 0.0)

    def _add_cross(
        self, group: Array, terms: Sequence[Array], others: Sequence[Array], weight: Array | None, mass: Array | None
    ) -> None:
        """The products of different terms, and of terms and weights.

        A row that stands for f rows adds f (z / f)(z / f)', which is z (z / f)': `others` and `mass` are over f.
        """
        for (i, j), product in self._squares.items():
            if i < j:
                product.add_products(group, terms[i], others[j])
        for term, cross in zip(terms, self._cross, strict=False):
            if mass is None:
                cross.add(group, term)
            else:
                cross.add_products(group, term, mass)
        if weight is not None and mass is not None:
            assert self._mass is not None
            self._mass.add_products(group, weight, mass)

    def add_unknown(self, group: Array, weight: Array | None, *, repeated: bool = False) -> None:
        """Add rows whose loss is not known: NaN in every term of their groups."""
        zeros = np.zeros(len(group))
        known = None if weight is None else np.where((weight >= 0) & (weight < np.inf), weight, 0.0).astype(np.float64)
        self.add(group, [zeros] * self.terms, known, repeats=known if repeated else None)
        for i in range(self.terms):
            if i not in self.special:
                self.special[i] = np.zeros(len(self.rows))
            self.special[i][group] = np.nan

    def absorb(self, other: GroupedStates, group: Array) -> None:
        """Add the sums of other rows; `group` (other.size,) says which group of these each of theirs is."""
        for states, more in ((self, other), (other, self)):
            if states._weight is None and more._weight is not None:
                states._begin_weights()
        self._counts.absorb(other._counts, group)
        for term, special in other.special.items():
            if term not in self.special:
                self.special[term] = np.zeros(len(self.rows))
            theirs = np.zeros(len(group))
            theirs[: len(special)] = special[: len(group)]
            with np.errstate(invalid="ignore"):  # inf and -inf are NaN together
                self.special[term][group] += theirs
        for ours, sums in zip(self._sums, other._sums, strict=True):
            ours.absorb(sums, group)

    def weight_of(self, group: int) -> int:
        """The sum of a group's weights in units of 2^-UNIT."""
        own = 0 if self._weight is None else self._weight.at(group)
        return (int(self._counts["ones"][group]) << UNIT) + own

    def state(self, group: int) -> State:
        """The State of a group."""
        state, k = State(self.terms), self.terms
        state.rows, state.nonzero = int(self.rows[group]), int(self.nonzero[group])
        state.weight = self.weight_of(group)
        state.totals = [total.at(group) for total in self.totals]
        state.special = [float(self.special[i][group]) if i in self.special else 0.0 for i in range(k)]
        if not self._squares or all(state.special):
            state.squares = state.spreads = None
            return state
        assert state.squares is not None
        for (i, j), square in self._squares.items():
            state.squares[place(i, j, k + 1)] = square.at(group, SQUARE)
        for i in range(k):
            cross = self._cross[i].at(group, SQUARE) if self._cross else state.totals[i] << (SQUARE - UNIT)
            state.squares[place(i, k, k + 1)] = cross
        mass = 0 if self._mass is None else self._mass.at(group, SQUARE)
        state.squares[place(k, k, k + 1)] = (int(self._counts["ones"][group]) << SQUARE) + mass
        state.spreads = [state.square(i, j) for i in range(k) for j in range(i, k)]
        return state

    @property
    def weighted(self) -> bool:
        """Whether any rows weigh otherwise than 1."""
        return self._weight is not None

    @property
    def squares(self) -> ExactArray | None:
        """The sums of squares of the first term, if they are kept."""
        return self._squares.get((0, 0))

    def plain_rows(self) -> Array:
        """The rows of each group; 0 of groups with rows that are ignored, or with a loss that is not finite."""
        plain = (self.rows == self._counts["ones"]) & (self.nonzero == self._counts["ones"])
        for special in self.special.values():
            plain &= special == 0.0
        return np.where(plain, self.rows, 0)[: self.size]

    def whole_total(self, term: int) -> int:
        """The sum of a term over all groups, in units of 2^-UNIT."""
        return self.totals[term].total()

    @property
    def nbytes(self) -> int:
        """What all sums take of memory."""
        special = sum(each.nbytes for each in self.special.values())
        if self._table is not None:
            return special + self._table.nbytes
        return special + self._counts.nbytes + sum(each.nbytes for each in self._sums)
