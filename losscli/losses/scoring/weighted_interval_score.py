from typing import Any

import numpy as np

from ...core.errors import UsageProblem
from ...core.loss import NONNEGATIVE, Paper, loss
from ...core.scratch import Array
from ..quantiles._levels import COLUMNS, Quantiles, levels, mean_pinball

_ROUNDING = 1e-9  # so far two quantiles may be from adding up to 1


@loss(
    "weighted_interval_score",
    aliases=("wis",),
    family="scoring rules",
    formula="(|label - median| / 2 + sum over intervals of alpha / 2 x interval score) / (intervals + 1 / 2)",
    unit="label units",
    facts={NONNEGATIVE},
    source=Paper(
        "Bracher et al. 2021, Evaluating epidemic forecasts in an interval format, eq. 1",
        "doi:10.1371/journal.pcbi.1008618",
    ),
    elsewhere={"scoringrules": "weighted_interval_score (its 0.10 adds the median itself, not how far it is off)"},
    errata="With the usual weights it is twice the mean pinball loss of the median and of all bounds, whatever the "
    "order of their columns.",
    **COLUMNS,
)
def weighted_interval_score(pred: Array, label: Array, *, quantile: Quantiles = None) -> Array:
    """Weighted interval score of a median and of central intervals around it, given as quantiles.

    Use it for forecasts that are a median and intervals of several levels, as of epidemics; of any other list of
    quantiles take crps_quantile.
    Shapes: pred (n, 2 k + 1), the median and both bounds of k intervals in any order, and label (n,); --quantile lists
    the quantiles in their order, such as 0.025,0.25,0.5,0.75,0.975.
    Notes: a list without 0.5, or with a bound whose partner is missing, is an error. An infinite prediction gives inf,
    but nothing where its side of the quantile costs nothing (0 or 1).
    """
    at = levels("weighted_interval_score", quantile, pred)
    ordered = np.sort(at)
    if len(at) % 2 == 0 or np.abs(ordered + ordered[::-1] - 1.0).max() > _ROUNDING:
        raise UsageProblem(
            "weighted_interval_score takes the quantile 0.5 and pairs of quantiles that add up to 1.",
            "Say them in the order of the columns: --quantile 0.025,0.25,0.5,0.75,0.975.",
            kind="bad_parameter",
            options=("quantile",),
        )
    return 2.0 * mean_pinball(pred, label, at)


@weighted_interval_score.formula
def _(m: Any, pred: Any, label: Any, *, quantile: Any) -> Any:
    given = quantile if isinstance(quantile, tuple) else (quantile,)
    columns = [x for _, x in sorted(zip(given, pred, strict=True), key=lambda pair: pair[0])]
    order = sorted(given)
    k = len(order) // 2
    total = abs(label - columns[k]) / 2
    for lower, upper, q in zip(columns[:k], columns[: -k - 1 : -1], order[:k], strict=True):
        alpha = 2 * q
        total += alpha / 2 * (upper - lower)
        total += m.maximum(lower - label, 0) + m.maximum(label - upper, 0)
    return total / (k + m.number(0.5))


weighted_interval_score.case(pred=[[1.0, 3.0, 4.0]], label=[2], quantile=[0.25, 0.5, 0.75], expect="(0.5 + 0.75) / 1.5")
weighted_interval_score.case(pred=[[3.0, 4.0, 1.0]], label=[6], quantile=[0.5, 0.75, 0.25], expect="(1.5 + 2.75) / 1.5")
