"""Rows whose loss is infinite: in both models they are no difference, in means and in functions of sums alike.

Their terms then count as nought in either model. A row that is infinite in one model alone stays so, and decides.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ...core.scratch import Array
from ...core.sums.state import State


def without_shared(state: State, ours: Sequence[int], theirs: Sequence[int], apart: Sequence[float]) -> State:
    """The State in which the terms of two sides are nought in rows that are infinite in both.

    `ours` and `theirs` are the places of the sides' terms, and `apart` what is infinite in the difference of each: a
    side that is infinite in further rows stays infinite.
    """
    special = list(state.special)
    for our, their, extra in zip(ours, theirs, apart, strict=True):
        size = special[our]
        if not math.isinf(size) or size != special[their] or math.isnan(extra):
            continue
        further = math.copysign(1.0, size) * extra  # above 0 where our side is infinite in further rows
        if further <= 0.0:
            special[our] = 0.0
        if further >= 0.0:
            special[their] = 0.0
    if special == state.special:
        return state
    level = state.part(range(len(special)))
    level.special = special
    return level


def finite_terms(terms: Array, sides: int) -> Array:
    """The terms of the rows of a comparison, in the order of `PairedLoss`, with nought in place of what is infinite.

    Where the base is infinite and a candidate is not, their difference becomes the candidate's own term, so that
    candidates still differ from each other by what they do.
    """
    finite = np.isfinite(terms)
    if finite.all():
        return terms
    k = terms.shape[1] // (2 * sides - 1)
    clean = np.where(finite, terms, 0.0)
    base = np.tile(finite[:, :k], (1, sides - 1))
    clean[:, sides * k :] = np.where(base, clean[:, sides * k :], clean[:, k : sides * k])
    return np.asarray(clean)
