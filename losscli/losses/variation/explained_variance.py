from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np

from ...core.loss import Paper, call, loss
from ...core.scratch import Array
from .._columns import apart
from ._variation import CONSTANT, variance_of


@loss(
    "explained_variance",
    aliases=("explained_variance_score",),
    family="explained variation",
    pred=("values",),
    label=("values",),
    reductions=("mean",),
    best=1.0,
    formula="1 - variance of (label - pred) / variance of label",
    unit="",
    source=Paper("Achen 1982, Interpreting and using regression"),
    like={
        "sklearn": call("sklearn.metrics.explained_variance_score(labels, preds, sample_weight=)", constant="finite"),
        "torchmetrics": call("torchmetrics.functional.explained_variance(preds, labels)", constant="finite"),
    },
    errata="r2 counts a constant error, this does not: predictions that are all 5 too high have an explained variance "
    "of 1.",
    example="diabetes/pred.npy diabetes/label.npy",
)
def explained_variance(pred: Array, label: Array, *, constant: Annotated[str, CONSTANT] = "error") -> tuple[Array, ...]:
    """Share of the labels' variance that is left when errors that are alike in all rows are forgiven.

    Use it beside r2, of which it differs by the mean error: where the two are far apart predictions are biased.
    Shapes: (n,) or (n, d...); the mean of a score a column.
    Notes: labels that do not vary are an error, for there is nothing to explain. There is no score a row: take mse.
    """
    label = np.asarray(label, dtype=pred.dtype)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        errors = label - pred
        parts = errors * errors, errors, label * label, label
    return tuple(part for column in zip(*map(apart, parts), strict=True) for part in column)


def _shares(means: Sequence[float], constant: str) -> list[tuple[float, float]]:
    """The variance of the errors and of the labels, of each column."""
    columns = [means[at : at + 4] for at in range(0, len(means), 4)]
    return [(max(a - b * b, 0.0) if a == a else a, variance_of(c, d, constant)) for a, b, c, d in columns]


def _slopes(means: Sequence[float], *, constant: str) -> list[float]:
    """The gradient: differences of the value would cancel."""
    slopes: list[float] = []
    shares = _shares(means, constant)
    for (errors, variance), at in zip(shares, range(0, len(means), 4), strict=True):
        scale = 1.0 / (len(shares) * variance) if variance else 0.0
        share = errors / variance if variance else 0.0
        slopes += [-scale, 2.0 * means[at + 1] * scale, scale * share, -2.0 * means[at + 3] * scale * share]
    return slopes


@explained_variance.finish(of="means", slopes=_slopes)
def _(means: Sequence[float], *, constant: str) -> float:
    shares = _shares(means, constant)
    parts = [errors / variance if variance else float(errors != 0.0) for errors, variance in shares]
    return sum(1.0 - part for part in parts) / len(parts)


@explained_variance.formula
def _(m: Any, pred: Any, label: Any) -> Any:
    """Of all rows; of one row there is none."""
    if not isinstance(pred, tuple):
        return NotImplemented

    def variance(values: list[Any]) -> Any:
        mean = m.sum(values) / len(values)
        return m.sum((x - mean) ** 2 for x in values)

    return 1 - variance([y - x for x, y in zip(pred, label, strict=True)]) / variance(list(label))


explained_variance.case(pred=[2.5, 0.0, 2, 8], label=[3, -0.5, 2, 7], expect=0.957173447)
explained_variance.case(pred=[6.0, 7, 8], label=[1, 2, 3], expect="1")
explained_variance.case(pred=[[0.0, 0], [0, 2]], label=[[0, 1], [2, 3]], expect="(0 + 1) / 2")
