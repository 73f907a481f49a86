"""Row weights: what they may be, and what they make of the terms."""

from __future__ import annotations

from collections import Counter

import numpy as np

from ..core.arrays.ragged import Ragged
from ..core.binding.bound_loss import BoundLoss
from ..core.declarations.conventions import Preset
from ..core.errors import BadValue, UsageProblem
from ..core.scratch import Array, is_scratch, like
from ..core.sums.exact import UNIT, total
from ..core.sums.rows import Rows
from ..core.sums.state import State
from .missing import FilteredBlock

_WHOLE = 2.0**53  # above it floats skip whole numbers


def state_set_aside(filtered: FilteredBlock, weight: Array | None, bound: BoundLoss, counts: Counter[str]) -> State:
    """How many rows were set aside, and their weight; one that is unknown itself counts as none.

    Where weights are frequencies, rows are counted as often as these say.
    """
    state = State(0)
    state.rows = state.nonzero = len(filtered.unknown)
    state.weight = state.rows << UNIT
    if weight is not None:
        weights = weight[filtered.unknown].astype(np.float64)
        weights[~((weights >= 0) & (weights < np.inf))] = 0.0
        state.nonzero, state.weight = int(np.count_nonzero(weights)), total(weights, one_sign=True)
        if bound.counts_repeats:
            state.rows = state.nonzero = state.weight >> UNIT
    counts["repeats"] += state.rows - len(filtered.unknown)
    return state


def _check_repeats(weight: Array) -> None:
    """A weight that is no number of rows is a BadValue."""
    if weight.dtype.kind in "biu":
        return
    bad = (weight != np.floor(weight)) | (weight > _WHOLE)
    if bad.any():
        at = int(np.argmax(bad))
        raise BadValue(
            "weight",
            at,
            f"weight {weight[at]:.6g} is not a whole number, so it cannot say how many rows this one stands for",
            "Leave out --weights-are frequency: then weights are importance weights, which say how much a row counts.",
        )


def repeats_of(bound: BoundLoss, filtered: FilteredBlock, rows: Rows) -> tuple[Array | None, int]:
    """How many equal rows each row stands for, None where each is one; and how many those do that are left out."""
    if not bound.counts_repeats:
        return None, rows.ignored
    weight = np.asarray(filtered.arrays["weight"], dtype=np.float64)
    if not rows.ignored or rows.mass is None:
        return weight, 0
    out = rows.mass == 0.0
    if int(np.count_nonzero(out)) != rows.ignored:
        raise UsageProblem(
            "Weights that are frequencies count the rows that are left out, and rows of classes whose weight is 0 "
            "cannot be told from these.",
            "Give these classes a small weight, or leave their rows out with --where.",
            kind="contradiction",
            options=("weights-are",),
        )
    return weight, int(np.sum(weight[out]))


def check_weight(weight: Array | Ragged, *, repeats: bool = False) -> None:
    """A weight that is negative or not finite is a BadValue; with `repeats` also one that is no number of rows."""
    if isinstance(weight, Ragged):
        try:
            check_weight(weight.values)
        except BadValue as of_entry:
            row = int(np.searchsorted(weight.offsets, of_entry.index, side="right")) - 1
            raise BadValue("weight", row, of_entry.message) from None
        return
    if weight.dtype.kind == "b" or not len(weight) or (weight.min() >= 0 and weight.max() < np.inf):
        if repeats:
            _check_repeats(weight)
        return
    bad = (weight < 0) | np.isinf(weight)
    if bad.any():
        at = tuple(np.argwhere(bad)[0])
        raise BadValue(
            "weight", int(at[0]), f"weight {weight[at]:.6g} is {'negative' if weight[at] < 0 else 'infinite'}"
        )
    raise BadValue("weight", int(np.argwhere(np.isnan(weight))[0][0]), "weight nan is not a number")


def weighted(rows: Rows, weight: Array | None, preset: Preset | None) -> tuple[list[Array], Array | None]:
    """Terms times the row's weight, and what each row counts for; in a framework's floats under its preset."""
    if weight is None:
        return list(rows.terms), rows.mass
    weight = weight.astype(np.float64, copy=False) if preset is None else preset.as_items(preset.as_stored(weight))
    terms = [np.multiply(t, weight, out=like(f"weighted {i}", weight)) for i, t in enumerate(rows.terms)]
    if preset is not None:  # frameworks have no limits: 0 x inf is NaN there
        terms = [preset.as_items(term) for term in terms]
    else:
        _leave_out(terms, rows, weight)
    mass = weight if rows.mass is None else np.multiply(rows.mass, weight, out=like("weighted mass", weight))
    return terms, mass


def _leave_out(terms: list[Array], rows: Rows, weight: Array) -> None:
    """A weight of 0 leaves a row out, even one that costs inf."""
    left_out = weight == 0
    for term, plain in zip(terms, rows.terms, strict=True):
        if np.isnan(np.add.reduce(term)):
            term[left_out & ~np.isnan(plain)] = 0.0


def may_spend(terms: list[Array], filtered: FilteredBlock) -> bool:
    """Whether the terms are working memory that nothing else will read: theirs, and no input handed through."""
    inputs = [getattr(array, "base", None) for array in filtered.arrays.values()]
    return all(is_scratch(term) and not any(term.base is base for base in inputs) for term in terms)
