"""Correlations: functions of the first and second moments of predictions and labels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...core.errors import DataProblem
from ...core.scratch import Array
from .._columns import apart

_NONE = 1e-13  # a variance of so small a share of the mean square is roundings
_LOST = 1e-6  # one of so small a share has lost too many digits


def moments(pred: Array, label: Array) -> tuple[Array, ...]:
    """x, y, x^2, y^2, x y of each column, one column after the other."""
    label = np.asarray(label, dtype=pred.dtype)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        parts = pred, label, pred * pred, label * label, pred * label
    return tuple(part for column in zip(*map(apart, parts), strict=True) for part in column)


def spreads(means: Sequence[float]) -> tuple[float, float, float]:
    """The variance of predictions, that of labels, and their covariance."""
    x, y, xx, yy, xy = means
    return _variance(xx, x, "predictions"), _variance(yy, y, "labels"), xy - x * y


def _variance(square: float, mean: float, what: str) -> float:
    variance = square - mean * mean
    if not math.isfinite(variance):
        return variance
    if variance <= _NONE * square:
        raise DataProblem(f"The {what} do not vary, so they have no correlation.", "Take mse or mae instead.")
    if variance < _LOST * square:
        raise DataProblem(
            f"The {what} vary too little beside their size to say how they correlate.",
            "Subtract the same number from all of them.",
        )
    return variance


def exact_spreads(m: Any, pred: Any, label: Any) -> tuple[Any, Any, Any, Any]:
    """The variances, the covariance and the difference of the means of rows of scalars."""
    n = len(pred)
    x, y = m.sum(pred) / n, m.sum(label) / n
    return (
        m.sum((a - x) ** 2 for a in pred) / n,
        m.sum((b - y) ** 2 for b in label) / n,
        m.sum((a - x) * (b - y) for a, b in zip(pred, label, strict=True)) / n,
        x - y,
    )
