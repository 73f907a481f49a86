"""The losses that a D2 score can be of: deviances, whose best constant prediction is the mean of the labels."""

from __future__ import annotations

import math
from typing import Any

from ...core.declarations.domain import Choice

_POWERS = {"mse": 0.0, "poisson_deviance": 1.0, "gamma_deviance": 2.0}
_TWEEDIE = "tweedie:power="


class Bases(Choice):
    """mse, poisson_deviance, gamma_deviance, or tweedie:power=P with a power outside (0, 1)."""

    def __init__(self) -> None:
        super().__init__(*_POWERS, f"{_TWEEDIE}1.5")

    def contains(self, value: object) -> bool:
        if not isinstance(value, str) or not value.startswith(_TWEEDIE):
            return value in _POWERS
        try:
            power = power_of(value)
        except ValueError:
            return False
        return math.isfinite(power) and not 0.0 < power < 1.0


def power_of(of: str) -> float:
    """The power of the variance that a base loss stands for."""
    return _POWERS[of] if of in _POWERS else float(of.removeprefix(_TWEEDIE))


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
