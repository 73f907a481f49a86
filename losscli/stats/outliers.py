"""The rows that move a difference most, and what is left of it without them."""

from __future__ import annotations

import math

import numpy as np

from ..core.errors import DataProblem
from ..core.sums.exact import UNIT, ratio
from ..core.sums.state import State
from .comparison.infinite_rows import finite_terms
from .comparison.paired import PairedSums
from .extreme_rows import row_loss
from .influence_rows import IndependentUnits

Row = tuple[int, float, float, float]  # row of the file, base's loss, candidate's loss, effect on the difference


def outliers(sums: PairedSums, rows: IndependentUnits, j: int, most: int) -> tuple[list[Row], float | None]:
    """The rows that add most to candidate j's difference, in its own direction, and the difference without them."""
    difference = sums.difference(0, j)
    if not most or not len(rows) or not math.isfinite(difference) or sums.bound.one_row or sums.bound.reduces:
        return [], None
    divisor = ratio(sums.bound.reduction.divisor(sums.state), 1 << UNIT)
    slopes = np.array(sums.slopes(0, j))
    used, terms = np.flatnonzero(slopes), finite_terms(rows.terms, sums.sides)
    along = terms @ slopes if len(used) == len(slopes) else terms[:, used] @ slopes[used]
    effect = along / divisor
    sign = -1.0 if difference < 0 else 1.0
    order = np.argsort(-sign * effect, kind="stable")[:most]
    chosen = order[sign * effect[order] > 0]
    if not len(chosen):
        return [], None
    worst_rows = [
        (int(rows.first[i]), _loss(sums, rows, 0, int(i)), _loss(sums, rows, j, int(i)), float(effect[i]))
        for i in chosen
    ]
    return worst_rows, _without(sums, rows.taken(chosen), j)


def _loss(sums: PairedSums, rows: IndependentUnits, side: int, i: int) -> float:
    """The loss of one row, its weight apart."""
    terms = rows.terms[i, side * sums.k : (side + 1) * sums.k] / (rows.mass[i] or 1.0)
    return row_loss(sums.bound.finish(), terms.tolist())


def _without(sums: PairedSums, rows: IndependentUnits, j: int) -> float | None:
    columns = [np.ascontiguousarray(column) for column in rows.terms.T]
    repeats = rows.rows.astype(np.float64) if sums.bound.counts_repeats else None
    rest = sums.state.without(State.of(columns, rows.mass, spread=False, repeats=repeats))
    try:
        return sums.difference(0, j, rest)
    except DataProblem:  # nothing is left
        return None
