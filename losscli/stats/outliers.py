"""The rows that move a difference most, and what is left of it without them."""

from __future__ import annotations

import math

import numpy as np

from ..core.errors import DataProblem
from ..core.exact import UNIT, ratio
from ..core.state import State
from .influence_rows import IndependentUnits
from .paired import PairedSums

Row = tuple[int, float, float, float]  # row of the file, base's loss, candidate's loss, effect on the difference


def outliers(pool: PairedSums, rows: IndependentUnits, j: int, most: int) -> tuple[list[Row], float | None]:
    """The rows that add most to candidate j's difference, in its own direction, and the difference without them."""
    difference = pool.difference(0, j)
    if not most or not len(rows) or not math.isfinite(difference) or pool.bound.one_row:
        return [], None
    divisor = ratio(pool.bound.reduction.divisor(pool.state), 1 << UNIT)
    effect = rows.terms @ np.array(pool.slopes(0, j)) / divisor
    sign = -1.0 if difference < 0 else 1.0
    order = np.argsort(-sign * effect, kind="stable")[:most]
    chosen = order[sign * effect[order] > 0]
    if not len(chosen):
        return [], None
    found = [
        (int(rows.first[i]), _loss(pool, rows, 0, int(i)), _loss(pool, rows, j, int(i)), float(effect[i]))
        for i in chosen
    ]
    return found, _without(pool, rows.taken(chosen), j)


def _loss(pool: PairedSums, rows: IndependentUnits, side: int, i: int) -> float:
    """The loss of one row, its weight apart."""
    terms = rows.terms[i, side * pool.k : (side + 1) * pool.k] / (rows.mass[i] or 1.0)
    finish = pool.bound.finish()
    try:
        return float(finish(terms.tolist()) if finish else terms[0])
    except (ValueError, ZeroDivisionError, OverflowError):
        return math.nan


def _without(pool: PairedSums, rows: IndependentUnits, j: int) -> float | None:
    columns = [np.ascontiguousarray(column) for column in rows.terms.T]
    rest = pool.state.without(State.of(columns, rows.mass, spread=False))
    try:
        return pool.difference(0, j, rest)
    except DataProblem:  # nothing is left
        return None
