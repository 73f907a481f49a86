from collections.abc import Sequence
from typing import Any

import numpy as np

from ...core.errors import DataProblem
from ...core.loss import NONNEGATIVE, Paper, call, loss
from ...core.scratch import Array
from ..regression._errors import absolute_error


@loss(
    "wape",
    aliases=("wmape", "weighted_absolute_percentage_error", "normalized_deviation", "mad_mean_ratio"),
    family="relative errors",
    pred=("values",),
    label=("values",),
    reductions=("mean",),
    formula="sum |pred - label| / sum |label|",
    unit="",
    facts={NONNEGATIVE},
    source=Paper("Kolassa and Schuetz 2007, Advantages of the MAD/Mean ratio over the MAPE"),
    like={
        "torchmetrics": call("torchmetrics.functional.weighted_mean_absolute_percentage_error(preds, labels)"),
        "utilsforecast": call("utilsforecast.losses.nd(df, models)"),
    },
    elsewhere={
        "gluonts": "gluonts.ev.metrics.ND",
        "darts": "darts.metrics.wmape (in percent)",
    },
    errata="A ratio of two sums, not a mean of ratios: labels near 0 do no harm. The name means weighted MAPE, the "
    "weights being the labels.",
    example="diabetes/pred.npy diabetes/label.npy",
)
def wape(pred: Array, label: Array) -> tuple[Array, ...]:
    """Weighted absolute percentage error: the absolute error relative to the labels, both summed over all rows.

    Use it instead of mape where labels come near 0 or are 0, as for demand. Rows of large labels dominate it.
    Shapes: (n,) or (n, d...); both sums run over all elements.
    Notes: labels that are all 0 are an error; an infinite prediction gives inf. There is no loss a row: take mae.
    """
    return absolute_error(pred, label), np.abs(label.astype(pred.dtype))


@wape.finish(of="means")
def _(means: Sequence[float]) -> float:
    if means[1] == 0:
        raise DataProblem("The labels are all 0, and wape divides by the sum of their sizes.", "Take mae instead.")
    return means[0] / means[1]


@wape.formula
def _(m: Any, pred: Any, label: Any) -> Any:
    if isinstance(pred, list):
        size = m.sum(abs(y) for y in label)
        return m.sum(abs(x - y) for x, y in zip(pred, label, strict=True)) / size if size else NotImplemented
    return abs(pred - label) / abs(label) if label else NotImplemented


wape.case(pred=[1.5, 2, 5, 3], label=[1, 2, 3, 4], expect="0.35")
wape.case(pred=[1.5, 2, 5, 3], label=[1, 2, 3, -4], expect="9.5 / 10")
wape.case(pred=[1.5, 2, 5, 3], label=[1, 2, 3, 4], weight=[1, 2, 0, 2], expect="2.5 / 13")
