"""The losses that a D2 score can be of: deviances, whose best constant is the mean, and those of quantiles."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...core.declarations.domain import Choice
from ...core.errors import DataProblem
from ...core.scratch import Array
from .._columns import apart
from ..quantiles._sides import times

_POWERS = {"mse": 0.0, "poisson_deviance": 1.0, "gamma_deviance": 2.0}
_TWEEDIE = "tweedie:power="
_PINBALL = "pinball:quantile="


class Bases(Choice):
    """mse, mae, a deviance, tweedie:power=P with a power outside (0, 1), or pinball:quantile=Q."""

    def __init__(self) -> None:
        super().__init__(*_POWERS, f"{_TWEEDIE}1.5", "mae", f"{_PINBALL}0.9")

    def contains(self, value: object) -> bool:
        if not isinstance(value, str) or not value.startswith((_TWEEDIE, _PINBALL)):
            return value in _POWERS or value == "mae"
        try:
            number = float(value.partition("=")[2])
        except ValueError:
            return False
        if value.startswith(_PINBALL):
            return 0.0 <= number <= 1.0
        return math.isfinite(number) and not 0.0 < number < 1.0


def power_of(of: str) -> float:
    """The power of the variance that a base loss stands for."""
    return _POWERS[of] if of in _POWERS else float(of.removeprefix(_TWEEDIE))


def quantile_of(of: str) -> float | None:
    """The quantile that is the best constant prediction; None where it is the mean."""
    if of == "mae":
        return 0.5
    return float(of.removeprefix(_PINBALL)) if of.startswith(_PINBALL) else None


def gap_function(power: float) -> tuple[Any, Any]:
    """f and its derivative, of which the deviance of the mean of y is 2 (mean f(y) - f(mean y))."""
    if power == 0.0:
        return lambda x: x * x / 2, lambda x: x
    if power == 1.0:
        return lambda x: x * math.log(x) if x > 0 else 0.0, lambda x: math.log(x) + 1.0
    if power == 2.0:
        return lambda x: -math.log(x), lambda x: -1.0 / x
    one, two = 1.0 - power, 2.0 - power
    return lambda x: x**two / (one * two), lambda x: x**one / one


def quantile_terms(pred: Array, label: Array, quantile: float) -> tuple[Array, ...]:
    """For each column the pinball loss, 1, and the label, of which the quantile is taken."""
    parts: list[Array] = []
    for x, y in zip(apart(np.asarray(pred, dtype=np.float64)), apart(np.asarray(label, dtype=np.float64)), strict=True):
        over, under = np.maximum(x - y, 0.0), np.maximum(y - x, 0.0)
        parts += [times(over, 1.0 - quantile) + times(under, quantile), np.ones(len(y)), y]
    return tuple(parts)


def quantile_score(means: Sequence[float]) -> float:
    """The mean over columns of 1 - loss / loss of the labels' quantile."""
    columns = [means[at : at + 3] for at in range(0, len(means), 3)]
    if any(null == 0.0 for _, _, null in columns):
        raise DataProblem("The labels do not vary, so there is nothing to explain.", "Take the loss itself instead.")
    return sum(1.0 - loss / (null * count) for loss, count, null in columns) / len(columns)
