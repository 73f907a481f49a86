"""What the scores of explained variation share: squared errors beside the variation of the labels, by column."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from ...core.declarations.domain import Choice
from ...core.declarations.param import Param
from ...core.errors import DataProblem
from ...core.scratch import Array
from .._columns import apart

EACH = Param(
    "each: the mean of a score a column; all: one score, in which columns weigh as their labels vary",
    Choice("each", "all"),
    knob=True,
)
CONSTANT = Param(
    "labels that do not vary are an error, or, as in scikit-learn, all is explained by a perfect model and nothing by "
    "any other",
    Choice("error", "finite"),
    knob=True,
)

_LOST = 1e-10  # of the labels' mean square; the variation is a difference of such squares, of which 6 digits remain
_NONE = 1e-14  # what rounding leaves of labels that are all equal


def residual_and_spread(pred: Array, label: Array) -> tuple[Array, ...]:
    """For each column the squared error, the label's square and the label."""
    label = np.asarray(label, dtype=pred.dtype)
    with np.errstate(over="ignore", under="ignore"):
        errors, squares = (pred - label) ** 2, label * label
    return tuple(part for column in zip(*map(apart, (errors, squares, label)), strict=True) for part in column)


def shares(means: Sequence[float], columns: str, constant: str) -> list[tuple[float, float]]:
    """The mean squared error and the variance of the labels, of each column or of all."""
    losses = []
    for at in range(0, len(means), 3):
        residual, square, mean = means[at : at + 3]
        losses.append((residual, variance_of(square, mean, constant)))
    return losses if columns == "each" else [(sum(a for a, _ in losses), sum(b for _, b in losses))]


def variance_of(square: float, mean: float, constant: str) -> float:
    """The variance of a mean square and a mean; of labels that do not vary it is an error, or 0."""
    variance = square - mean * mean
    if not math.isfinite(variance):
        return variance
    if variance <= _NONE * square:
        if constant == "finite":
            return 0.0
        raise DataProblem("The labels do not vary, so there is nothing to explain.", "Take mse or mae instead.")
    if variance < _LOST * square:
        raise DataProblem(
            "The labels vary too little beside their size to say how much is explained.",
            "Subtract the same number from predictions and labels.",
        )
    return variance


def unexplained(means: Sequence[float], columns: str, constant: str) -> float:
    """The squared error relative to the variation of the labels: 1 - R2."""
    parts = [_quotient(*share) for share in shares(means, columns, constant)]
    return sum(parts) / len(parts)


def _quotient(residual: float, variance: float) -> float:
    if variance == 0.0:
        return 0.0 if residual == 0.0 else 1.0
    return residual / variance


def slopes_of(sign: float) -> Callable[..., list[float]]:
    """The gradient of sign x `unexplained`: differences of it would cancel."""

    def slopes(means: Sequence[float], *, columns: str, constant: str) -> list[float]:
        parts = shares(means, columns, constant)
        losses: list[float] = []
        for i, at in enumerate(range(0, len(means), 3)):
            residual, variance = parts[i if columns == "each" else 0]
            scale = sign / (len(parts) * variance) if variance else 0.0
            share = residual / variance if variance else 0.0
            losses += [scale, -scale * share, 2.0 * means[at + 2] * scale * share]
        return losses

    return slopes
