"""The state of a loss: what a run must remember about the rows it has seen.

For rows i with weight w_i let z_i = (w_i t_i1, ..., w_i t_ik, w_i). A state holds the number of rows, the
number with a weight that is not zero, T = sum z_i and Q = sum z_i z_i'. All sums are exact integers
(`exact`), so `+` is associative and commutative to the bit: threads, shards and order change nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..scratch import Array
from .exact import UNIT, fixed, total
from .squares import place, squares_in_range, squares_of_repeats, without_weight

if TYPE_CHECKING:
    from .reducers import Reduced


class State:
    """Sums over rows. `State.of` maps a block, `+` merges; `Reduction` makes the number."""

    __slots__ = ("nonzero", "reduced", "rows", "special", "spreads", "squares", "totals", "units", "weight")

    def __init__(self, terms: int) -> None:
        self.rows = 0
        self.nonzero = 0
        self.weight = 0
        self.totals = [0] * terms
        # the upper triangle of Q, row by row; None once a block came without its spread, and of very many terms
        spread = terms <= _MOST_SPREAD
        self.squares: list[int] | None = [0] * ((terms + 1) * (terms + 2) // 2) if spread else None
        # the same sums without the weight's row, taken about the mean of z instead of mean times w: to float rounding
        # they are equal, but each keeps the digits of its own spread
        self.spreads: list[int] | None = [0] * (terms * (terms + 1) // 2) if spread else None
        # running float sum of what is not finite, a term: 0.0, inf, -inf or nan
        self.special = [0.0] * terms
        # what stands for the means of terms whose value is no function of means, by the place of the term
        self.reduced: dict[int, Reduced] = {}
        # how many batches that count Q is summed over, where rows of a batch depend on each other; None: over rows
        self.units: int | None = None

    @classmethod
    def of(
        cls,
        terms: Sequence[Array],
        weight: Array | None = None,
        *,
        sums: Sequence[float] | None = None,
        one_sign: bool | Sequence[bool] = False,
        spread: bool = True,
        spend: bool = False,
        ignored: int = 0,
        repeats: Array | None = None,
    ) -> State:
        """The state of one block: `terms` are (n,) float64 arrays already times the row's weight, `weight` is
        (n,) or None for ones.

        `sums` are the terms' plain float sums, if they are known. `one_sign` promises that no weighted term and no
        weight is negative; a sequence says it of each term, the first also of the weights. `ignored` rows have weight 0
        and are not counted. `spread=False` leaves Q out. `spend` lets the terms be overwritten; it changes no bit.
        With `repeats` (n,) each row stands for so many equal rows, which share its term and its weight: the state is
        theirs, to rounding; `ignored` then counts these.
        """
        state = cls(len(terms))
        n = len(terms[0])
        signs = [one_sign] * len(terms) if isinstance(one_sign, bool) else one_sign
        state.rows = n - ignored
        if weight is None:
            state.nonzero, state.weight = n, n << UNIT
        else:
            state.nonzero = int(np.count_nonzero(weight))
            if repeats is not None:
                state.rows = _number(repeats) - ignored
                state.nonzero = _number(repeats[weight != 0])
            state.weight = total(weight, one_sign=signs[0])
        for i, column in enumerate(terms):
            bulk = sums[i] if sums is not None else float(np.add.reduce(column))
            if math.isfinite(bulk):
                state.totals[i] = fixed(bulk) if signs[i] else total(column, one_sign=False)
            else:
                state._take_special(i, column)
        if not spread or all(state.special) or len(terms) > _MOST_SPREAD:
            state.squares = state.spreads = None
        elif n:
            if any(state.special):  # the others keep their spread: two models may be infinite on the same rows
                terms, spend = [np.where(np.isfinite(term), term, 0.0) for term in terms], False
            if repeats is not None and weight is not None:
                state.squares, state.spreads = squares_of_repeats(terms, weight, repeats, state)
                return state
            state.squares = squares_in_range(terms, weight, state, one_sign=signs[0], spend=spend)
            if weight is None or state.squares is None:
                state.spreads = without_weight(state.squares, len(terms))
            else:
                state.spreads = without_weight(
                    squares_in_range(terms, None, state, one_sign=signs[0], spend=spend), len(terms)
                )
        return state

    def take_units(self, units: State) -> None:
        """Let Q be that of batches, whose sums of terms are the rows of another State."""
        self.units, self.squares, self.spreads = units.nonzero, units.squares, units.spreads

    def _take_special(self, i: int, column: Array) -> None:
        finite = np.isfinite(column)
        if finite.all():  # only the sum left the range of floats
            self.totals[i] = sum(map(fixed, column.tolist()))
        else:
            self.special[i] += float(np.add.reduce(column[~finite]))
            self.totals[i] = total(column[finite], one_sign=False)

    def __add__(self, other: State) -> State:
        merged = State(len(self.totals))
        merged += self
        merged += other
        return merged

    def __iadd__(self, other: State) -> State:
        self.rows += other.rows
        self.nonzero += other.nonzero
        self.weight += other.weight
        self.totals = [a + b for a, b in zip(self.totals, other.totals, strict=True)]
        self.special = [a + b for a, b in zip(self.special, other.special, strict=True)]
        self.squares = _added(self.squares, other.squares)
        self.spreads = _added(self.spreads, other.spreads)
        if other.units is not None:
            self.units = (self.units or 0) + other.units
        for term, reduced in other.reduced.items():
            ours: Any = self.reduced.get(term) or reduced.reducer.nothing()
            ours += reduced
            self.reduced[term] = ours
        return self

    def __eq__(self, other: object) -> bool:
        return isinstance(other, State) and self.to_dict() == other.to_dict()

    __hash__ = None  # type: ignore[assignment]

    def part(self, chosen: Sequence[int]) -> State:
        """The state of these terms alone."""
        part = State(len(chosen))
        part.rows, part.nonzero, part.weight, part.units = self.rows, self.nonzero, self.weight, self.units
        part.totals = [self.totals[i] for i in chosen]
        part.special = [self.special[i] for i in chosen]
        part.reduced = {at: self.reduced[i] for at, i in enumerate(chosen) if i in self.reduced}
        if self.squares is None or self.spreads is None:
            part.squares = part.spreads = None
            return part
        k, ends = len(chosen), [*chosen, len(self.totals)]
        part.squares = [self.square(ends[i], ends[j]) for i in range(k + 1) for j in range(i, k + 1)]
        part.spreads = [self.spread(chosen[i], chosen[j]) for i in range(k) for j in range(i, k)]
        return part

    def without(self, rows: State) -> State:
        """The state of all other rows, without Q; `rows` are the state of some that it holds."""
        rest = State(len(self.totals))
        rest.rows, rest.nonzero = self.rows - rows.rows, self.nonzero - rows.nonzero
        rest.weight = self.weight - rows.weight
        rest.totals = [ours - theirs for ours, theirs in zip(self.totals, rows.totals, strict=True)]
        rest.special, rest.squares, rest.spreads = list(self.special), None, None
        return rest

    def square(self, i: int, j: int) -> int:
        """Q[i, j] in units of 2^-SQUARE; index k (the last) is the weight."""
        assert self.squares is not None
        return self.squares[place(i, j, len(self.totals) + 1)]

    def spread(self, i: int, j: int) -> int:
        """sum z_i z_j in units of 2^-SQUARE, with the digits of the spread of z about its mean."""
        assert self.spreads is not None
        return self.spreads[place(i, j, len(self.totals))]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; integers as hexadecimal text, since they exceed what JSON readers keep."""
        return {
            "rows": self.rows,
            "nonzero": self.nonzero,
            "weight": hex(self.weight),
            "totals": [hex(t) for t in self.totals],
            "squares": None if self.squares is None else [hex(q) for q in self.squares],
            "spreads": None if self.spreads is None else [hex(q) for q in self.spreads],
            "special": [None if s == 0 else repr(s) for s in self.special],
            **({} if self.units is None else {"units": self.units}),
            **({"reduced": {str(i): each.to_dict() for i, each in self.reduced.items()}} if self.reduced else {}),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> State:
        state = cls(len(data["totals"]))
        state.rows, state.nonzero = int(data["rows"]), int(data["nonzero"])
        state.weight = int(data["weight"], 16)
        state.totals = [int(t, 16) for t in data["totals"]]
        state.squares = None if data["squares"] is None else [int(q, 16) for q in data["squares"]]
        state.spreads = None if data["spreads"] is None else [int(q, 16) for q in data["spreads"]]
        state.special = [0.0 if s is None else float(s) for s in data["special"]]
        state.units = None if data.get("units") is None else int(data["units"])
        if "reduced" in data:
            from .reducers import Reducer  # few values need them

            state.reduced = {int(i): Reducer.restored(each) for i, each in data["reduced"].items()}
        blank = cls(len(state.totals))
        for mine, full in (
            (state.squares, blank.squares),
            (state.spreads, blank.spreads),
            (state.special, blank.special),
        ):
            if mine is not None and full is not None and len(mine) != len(full):
                raise ValueError("the state's lists do not fit each other")
        return state


def _added(ours: list[int] | None, theirs: list[int] | None) -> list[int] | None:
    return None if ours is None or theirs is None else [a + b for a, b in zip(ours, theirs, strict=True)]


def _number(repeats: Array) -> int:
    """How many rows they are."""
    return total(repeats, one_sign=False) >> UNIT


_MOST_SPREAD = 48  # terms whose second moments are kept: there are as many of those as pairs of terms
