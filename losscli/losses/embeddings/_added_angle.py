"""What losses share that add a margin to the angle of the label's class, which has one vector or several."""

from __future__ import annotations

import math
from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Choice, Interval
from ...core.declarations.param import Param
from ...core.scratch import Array

AddedAngle = Annotated[
    float,
    Param("radians added to the label's angle, m", Interval(0, math.pi), usual=(0.0, 0.1, 0.2, 0.3, 0.35, 0.4, 0.5)),
]
BeyondPi = Annotated[
    str,
    Param("where theta + m exceeds pi; plain: the formula; linear: cos(theta) - m sin(m)", Choice("plain", "linear")),
]


def with_added_angle(cos: Array, sin: Array, margin: float, beyond_pi: str) -> Array:
    """The cosines (n,) of angles that are greater by the margin, of their cosines and sines."""
    shift, lift = math.cos(margin), math.sin(margin)
    moved = cos * shift - sin * lift
    if beyond_pi == "linear":  # theta > pi - m is cos < -cos m
        moved = np.where(cos < -shift, cos - margin * lift, moved)
    return np.asarray(moved)


def exact_with_added_angle(m: Any, cos: Any, margin: Any, beyond_pi: str) -> Any:
    """The same for formulas."""
    theta = m.acos(cos)
    if beyond_pi == "linear" and theta > m.pi - margin:
        return cos - margin * m.sin(margin)
    return m.cos(theta + margin)
