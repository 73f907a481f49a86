"""The second moments of a block, as exact integers that keep the digits of the spread."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from ..scratch import Array, like
from .exact import SQUARE, UNIT, dot, product, ratio, squared, total


class Totals(Protocol):
    """The sums of a block: of each weighted term and of the weights, in units of 2^-UNIT."""

    totals: list[int]
    weight: int


class _Scaled:
    """The sums of a block whose terms and weights are scaled by powers of two."""

    def __init__(self, state: Totals, exponents: Sequence[int]) -> None:
        self.totals = [_shifted(t, -e) for t, e in zip(state.totals, exponents, strict=False)]
        self.weight = _shifted(state.weight, -exponents[-1])


_LOWEST = SQUARE - 940  # bits of a sum of squares so small that some of them may have left the range of floats


def squares_in_range(
    terms: Sequence[Array], weight: Array | None, state: Totals, *, one_sign: bool = False, spend: bool = False
) -> list[int] | None:
    """Q of a block, also where squares leave the range of floats: then of scaled numbers, moved by their exponents."""
    entries = squares(terms, weight, state, one_sign=one_sign, spend=spend)
    k = len(terms)
    places = [place(i, i, k + 1) for i in range(k if weight is None else k + 1)]
    if entries is not None and all(entries[at].bit_length() > _LOWEST for at in places):
        return entries
    columns = [*terms] if weight is None else [*terms, weight]
    largest = [float(np.abs(column).max(initial=0.0)) for column in columns]
    exponents = [math.frexp(each)[1] for each in largest] + [0] * (weight is None)
    if not all(map(math.isfinite, largest)) or all(abs(e) < 450 for e in exponents):
        return entries  # it is the spread that is small, or what is here cannot be scaled
    near = [np.ldexp(column, -e) for column, e in zip(columns, exponents, strict=False)]
    scaled = squares(near[:k], None if weight is None else near[k], _Scaled(state, exponents))
    if scaled is None:
        return None
    powers = [exponents[i] + exponents[j] for i in range(k + 1) for j in range(i, k + 1)]
    return [_shifted(entry, power) for entry, power in zip(scaled, powers, strict=True)]


class _Repeated:
    """The sums of a block in which each row stands for so many equal ones, of which this is the number."""

    def __init__(self, state: Totals, number: int) -> None:
        self.totals, self.weight = state.totals, number


def squares_of_repeats(
    terms: Sequence[Array], weight: Array, repeats: Array, state: Totals
) -> tuple[list[int] | None, list[int] | None]:
    """Q of the rows that a block's rows stand for, and the same without the weight's row about their mean.

    A row that stands for f rows adds f (z / f)(z / f)' = (z / root f)(z / root f)'.
    """
    root = np.sqrt(repeats)
    by = np.where(root > 0.0, root, 1.0)
    terms = [term / by for term in terms]
    whole = squares_in_range(terms, weight / by, state)
    spreads = whole
    if not np.array_equal(weight, repeats):
        spreads = squares_in_range(terms, root, _Repeated(state, total(repeats, one_sign=False)))
    return whole, without_weight(spreads, len(terms))


def without_weight(squares: list[int] | None, terms: int) -> list[int] | None:
    """Q of the terms alone."""
    if squares is None:
        return None
    if terms == 1:
        return squares[:1]
    return [squares[place(i, j, terms + 1)] for i in range(terms) for j in range(i, terms)]


def _shifted(amount: int, power: int) -> int:
    """amount x 2^power, floored to a unit."""
    return amount << power if power >= 0 else amount >> -power


def place(i: int, j: int, width: int) -> int:
    """Where entry (i, j) of a symmetric matrix stands in its upper triangle."""
    i, j = min(i, j), max(i, j)
    return i * width - i * (i - 1) // 2 + (j - i)


_FAINT = 1e-140  # squares of less may leave the range of floats


def squares(
    terms: Sequence[Array], weight: Array | None, state: Totals, *, one_sign: bool = False, spend: bool = False
) -> list[int] | None:
    """Q of a block, about centres c, moved to zero exactly. With d = z - c w:

    sum z_i z_j = sum d_i d_j + c_i sum d_j w + c_j sum d_i w + c_i c_j sum w w.

    A centre is the block's mean where the spread is small beside it, else 0. So nothing cancels, whatever the mean,
    and no block needs to know another's pilot.
    """
    n = len(terms[0])
    if weight is None and len(terms) == n == 1:
        return [product(float(terms[0][0]), float(terms[0][0])), state.totals[0] << (SQUARE - UNIT), 1 << SQUARE]
    if weight is None and len(terms) == 1 and one_sign:
        centre = ratio(state.totals[0], n << UNIT)
        if _FAINT < centre < 1 / _FAINT:
            squares = terms[0] if spend else like("state 0", terms[0])
            raw = squared(terms[0], squares)
            if raw - n * centre * centre > 1e-3 * raw:
                return [product(raw), state.totals[0] << (SQUARE - UNIT), n << SQUARE]  # an infinite raw is not here
            terms = [np.sqrt(squares, out=squares)]  # in binary the root of x^2 is x, to the bit
    whole = n << UNIT if weight is None else state.weight
    centres = [ratio(t, whole) if whole else 0.0 for t in state.totals]
    if not all(map(math.isfinite, centres)):
        return None
    deviations = [_deviation(t, c, weight, i) for i, (t, c) in enumerate(zip(terms, centres, strict=True))]
    if weight is None:
        mass = float(n)
        lift = SQUARE - UNIT
        drift = [(t << lift) - product(mass, c) for t, c in zip(state.totals, centres, strict=True)]
    else:
        mass = dot(weight, weight)
        along = [dot(d, weight) for d in deviations]
        if not all(map(math.isfinite, (mass, *along))):
            return None
        drift = list(map(product, along))
    k = len(terms)
    entries: list[int] = []
    for i in range(k):
        for j in range(i, k):
            spread = dot(deviations[i], deviations[j])
            if not math.isfinite(spread):
                return None
            shift = _times(centres[i], drift[j]) + _times(centres[j], drift[i])
            entries.append(product(spread) + shift + product(centres[i], centres[j], mass))
        entries.append(drift[i] + product(centres[i], mass))
    entries.append(product(mass))
    return entries


def _deviation(term: Array, centre: float, weight: Array | None, i: int) -> Array:
    out = like(f"state {i}", term)
    if weight is None:
        return np.subtract(term, centre, out=out)
    np.multiply(weight, -centre, out=out)
    return np.add(term, out, out=out)


def _times(factor: float, amount: int) -> int:
    """factor x amount for an amount in units of 2^-SQUARE, floored to a unit: far below any rounding."""
    top, bottom = factor.as_integer_ratio()
    return (top * amount) // bottom
