"""Minus the logarithm of the probability that a standard distribution gives an interval, to its last digits.

`low` and `high` are the ends z, which may be infinite, and `width` is high - low, taken where it does not cancel.
"""

from __future__ import annotations

import math

import numpy as np

from ...core.scratch import Array
from .._stable import log1mexp

_HALF_LOG_TAU = 0.5 * math.log(2.0 * math.pi)
_NODES, _SHARES = np.polynomial.legendre.leggauss(20)
_FAR = 25.0  # beyond it the asymptotic series of the normal tail has all digits in ten terms


def logistic_interval(low: Array, high: Array, width: Array) -> Array:
    """-log(S(high) - S(low)) with S(z) = 1 / (1 + exp(-z)): the difference is S(high) S(-low) (1 - exp(-width))."""
    return _softplus(-high) + _softplus(low) - log1mexp(-width, np.empty_like(width))


def extreme_interval(low: Array, high: Array, width: Array) -> Array:
    """-log(exp(-e^low) - exp(-e^high)), with e^high - e^low = exp(high + log(1 - exp(-width)))."""
    size = high + log1mexp(-width, np.empty_like(width))
    inside = log1mexp(-np.exp(size), np.empty_like(size))
    return np.exp(low) - np.where(size < -37.0, size, inside)


def normal_interval(low: Array, high: Array, width: Array) -> Array:
    """-log(Phi(high) - Phi(low)): by quadrature where the interval is narrow, by its tails elsewhere."""
    flip = low + high < 0  # the same by symmetry, the far end above 0
    low, high = np.where(flip, -high, low), np.where(flip, -low, high)
    losses = np.empty_like(low)
    narrow = (width < 1.0) & (width * np.maximum(low, 0.0) < 1.0)
    losses[narrow] = _narrow(low[narrow], width[narrow])
    tail = ~narrow & (low > 0)
    first, last = _log_upper(low[tail]), _log_upper(high[tail])
    losses[tail] = -first - np.where(last == -np.inf, 0.0, np.log1p(-np.exp(np.minimum(last - first, 0.0))))
    middle = ~narrow & ~tail
    outside = np.exp(_log_upper(high[middle])) + np.exp(_log_upper(-low[middle]))
    losses[middle] = -np.log1p(-outside)
    return losses


def _narrow(low: Array, width: Array) -> Array:
    """The density at the low end times the integral of exp(-low x - x^2 / 2) over the width."""
    x = 0.5 * width[:, None] * (_NODES + 1.0)
    inside = np.exp(-(low[:, None] + 0.5 * x) * x) @ (0.5 * _SHARES)
    return 0.5 * low * low + _HALF_LOG_TAU - np.log(width) - np.log(inside)


def _log_upper(z: Array) -> Array:
    """log of the upper tail of the normal distribution, for z >= 0."""
    near = np.fromiter(map(math.erfc, (np.minimum(z, _FAR) * math.sqrt(0.5)).tolist()), np.float64, len(z))
    logs: Array = np.log(0.5 * near)
    far = z > _FAR
    if far.any():
        x = z[far]
        inverse, term, series = 1.0 / (x * x), np.ones_like(x), np.ones_like(x)
        for k in range(1, 20, 2):
            term = -term * k * inverse
            series += term
        with np.errstate(divide="ignore"):
            logs[far] = -0.5 * x * x - _HALF_LOG_TAU - np.log(x) + np.log(series)
    return logs


def _softplus(z: Array) -> Array:
    return np.asarray(np.maximum(z, 0.0) + np.log1p(np.exp(-np.abs(z))))
