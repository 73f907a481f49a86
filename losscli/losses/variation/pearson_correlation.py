import math
from collections.abc import Sequence
from typing import Any

from ...core.loss import Paper, call, loss
from ...core.scratch import Array
from ._moments import exact_spreads, moments, spreads


def _slopes(means: Sequence[float]) -> list[float]:
    """The gradient of the mean of the columns' correlations: differences of it would cancel."""
    slopes: list[float] = []
    columns = [means[at : at + 5] for at in range(0, len(means), 5)]
    for column in columns:
        a, b, c = spreads(column)
        x, y = column[0], column[1]
        scale = 1.0 / (math.sqrt(a) * math.sqrt(b) * len(columns))
        slopes += [
            scale * (c * x / a - y),
            scale * (c * y / b - x),
            -0.5 * scale * c / a,
            -0.5 * scale * c / b,
            scale,
        ]
    return slopes


@loss(
    "pearson_correlation",
    aliases=("pearson", "pearson_corrcoef", "correlation", "pearsonr", "corr", "corrcoef"),
    family="explained variation",
    pred=("values",),
    label=("values",),
    reductions=("mean",),
    best=1.0,
    single=False,
    formula="covariance of pred and label / (deviation of pred x deviation of label)",
    unit="",
    source=Paper("Pearson 1895, Notes on regression and inheritance in the case of two parents"),
    like={"torchmetrics": call("torchmetrics.functional.pearson_corrcoef(preds, labels)")},
    elsewhere={
        "keras": "keras.metrics.PearsonCorrelation (of each row's columns, then their mean)",
        "scipy": "scipy.stats.pearsonr",
    },
    errata="It forgives any scale and shift: predictions that are ten times too large may have a correlation of 1. "
    "concordance_correlation does not.",
    example="diabetes/pred.npy diabetes/label.npy",
)
def pearson_correlation(pred: Array, label: Array) -> tuple[Array, ...]:
    """Correlation of predictions and labels: 1 where they lie on a rising line, -1 on a falling one.

    Use it where only the ups and downs count, not units; beside it rmse says how far off predictions are.
    Shapes: (n,) or (n, d...); the mean of a correlation a column.
    Notes: predictions or labels that do not vary are an error. There is no score a row.
    """
    return moments(pred, label)


@pearson_correlation.finish(of="means", slopes=_slopes)
def _(means: Sequence[float]) -> float:
    parts = [spreads(means[at : at + 5]) for at in range(0, len(means), 5)]
    return sum(max(-1.0, min(1.0, c / (math.sqrt(a) * math.sqrt(b)))) for a, b, c in parts) / len(parts)


@pearson_correlation.formula
def _(m: Any, pred: Any, label: Any) -> Any:
    """Of all rows; of one row there is none."""
    if not isinstance(pred, tuple):
        return NotImplemented
    a, b, c, _ = exact_spreads(m, pred, label)
    return c / m.sqrt(a * b)


pearson_correlation.case(pred=[1.0, 2, 3], label=[2, 4, 6], expect="1")
pearson_correlation.case(pred=[1.0, 2, 4], label=[1, 3, 2], expect=0.3273268)
pearson_correlation.case(pred=[1.0, 2, 3], label=[1, 3, 2], weight=[1, 1, 0], expect="1")
pearson_correlation.case(pred=[[1.0, 0], [2, 1], [4, 2]], label=[[1, 2], [3, 1], [2, 0]], expect=-0.3363366)
