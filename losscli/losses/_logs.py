"""Differences of logarithms and of what they approach, without the cancellation of the textbook's form."""

from __future__ import annotations

import math

import numpy as np

from ..core.scratch import Array

_NEAR = 0.5
_TERMS = range(45, 1, -2)  # of the series in s = x / (2 + x), which is at most 1/3 where |x| <= 1/2


def excess(x: Array) -> Array:
    """x - log(1 + x) for x >= -1. At most 6 ulp; inf at -1 and at inf.

    Near 0 both parts are nearly equal. There log(1 + x) = 2 artanh(s) with s = x / (2 + x), and x - 2 s = x s.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        losses = np.asarray(x - np.log1p(x))
    losses[x == np.inf] = np.inf
    near = np.abs(x) <= _NEAR
    if near.any():
        close = x[near]
        s = close / (2.0 + close)
        square = s * s
        series = np.zeros_like(s)
        for k in _TERMS:
            series += 1.0 / k
            series *= square
        losses[near] = s * (close - 2.0 * series)
    return losses


def log_ratio(above: Array, below: Array) -> Array:
    """log((1 + a) / (1 + b)) for a, b > -1. At most 4 ulp."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        gap = np.asarray((above - below) / (1.0 + below))
        far = ~(np.abs(gap) <= _NEAR)
        losses = np.log1p(np.where(far, 0.0, gap))
        if far.any():
            losses[far] = np.log((1.0 + above[far]) / (1.0 + below[far]))
    return losses


def log_quotient(above: Array, below: Array) -> Array:
    """log(a / b) for a, b >= 0, also where the quotient itself is outside the range of floats."""
    with np.errstate(all="ignore"):
        quotient = np.asarray(above / below)
        small = 1e-300 if quotient.itemsize == 8 else 1e-30
        inside = (quotient > small) & (quotient < 1.0 / small)
        return np.where(inside, np.log(np.where(inside, quotient, 1.0)), np.log(above) - np.log(below))


_TABLE = np.array([math.lgamma(k + 1.0) for k in range(256)])
_STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156)
_SHIFT = 8


def log_factorial(y: Array) -> Array:
    """log y! = log gamma(y + 1) for y >= 0, exact for whole y below 256; else to 4 ulp of its largest part."""
    y = np.asarray(y, dtype=np.float64)
    if y.size and y.max() < len(_TABLE):
        whole = y.astype(np.int64)
        if (whole == y).all():
            return np.asarray(_TABLE[whole])
    z = y + 1.0
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        low = z < _SHIFT
        rise = np.ones_like(z)
        for k in range(_SHIFT):  # gamma(z) = gamma(z + 8) / (z (z + 1) ... (z + 7))
            rise = np.where(low, rise * (z + k), rise)
        up = np.where(low, z + _SHIFT, z)
        square, series = 1.0 / (up * up), np.zeros_like(z)
        for factor in reversed(_STIRLING):
            series = series * square + factor
        losses = (up - 0.5) * np.log(up) - up + 0.5 * math.log(2.0 * math.pi) + series / up - np.log(rise)
    losses[y == np.inf] = np.inf
    known = (y < len(_TABLE)) & (y == np.floor(y))
    losses[known] = _TABLE[y[known].astype(np.int64)]
    return np.asarray(losses)
