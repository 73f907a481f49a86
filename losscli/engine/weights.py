"""Row weights: what they may be, and what they make of the terms."""

from __future__ import annotations

import numpy as np

from ..core.conventions import Preset
from ..core.errors import BadValue
from ..core.exact import UNIT, total
from ..core.loss import Rows
from ..core.scratch import Array, like
from ..core.state import State
from .missing import FilteredBlock


def set_aside(piece: FilteredBlock, weight: Array | None) -> State:
    """How many rows were set aside, and their weight; one that is unknown itself counts as none."""
    state = State(0)
    state.rows = state.nonzero = len(piece.unknown)
    state.weight = state.rows << UNIT
    if weight is not None:
        held = weight[piece.unknown].astype(np.float64)
        held[~((held >= 0) & (held < np.inf))] = 0.0
        state.nonzero, state.weight = int(np.count_nonzero(held)), total(held, one_sign=True)
    return state


def check_weight(weight: Array) -> None:
    """A weight that is negative or not finite is a BadValue."""
    if weight.dtype.kind == "b" or not len(weight) or (weight.min() >= 0 and weight.max() < np.inf):
        return
    bad = (weight < 0) | np.isinf(weight)
    if bad.any():
        at = int(np.argmax(bad))
        raise BadValue("weight", at, f"weight {weight[at]:.6g} is {'negative' if weight[at] < 0 else 'infinite'}")
    raise BadValue("weight", int(np.argmax(np.isnan(weight))), "weight nan is not a number")


def weighted(found: Rows, weight: Array | None, preset: Preset | None) -> tuple[list[Array], Array | None]:
    """Terms times the row's weight, and what each row counts for; in a framework's floats under its preset."""
    if weight is None:
        return list(found.terms), found.mass
    weight = weight.astype(np.float64, copy=False) if preset is None else preset.as_items(preset.as_stored(weight))
    terms = [np.multiply(t, weight, out=like(f"weighted {i}", weight)) for i, t in enumerate(found.terms)]
    if preset is not None:  # frameworks have no limits: 0 x inf is NaN there
        terms = [preset.as_items(term) for term in terms]
    else:
        _leave_out(terms, found, weight)
    mass = weight if found.mass is None else np.multiply(found.mass, weight, out=like("weighted mass", weight))
    return terms, mass


def _leave_out(terms: list[Array], found: Rows, weight: Array) -> None:
    """A weight of 0 leaves a row out, even one that costs inf."""
    lost = weight == 0
    for term, plain in zip(terms, found.terms, strict=True):
        if np.isnan(np.add.reduce(term)):
            term[lost & ~np.isnan(plain)] = 0.0
