"""Several models' losses of the same rows in one State: its Q holds what they have in common.

For a base b and candidates c_1 ... c_m the terms of a row are (b, c_1, ..., c_m, c_1 - b, ..., c_m - b). Values come
from the sides' own terms, bit for bit those of `compute`; spreads from b and the differences, so that nothing cancels
where the models are nearly the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ...core.arrays.bounds import mark
from ...core.binding.bound_loss import BoundLoss
from ...core.errors import BadValue, UsageProblem
from ...core.record import fields, record, replace
from ...core.scratch import Array
from ...core.sums.exact import ratio
from ...core.sums.reduction import gradient, unrounded
from ...core.sums.rows import Blocks, Rows
from ...core.sums.state import State
from ...sources.columns.candidates import CANDIDATE
from .infinite_rows import without_shared

if TYPE_CHECKING:
    from ...core.sums.reducers import Reducer


def role(candidate: int) -> str:
    """The role of a candidate's predictions; candidates count from 1."""
    return f"{CANDIDATE}{candidate}"


@record
class PairedLoss(BoundLoss):
    """The base's loss, bound, with the same loss bound to each candidate."""

    others: tuple[BoundLoss, ...] = ()

    @classmethod
    def of(cls, base: BoundLoss, others: Sequence[BoundLoss]) -> PairedLoss:
        """The base beside the candidates."""
        return cls(**{name: getattr(base, name) for name in fields(base)}, others=tuple(others))

    def prepared(self, blocks: Callable[[], Blocks]) -> PairedLoss:
        """Each side prepared on its own predictions."""

        def of(name: str) -> Callable[[], Blocks]:
            return lambda: ({**block, "pred": block[name]} for block in blocks())

        base = super().prepared(blocks)
        assert isinstance(base, PairedLoss)
        return replace(base, others=tuple(each.prepared(of(role(i))) for i, each in enumerate(self.others, 1)))

    def rows(self, block: Mapping[str, Any]) -> Rows:
        """The terms of the sides and of their differences."""
        base_rows = super().rows(block)
        base = tuple(map(np.array, base_rows.terms))  # the next side uses the same scratch
        mass = None if base_rows.mass is None else np.array(base_rows.mass)
        sides = []
        seen = [*base_rows.seen]
        for i, other in enumerate(self.others, 1):
            side = self._side(role(i), other, block)
            if (side.mass is None) != (mass is None) or (mass is not None and not np.array_equal(side.mass, mass)):  # type: ignore[arg-type]
                raise UsageProblem(f"What a row of {self.loss.name} counts for differs between the models.")
            sides.append(tuple(map(np.array, side.terms)))
            seen += [mark(role(i), within) for within in (True, False) if mark("pred", within) in side.seen]
        apart = [minus(c, b) for side in sides for c, b in zip(side, base, strict=True)]
        return Rows((*base, *(term for side in sides for term in side), *apart), mass, base_rows.ignored, seen)

    def _side(self, name: str, bound: BoundLoss, block: Mapping[str, Any]) -> Rows:
        try:
            return bound.rows({**block, "pred": block[name]})
        except BadValue as bad:
            if bad.role == "pred":
                raise bad.of_role(name) from None
            raise

    def one_sign(self, terms: Sequence[Array]) -> Sequence[bool]:
        """Of each term whether its weighted values are never negative, said of a side as if it ran alone."""
        k = self.width_of(len(terms))
        signs: list[bool] = []
        for i, bound in enumerate((self.of_base, *self.others)):
            signs += [bool(bound.one_sign(terms[i * k : (i + 1) * k]))] * k
        return signs + [False] * (len(terms) - len(signs))

    def reducers(self, terms: int) -> dict[int, Reducer]:
        """Those of each side's own terms."""
        k = self.width_of(terms)
        sides = enumerate((self.of_base, *self.others))
        return {i * k + place: each for i, bound in sides for place, each in bound.reducers(k).items()}

    @cached_property
    def of_base(self) -> BoundLoss:
        """The base alone."""
        return BoundLoss(**{name: getattr(self, name) for name in fields(BoundLoss)})

    def width_of(self, terms: int) -> int:
        """The terms of one side."""
        return terms // (1 + 2 * len(self.others))


def minus(c: Array, b: Array) -> Array:
    """c - b, and 0 where both are the same, also where both are infinite."""
    return np.subtract(c, b, out=np.zeros_like(c), where=c != b)


