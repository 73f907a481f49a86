"""Distances of triplets as PyTorch and Optax write them, in their own floats, for PyTorch digit for digit.

Near and far cancel, so a last bit of a distance is many of the loss: sums are taken in the frameworks' order.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core.declarations.domain import Choice, Interval, inf
from ...core.declarations.param import Param
from ...core.errors import UsageProblem
from ...core.scratch import Array

Float = np.dtype[Any]

_PLAIN = 12  # XLA adds so many terms one after the other; more in an order of its own, which no digit can be asked of

FORMULA = Param(
    "how distances are made: exactly, or as a framework does, in its floats (torch: --epsilon is added to each "
    "difference; optax: to the sum under the root, and an odd --p keeps signs)",
    Choice("exact", "torch", "optax"),
    knob=True,
)
P = Param("power of the norm, with --formula", Choice(1, 2), knob=True)
EPSILON = Param("what a framework adds to distances", Interval(0, inf, "left"), knob=True, usual=(0.0, 1e-6))


def check_formula(formula: str, p: int, epsilon: float, distance: str, mining: str | None) -> None:
    """Knobs of a framework's formula need it, and it has no mining and no squared distances."""
    if formula == "exact":
        for name, value, neutral in (("p", p, 2), ("epsilon", epsilon, 0.0)):
            if value != neutral:
                raise UsageProblem(f"--{name} {value:g} belongs to --formula torch or optax.", options=("formula",))
    elif mining is not None:
        raise UsageProblem(
            f"--formula {formula} has no --mining.",
            "Give --positive and --negative.",
            options=("formula", "mining", "positive", "negative"),
        )
    elif distance != "euclidean":
        raise UsageProblem(
            f"--formula {formula} is for --distance euclidean.",
            "Add --distance euclidean.",
            options=("formula", "distance"),
        )


def framework_shortfall(
    pred: Array, positive: Array, negative: Array, margin: float, formula: str, p: int, epsilon: float, dtype: Float
) -> Array:
    """max(0, near - far + margin) in the framework's floats, in float64."""
    between = _torch if formula == "torch" else _optax
    with np.errstate(all="ignore"):
        anchor, e, m = pred.astype(dtype), dtype.type(epsilon), dtype.type(margin)
        near = between(anchor - positive.astype(dtype), p, e)
        far = between(anchor - negative.astype(dtype), p, e)
        gap = m + near - far if formula == "torch" else near - far + m
        return np.asarray(np.maximum(gap, 0), np.float64)


def _torch(gap: Array, p: int, eps: Any) -> Array:
    gap = gap + eps
    return _in_order(np.abs(gap)) if p == 1 else np.asarray(np.sqrt(_squares(gap)))


def _optax(gap: Array, p: int, eps: Any) -> Array:
    terms = gap if p == 1 else gap * gap
    if gap.shape[1] > _PLAIN:
        total = _in_order(terms.astype(np.float64)).astype(gap.dtype) + eps
    else:
        total = _in_order(terms) + eps
    return total if p == 1 else np.asarray(np.sqrt(total))


def _in_order(terms: Array) -> Array:
    """The sum of each row, from left to right."""
    total = np.zeros(len(terms), terms.dtype)
    for column in terms.T:
        total += column
    return total


def _squares(gap: Array) -> Array:
    """The sum of squares of each row as torch.linalg.vector_norm has it: eight at a time, then four, then one by one.

    The last ones are added to unrounded squares (fused multiply-add), which float64 does for float32.
    """
    width = gap.shape[1]
    eights, fours = width - width % 8, width - width % 4
    square = gap * gap
    eight_sums = np.zeros((len(gap), 8), gap.dtype)
    for at in range(0, eights, 8):
        eight_sums += square[:, at : at + 8]
    total = _in_order(eight_sums)
    for at in range(eights, fours):
        total += square[:, at]
    for at in range(fours, width):
        wide = gap[:, at].astype(np.float64)
        total = (total + wide * wide).astype(gap.dtype)
    return total
