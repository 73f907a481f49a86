from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Choice
from ...core.declarations.param import Param
from ...core.loss import Paper, call, loss
from ...core.scratch import Array
from ._moments import exact_spreads, moments, spreads

_COLUMN = 6  # terms of a column: five moments, and ones, whose sum is how many rows there are


@loss(
    "concordance_correlation",
    aliases=("ccc", "concordance", "concordance_corrcoef", "lins_ccc"),
    family="explained variation",
    pred=("values",),
    label=("values",),
    reductions=("mean",),
    best=1.0,
    single=False,
    formula="2 covariance / (variance of pred + variance of label + (mean pred - mean label)^2)",
    unit="",
    source=Paper("Lin 1989, A concordance correlation coefficient to evaluate reproducibility", "doi:10.2307/2532051"),
    like={
        "torchmetrics": call("torchmetrics.functional.concordance_corrcoef(preds, labels)", variance="sample"),
    },
    elsewhere={"keras": "keras.metrics.ConcordanceCorrelation (of each row's columns, then their mean)"},
    errata="Variances are over n in the paper; some libraries divide them by n - 1 and get a little more.",
    example="diabetes/pred.npy diabetes/label.npy",
)
def concordance_correlation(
    pred: Array,
    label: Array,
    *,
    variance: Annotated[
        str,
        Param(
            "variances over the number of rows, or over one less (sample)", Choice("population", "sample"), knob=True
        ),
    ] = "population",
) -> tuple[Array, ...]:
    """How near predictions and labels are to the line of equality: a correlation that minds scale and shift.

    Use it for agreement of two measurements, as of ratings; it is at most pearson_correlation, and 1 only where all
    predictions are right.
    Shapes: (n,) or (n, d...); the mean of a value a column.
    Notes: predictions or labels that do not vary are an error. There is no score a row.
    """
    columns = moments(pred, label)
    ones = np.ones(len(pred))
    return tuple(term for at in range(0, len(columns), 5) for term in (*columns[at : at + 5], ones))


@concordance_correlation.finish()
def _(sums: Sequence[float], *, variance: str) -> float:
    values = []
    for at in range(0, len(sums), _COLUMN):
        n = sums[at + 5]
        means = [each / n for each in sums[at : at + 5]] if n else [float("nan")] * 5
        a, b, c = spreads(means)
        shift = (means[0] - means[1]) ** 2
        if variance == "sample":
            shift *= (n - 1.0) / n
        values.append(2.0 * c / (a + b + shift))
    return sum(values) / len(values)


@concordance_correlation.formula
def _(m: Any, pred: Any, label: Any, *, variance: str) -> Any:
    """Of all rows; of one row there is none."""
    if not isinstance(pred, tuple):
        return NotImplemented
    a, b, c, shift = exact_spreads(m, pred, label)
    return 2 * c / (a + b + shift**2)


concordance_correlation.case(pred=[1.0, 2, 3], label=[1, 2, 3], expect="1")
concordance_correlation.case(pred=[1.0, 2, 3], label=[2, 3, 4], expect="4 / 7")
concordance_correlation.case(pred=[1.0, 2, 3], label=[2, 3, 4], variance="sample", expect="2 / 3")
concordance_correlation.case(pred=[2.5, 0.0, 2, 8], label=[3, -0.5, 2, 7], variance="sample", expect=0.9777)