class PairedSums:
    """What a run of a PairedLoss found. Sides count from 0, the base; a contrast (i, j) is side j minus side i.

    (None, 0) is the base's value itself, so that one model alone is a case of several.
    """

    def __init__(self, bound: PairedLoss, state: State) -> None:
        self.bound, self.state = bound, state
        self.sides = 1 + len(bound.others)
        self.k = bound.width_of(len(state.totals))
        self.n = bound.reduction.counted(state)  # what is independent: rows, or batches of them
        self.rows = state.nonzero if bound.batched else self.n

    def side(self, i: int) -> tuple[BoundLoss, State]:
        """A side as if it had run alone."""
        bound = self.bound.of_base if i == 0 else self.bound.others[i - 1]
        return bound, self.state.part(range(i * self.k, (i + 1) * self.k))

    def difference(self, i: int | None, j: int, state: State | None = None, margin: float = 0.0) -> float:
        """The value of side j minus that of side i; of another state of the same terms, if it is given.

        A `margin` takes that share of the size of side i's value off: what is above 0 is beyond a relative margin.
        """
        if margin:
            return self.difference(i, j, state) - margin * abs(self.difference(None, i or 0, state))
        state = self._level(i, j, self.state if state is None else state)
        means = self.bound.reduction.means(state)
        finish = unrounded(self.bound.finish())
        ours = self._means(means, j)
        if i is None:
            return (finish(ours) if finish else ours[0]) + 0.0
        theirs = self._means(means, i)
        if finish is not None:
            return finish(ours) - finish(theirs) + 0.0
        extra, own = self._extra(i, j, state)[0], self._beside_base(i, j)
        if extra and not own:  # infinite in one of them alone
            return extra
        if state.reduced:
            return 0.0 if ours == theirs else ours[0] - theirs[0]
        if own:
            along = state.totals[j] - state.totals[i]
        else:
            along = (state.totals[self._apart(j)] if j else 0) - (state.totals[self._apart(i)] if i else 0)
        return ratio(along, self.bound.reduction.divisor(state)) + 0.0

    def without_shared(self, i: int, j: int) -> PairedSums:
        """The same sums, in which rows that are infinite in both sides count as nought in either."""
        return PairedSums(self.bound, self._level(i, j, self.state))

    def _level(self, i: int | None, j: int, state: State) -> State:
        if i is None or state.reduced or not any(state.special):
            return state
        extra = self._extra(i, j, state)
        level = without_shared(state, self._places(j), self._places(i), extra)
        return without_shared(level, self._places(0), self._places(0), extra) if i and j else level

    def _extra(self, i: int, j: int, state: State) -> list[float]:
        """Of each term what is infinite in side j alone, or in side i with the other sign; nan where not known."""
        apart = [[state.special[self._apart(side) + at] if side else 0.0 for at in range(self.k)] for side in (i, j)]
        return [after - before for before, after in zip(*apart, strict=True)]

    def _beside_base(self, i: int | None, j: int) -> bool:
        """Whether the base is infinite where two candidates are not: they differ by their own terms."""
        special = self.state.special
        sides = (*self._places(i), *self._places(j)) if i and j else ()
        return bool(sides) and any(special[at] for at in self._places(0)) and not any(special[at] for at in sides)

    def _places(self, i: int) -> range:
        return range(i * self.k, (i + 1) * self.k)

    def slopes(self, i: int | None, j: int, margin: float = 0.0) -> list[float]:
        """The gradient of the difference over all terms: f(b + d_j) - f(b + d_i), less a margin of |f(b + d_i)|."""
        level = self._level(i, j, self.state)
        means, finish = self.bound.reduction.means(level), self.bound.finish()
        ours = gradient(finish, self._means(means, j))
        theirs = [0.0] * self.k if i is None else gradient(finish, self._means(means, i))
        if margin and i is not None:
            share = 1.0 + math.copysign(margin, self.difference(None, i))
            theirs = [share * slope for slope in theirs]
        slopes = [0.0] * len(self.state.totals)
        if self._beside_base(i, j):
            slopes[j * self.k : (j + 1) * self.k] = ours
            slopes[(i or 0) * self.k : ((i or 0) + 1) * self.k] = [-each for each in theirs]
            return slopes
        slopes[: self.k] = [a - b for a, b in zip(ours, theirs, strict=True)]
        for side, slope in ((j, ours), (i or 0, [-each for each in theirs])):
            if side:
                at = self._apart(side)
                slopes[at : at + self.k] = slope
        return slopes

    def stderr(self, i: int | None, j: int, margin: float = 0.0) -> float | None:
        """The standard error of the difference; rows are independent, sides are not."""
        if self.bound.one_row or self.bound.dependent:
            return None
        if not math.isfinite(self.difference(i, j, margin=margin)):
            return None
        level = self._level(i, j, self.state)
        return self.bound.reduction.stderr_along(level, self.slopes(i, j, margin))

    def _means(self, means: Sequence[float], i: int) -> list[float]:
        return list(means[i * self.k : (i + 1) * self.k])

    def _apart(self, i: int) -> int:
        """Where the difference of a candidate starts among the terms."""
        return (self.sides + i - 1) * self.k
