"""How far the kernels of later losses may be from their formulas, beside those of `formula_bounds`."""

from __future__ import annotations

import math
from typing import Any

from losscli.testing import oracle
from losscli.testing.accuracy import Accuracy as Bound
from losscli.testing.formula_row import FormulaRow as Row


def _factor_of_cosines(row: Row) -> float:
    """What cosines with proxies are multiplied by: it multiplies their roundings."""
    params = row.params
    factor = 1.0 / params["temperature"] if "temperature" in params else 2.0 * params["scale"]
    return 4 * float(factor) * (len(row.pred) / 16 + 1)


def _exponent_of_an_error(row: Row) -> float:
    """exp(x) of a rounded x is off by up to |x| ulp."""
    x = row.params["a"] * (row.label - row.pred)
    return 2 * abs(x) if math.isfinite(x) else 0.0


def _moments_of_members(row: Row) -> Any:
    """The square of the largest of the variance, the squared error and their product with the skewness."""
    m = oracle.m
    values = [m.number(x) for x in row.pred]
    size = max(abs(x) for x in (*values, m.number(row.label)))
    mean = m.sum(values) / len(values)
    variance = m.sum((x - mean) ** 2 for x in values) / (len(values) - 1)
    error = abs(mean - m.number(row.label))
    whole = variance + error**2 + error * m.sqrt(variance)
    return whole * (whole + size * (error + m.sqrt(variance)))


_COSINES = "the scale of cosines multiplies their roundings"
BOUNDS: dict[str, Bound] = {
    "box_iou": Bound(reason="1 less a quotient of areas", scale=lambda row: 1),
    "linex": Bound(reason="the exponential of a rounded product", more=_exponent_of_an_error),
    "error_spread": Bound(reason="a square of a difference of moments", scale=_moments_of_members),
    "normalized_softmax": Bound(reason=_COSINES, more=_factor_of_cosines),
    "proxy_nca": Bound(reason=_COSINES, more=_factor_of_cosines),
    "subcenter_arcface": Bound(reason=_COSINES, more=_factor_of_cosines),
}
