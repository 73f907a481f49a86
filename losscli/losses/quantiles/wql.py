from collections.abc import Sequence
from typing import Any

import numpy as np

from ...core.errors import DataProblem
from ...core.loss import NONNEGATIVE, Paper, loss
from ...core.scratch import Array
from ._levels import COLUMNS, Quantiles, exact_mean_pinball, levels, mean_pinball


@loss(
    "wql",
    aliases=("weighted_quantile_loss", "scaled_crps", "mean_weighted_quantile_loss"),
    family="quantiles and expectiles",
    reductions=("mean",),
    formula="mean over quantiles of 2 sum pinball / sum |label|",
    unit="",
    facts={NONNEGATIVE},
    source=Paper(
        "Park et al. 2022, Learning quantile functions without quantile crossing, section 5", "arXiv:2111.06581"
    ),
    elsewhere={
        "gluonts": "mean_wQuantileLoss",
        "utilsforecast": "utilsforecast.losses.scaled_crps (of each series, then the mean)",
        "neuralforecast": "sCRPS",
    },
    errata="Weighted by the labels, not by quantiles: both sums run over all rows before they are divided. For the "
    "median alone it is wape.",
    **COLUMNS,
)
def wql(pred: Array, label: Array, *, quantile: Quantiles = None) -> tuple[Array, ...]:
    """Weighted quantile loss: the pinball losses of several quantiles relative to the sizes of the labels.

    Use it to compare forecasts across data sets of different units; rows of large labels dominate it.
    Shapes: pred (n, k), a column a quantile, and label (n,); --quantile lists the k quantiles in their order.
    Notes: labels that are all 0 are an error; an infinite prediction gives inf. There is no loss a row: take
    mean_quantile_loss.
    """
    return 2.0 * mean_pinball(pred, label, levels("wql", quantile, pred)), np.abs(np.asarray(label, dtype=np.float64))


@wql.finish(of="means")
def _(means: Sequence[float], *, quantile: Any) -> float:
    if means[1] == 0:
        raise DataProblem(
            "The labels are all 0, and wql divides by the sum of their sizes.", "Take mean_quantile_loss."
        )
    return means[0] / means[1]


@wql.formula
def _(m: Any, pred: Any, label: Any, *, quantile: Any) -> Any:
    return 2 * exact_mean_pinball(m, pred, label, quantile) / abs(label) if label else NotImplemented


wql.case(pred=[[1, 2, 4]], label=[3], quantile=[0.25, 0.5, 0.75], expect="2 * 1.25 / 9")
wql.case(pred=[[3.0], [1.0]], label=[1, -4], quantile=[0.5], expect="7 / 5")
