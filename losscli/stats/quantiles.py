"""Distributions that a test needs, without SciPy: normal, Student's t, and the power of a t-test.

Each holds 1e-10 against SciPy (`tests/test_quantiles.py`), tails included: they are computed as tails, never as one
minus nearly one.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from ..core.scratch import Array

_ROOT2 = math.sqrt(2.0)
_MANY = 1e4  # degrees of freedom from which the continued fraction would lose digits
_LARGE = 1e12  # degrees of freedom from which Student's t is the normal to a float


def normal_tail(x: float) -> float:
    """P(Z > x)."""
    return 0.5 * math.erfc(x / _ROOT2)


def normal_quantile(p: float) -> float:
    """The x with P(Z <= x) = p: a rational start (Abramowitz and Stegun 26.2.23), then Halley's steps on the tail."""
    if not 0.0 < p < 1.0:
        return math.nan if math.isnan(p) or p < 0.0 or p > 1.0 else math.copysign(math.inf, p - 0.5)
    if p == 0.5:
        return 0.0
    tail = min(p, 1.0 - p)
    root = math.sqrt(-2.0 * math.log(tail))
    top = (0.010328 * root + 0.802853) * root + 2.515517
    x = root - top / (((0.001308 * root + 0.189269) * root + 1.432788) * root + 1.0)
    for _ in range(4):
        error = (normal_tail(x) - tail) / (math.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi))
        x += error / (1.0 + 0.5 * x * error)
    return x if p > 0.5 else -x


@cache
def _log_beta_half(a: float) -> float:
    """log B(a, 1/2). For large a as a series: two lgammas would cancel to nothing."""
    if a < 40.0:
        return math.lgamma(a) + math.lgamma(0.5) - math.lgamma(a + 0.5)
    # Gamma(a + 1/2) / Gamma(a) about its midpoint m = a - 1/4: sqrt(m) (1 + 1/(64 m^2) - ...)
    m = a - 0.25
    s = 1.0 / (m * m)
    series = 0.0
    for coefficient in (0.0023855577, -0.0012987628579, 0.0012035369873046875, -0.0023193359375, 0.015625):
        series = (series + coefficient) * s
    return 0.5 * math.log(math.pi) - 0.5 * math.log(m) - math.log1p(series)


def _beta_fraction(a: float, b: float, x: float) -> float:
    """The continued fraction of the incomplete beta function (DLMF 8.17.22), by Lentz's method; x below its mean."""
    tiny = 1e-300
    c, d = 1.0, 1.0 - (a + b) * x / (a + 1.0)
    d = 1.0 / (d or tiny)
    value = d
    for m in range(1, 10_000):
        for step in (
            m * (b - m) * x / ((a + 2 * m - 1.0) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1.0)),
        ):
            d = 1.0 / ((1.0 + step * d) or tiny)
            c = (1.0 + step / c) or tiny
            value *= c * d
        if abs(c * d - 1.0) < 1e-16:
            break
    return value


def t_tail(x: float, df: float) -> float:
    """P(T > x) for Student's t with df degrees of freedom."""
    if df > _LARGE or math.isinf(x) or math.isnan(x):
        return normal_tail(x)
    if x < 0.0:
        return 1.0 - t_tail(-x, df)
    if df > _MANY:
        return _integrated_tail(x, df)
    a, square = 0.5 * df, x * x
    # log of u^a (1 - u)^(1/2) / B(a, 1/2), u = df / (df + x^2)
    front = -a * math.log1p(square / df) + math.log(x or 1e-300) - 0.5 * math.log(df + square) - _log_beta_half(a)
    if df / (df + square) < (a + 1.0) / (a + 2.5):
        return 0.5 * math.exp(front) / a * _beta_fraction(a, 0.5, df / (df + square))
    return 0.5 - math.exp(front) * _beta_fraction(0.5, a, square / (df + square))


def _integrated_tail(x: float, df: float) -> float:
    """The tail from x >= 0 as an integral of the density, which falls about as fast as the normal's."""
    nodes, weights = _nodes()
    length = 45.0 / (x + 4.5)
    at = x + 0.5 * length * (nodes + 1.0)
    front = -0.5 * math.log(df) - _log_beta_half(0.5 * df)
    return float(np.sum(weights * np.exp(front - 0.5 * (df + 1.0) * np.log1p(at * at / df)))) * 0.5 * length


def t_density(x: float, df: float) -> float:
    """The density of Student's t."""
    return math.exp(-0.5 * (df + 1.0) * math.log1p(x * x / df) - 0.5 * math.log(df) - _log_beta_half(0.5 * df))


@cache
def t_quantile(p: float, df: float) -> float:
    """The x with P(T <= x) = p: between bounds that close in, by Newton's steps where these stay inside."""
    if not 0.0 < p < 1.0 or p == 0.5 or df > _LARGE:
        return 0.0 if p == 0.5 else normal_quantile(p)
    tail = min(p, 1.0 - p)
    x = -normal_quantile(tail)
    low, high = 0.0, math.inf
    for _ in range(200):
        reached = t_tail(x, df)
        low, high = (x, high) if reached > tail else (low, x)
        # on the logarithm of the tail, which is nearly straight far out
        step = reached * math.log(reached / tail) / t_density(x, df) if reached > 0.0 else math.inf
        ahead = x + step
        if not low < ahead < high:
            ahead = 0.5 * (low + high) if high < math.inf else 2.0 * x + 1.0
        if abs(ahead - x) <= 4e-16 * abs(x):
            break
        x = ahead
    return x if p > 0.5 else -x


@cache
def _nodes() -> tuple[Array, Array]:
    rule = np.polynomial.legendre.leggauss(200)
    return np.asarray(rule[0]), np.asarray(rule[1])


def noncentral_t_tail(x: float, df: float, shift: float) -> float:
    """P(T > x) for (Z + shift) / S, S = sqrt(chi^2 / df): the chance of Z > x S - shift, averaged over S."""
    if df > 1e6:
        return normal_tail(x - shift)
    low, high = _spread_of_deviation(df)
    nodes, weights = _nodes()
    s = 0.5 * (high - low) * nodes + 0.5 * (high + low)
    density = (df - 1.0) * np.log(s) - 0.5 * df * s * s
    density = np.exp(density - density.max())
    tails = np.array([normal_tail(x * each - shift) for each in s.tolist()])
    return float(np.sum(weights * density * tails) / np.sum(weights * density))


def _spread_of_deviation(df: float) -> tuple[float, float]:
    """Where S lies but for 1e-15 of its chance."""
    width = 9.0 / math.sqrt(2.0 * df)
    return max(1e-12, 1.0 - width), 1.0 + width + 8.0 / df
