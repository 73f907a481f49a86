"""Exact addition of floats, as whole numbers of a tiny unit.

A float is a whole number of units of 2^-1074. Python's integers add without rounding, so sums kept this
way do not depend on order, threads or shards; one rounding happens when the number is reported.
"""

from __future__ import annotations

import math

import numpy as np

from ..scratch import Array, like

UNIT = 1074  # the smallest subnormal is 2^-1074
SQUARE = 3 * UNIT  # products of three floats: centre x centre x weight


def fixed(value: float) -> int:
    """The float as a whole number of 2^-UNIT. Exact; the value must be finite."""
    top, bottom = value.as_integer_ratio()
    return top << (UNIT - bottom.bit_length() + 1)


def product(*factors: float | int) -> int:
    """The product of up to three floats as a whole number of 2^-SQUARE. Exact."""
    top, shift = 1, SQUARE
    for factor in factors:
        numerator, denominator = factor.as_integer_ratio()
        top *= numerator
        shift -= denominator.bit_length() - 1
    return top << shift


def ratio(top: int, bottom: int) -> float:
    """top / bottom, rounded once; infinite where a float cannot hold it."""
    try:
        return top / bottom
    except OverflowError:
        return math.inf if (top > 0) == (bottom > 0) else -math.inf


def total(values: Array, *, one_sign: bool) -> int:
    """The sum of finite float64 values as a whole number of 2^-UNIT.

    With `one_sign` (all values >= 0) NumPy's pairwise sum is used: nothing cancels, and its error, a
    fraction of an ulp on average, is bounded by 28 ulp of the sum of a block. Otherwise values may cancel,
    and two error-free extractions (Rump, Ogita, Oishi: AccSum) leave an error below 2^-120 of the largest.
    """
    if one_sign and math.isfinite(bulk := float(np.add.reduce(values))):
        return fixed(bulk)
    largest = max(float(np.max(values, initial=0.0)), -float(np.min(values, initial=0.0)))
    if largest == 0.0:
        return 0
    if len(values) < 64 or largest > 2.0**960:
        return sum(map(fixed, values.tolist()))
    spread = math.frexp(largest)[1] + (len(values) + 2).bit_length()
    rest, exact = values, 0
    high, low = like("exact high", values), like("exact low", values)
    for _ in range(2):
        sigma = math.ldexp(1.0, spread)
        np.add(rest, sigma, out=high)
        np.subtract(high, sigma, out=high)
        exact += fixed(float(np.add.reduce(high)))
        rest = np.subtract(rest, high, out=low)
        spread += (len(values) + 2).bit_length() - 53
        if spread < -1000:
            return exact + sum(map(fixed, rest[rest != 0].tolist()))
    return exact + fixed(float(np.add.reduce(rest)))


def row_sums(values: Array, whole: bool = False) -> Array:
    """The sum of each row of a 2-D array, in float64: short rows by einsum, five times as fast there, long pairwise.

    `whole` promises whole numbers, whose sum is exact in any order.
    """
    if values.dtype == np.float32:
        doubles = like("row sums", values, np.float64)
        np.copyto(doubles, values)
        values = doubles
    if (whole or values.shape[1] <= 1024) and values.dtype == np.float64:
        sums: Array = np.einsum("ij->i", values)
        return sums
    return np.asarray(np.add.reduce(values, axis=1))


def row_dots(a: Array, b: Array) -> Array:
    """The sum of each row of a x b, in float64; `a` may be overwritten."""
    if a.shape[1] <= 1024 and a.dtype == b.dtype == np.float64:
        dots: Array = np.einsum("ij,ij->i", a, b)
        return dots
    return row_sums(np.multiply(a, b, out=a))


_STRETCH = 8192


def dot(a: Array, b: Array) -> float:
    """The inner product of two float64 arrays, in stretches whose sums are added pairwise.

    By einsum: BLAS would split long products over threads of its own, so that its bits depended on how many it has, and
    vecdot keeps the interpreter's lock, so that no other thread could go on.
    """
    return _stretched("ij,ij->i", a, b)


def squared(values: Array, out: Array) -> float:
    """The sum of the squares of a float64 array; `out`, which may be the values, is left with the squares.

    Two passes, yet a third faster than their inner product with themselves: NumPy multiplies with wider registers.
    """
    return _stretched("ij->i", np.multiply(values, values, out=out))


def _stretched(subscripts: str, *arrays: Array) -> float:
    n = len(arrays[0])
    whole = n - n % _STRETCH
    amount = 0.0
    if whole:
        parts = np.einsum(subscripts, *[array[:whole].reshape(-1, _STRETCH) for array in arrays])
        amount = float(np.add.reduce(parts))
    if whole < n:
        amount += float(np.einsum(subscripts, *[array[None, whole:] for array in arrays])[0])
    return amount
