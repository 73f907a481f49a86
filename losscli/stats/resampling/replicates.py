"""Tests by resampling independent units (rows or clusters): sign flips of the paired differences, and the bootstrap.

Random numbers come from Philox, a counter-based generator: those of a unit are a function of the seed and of its first
row in the file. So they are the same for every candidate and loss, in any format, on any number of threads.

Sums of resamples are matrix products, which add in whatever order the machine likes. So values are first rounded to so
few bits, at least 24 for 10^7 units, that every sum of them is exact: the order then changes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache

import numpy as np

from ...core.scratch import Array

EXACT = 13  # units up to which all signs are tried instead of a sample
_CHUNK = 1 << 18  # random words at a time
_MOST = 9  # a Poisson(1) number is below this: of 2^16 all are


def sign_flips(influence: Array, share: Array, first: Array, resamples: int, seed: int) -> tuple[Array, int]:
    """For each column the differences that no evidence stands against, as far as flips tell, and how many were tried.

    A unit's part of the estimate is `influence + share x difference`. Were the true difference t, the signs of
    `influence + share x (difference - t)` would be arbitrary. A flip is at least as extreme as the data where
    difference - t is at most q = sum s x influence / (1 - sum s x share): the q of all flips give the p-value of every
    t, and so the interval. The flip that changes nothing has no q; it counts as extreme for every t.
    """
    n, columns = influence.shape
    stacked, unit = _coarse(np.concatenate((influence, share[:, None]), axis=1))
    if n <= EXACT:
        signs = 1.0 - 2.0 * ((np.arange(1, 1 << n)[:, None] >> np.arange(n)) & 1)  # all but no flip at all
        sums = signs @ stacked
    else:
        heads = np.zeros((resamples, columns + 1))
        for part, bits in _bits(first, resamples, seed):
            heads += bits.T @ stacked[part]
        sums = stacked.sum(axis=0) - 2.0 * heads
    sums *= unit
    with np.errstate(divide="ignore", invalid="ignore"):
        quotients = sums[:, :columns] / (1.0 - sums[:, columns:])
    return np.sort(np.nan_to_num(quotients, nan=0.0), axis=0), len(sums) + 1


def flipped(difference: float, quotients: Array, count: int, level: float) -> tuple[float, float, float]:
    """Low and high end of the interval, and the two-sided p-value of no difference, from a column's sorted q."""
    at_least = count - int(np.searchsorted(quotients, difference * (1 - 1e-12), "left"))
    at_most = 1 + int(np.searchsorted(quotients, difference * (1 + 1e-12), "right"))
    if difference < 0:
        at_least = count - int(np.searchsorted(quotients, difference * (1 + 1e-12), "left"))
        at_most = 1 + int(np.searchsorted(quotients, difference * (1 - 1e-12), "right"))
    p_value = min(1.0, 2.0 * min(at_least, at_most) / count)
    outside = math.floor((1.0 - level) / 2.0 * count) - 1  # q beyond which p falls to (1 - level) / 2
    if outside < 0:
        return -math.inf, math.inf, p_value
    return difference - float(quotients[-1 - outside]), difference - float(quotients[outside]), p_value


def poisson_sums(columns: Array, first: Array, resamples: int, seed: int) -> Array:
    """The sums of each column over `resamples` bootstrap samples, in which a unit comes Poisson(1) times."""
    sums = np.zeros((resamples, columns.shape[1]))
    coarse, unit = _coarse(columns)
    for part, counts in _poisson(first, resamples, seed):
        sums += counts.T @ coarse[part]
    return sums * unit


def _coarse(columns: Array) -> tuple[Array, Array]:
    """The columns as whole numbers so small that no sum of resampled ones is rounded, and the units they count."""
    room = 52 - math.ceil(math.log2(_MOST * (len(columns) + 1)))
    largest = np.abs(columns).max(axis=0, initial=0.0)
    unit = np.ldexp(1.0, np.frexp(largest)[1] - room)
    return np.rint(columns / unit), unit


def _bits(first: Array, resamples: int, seed: int) -> Iterator[tuple[slice, Array]]:
    """For runs of units a bit for each resample, as floats."""
    for part, words in _words(first, -(-resamples // 64), seed):
        octets = words.astype("<u8", copy=False).view(np.uint8).reshape(len(words), -1)
        yield part, np.unpackbits(octets, axis=1, bitorder="little")[:, :resamples].astype(np.float64)


@cache
def _poisson_table() -> Array:
    """Poisson(1) numbers for 16 random bits: as often as 2^16 allows, with a mean of exactly 1."""
    often = [round(2.0**16 * math.exp(-1.0) / math.factorial(k)) for k in range(_MOST)]
    often[1] += 2**16 - sum(k * count for k, count in enumerate(often))
    often[0] += 2**16 - sum(often)
    return np.repeat(np.arange(float(_MOST)), often)


def _poisson(first: Array, resamples: int, seed: int) -> Iterator[tuple[slice, Array]]:
    """For runs of units a Poisson(1) number for each resample, as floats."""
    table = _poisson_table()
    for part, words in _words(first, -(-resamples // 4), seed):
        uniform = words.astype("<u8", copy=False).view("<u2").reshape(len(words), -1)
        yield part, table[uniform[:, :resamples]]


def _words(first: Array, width: int, seed: int) -> Iterator[tuple[slice, Array]]:
    """For runs of units at least `width` random 64-bit words each; those of a unit depend on its first row alone."""
    blocks = -(-width // 4)  # Philox gives four words a count
    most = max(1, _CHUNK // (64 * blocks))
    breaks = np.flatnonzero(np.diff(first) != 1) + 1
    for start, stop in zip([0, *breaks.tolist()], [*breaks.tolist(), len(first)], strict=True):
        for at in range(start, stop, most):
            end = min(stop, at + most)
            generator = np.random.Philox(key=seed, counter=int(first[at]) * blocks)
            yield slice(at, end), generator.random_raw((end - at) * 4 * blocks).reshape(end - at, -1)
