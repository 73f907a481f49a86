import math
from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np

from ...core.declarations.param import Param
from ...core.errors import DataProblem
from ...core.loss import Dependence, Paper, call, loss
from ...core.scratch import Array
from ...core.sums.reducers import Reducer
from ..likelihoods._deviances import check, formula, gamma_terms, poisson_terms, tweedie_terms
from ._bases import Bases, gap_function, power_of, quantile_of, quantile_score, quantile_terms

_QUANTILE = Dependence(
    "its baseline is a quantile of the labels and no mean over rows",
    "Take the loss itself (mae, pinball) for an interval",
)
_HALF = "pinball:quantile=0.5"
_NONE = 1e-13  # of the labels' own part, what rounding leaves of labels that are all equal


def _slopes(means: Sequence[float], *, of: str) -> list[float]:
    deviance, _, mean = means
    _, derivative = gap_function(power_of(of))
    null = _null(means, of)
    share = deviance / null
    return [-1.0 / null, 2.0 * share / null, -2.0 * share * derivative(mean) / null]


def _null(means: Sequence[float], of: str) -> float:
    """The deviance of the mean of the labels."""
    _, part, mean = means
    at_mean = gap_function(power_of(of))[0](mean)
    null = 2.0 * (part - at_mean)
    if not null > _NONE * (abs(part) + abs(at_mean)) and math.isfinite(null):
        raise DataProblem("The labels do not vary, so there is nothing to explain.", "Take the loss itself instead.")
    return float(null)


@loss(
    "d2",
    aliases=("d2_score", "d2_tweedie_score", "d2_absolute_error_score", "d2_pinball_score", "deviance_explained"),
    family="explained variation",
    pred=("values",),
    label=("values",),
    reductions=("mean",),
    best=1.0,
    formula="1 - sum loss(pred, label) / sum loss(best constant, label)",
    unit="",
    source=Paper("Hastie, Tibshirani and Wainwright 2015, Statistical Learning with Sparsity, eq. 3.11"),
    like={
        "sklearn": (
            call(
                "sklearn.metrics.d2_tweedie_score(labels, preds, sample_weight=, power=)",
                accepts=lambda given: quantile_of(given.get("of", "mse")) is None,
            ),
            call(
                "sklearn.metrics.d2_absolute_error_score(labels, preds, sample_weight=)",
                accepts=lambda given: given.get("of", "mae") == "mae",
                of="mae",
            ),
            call(
                "sklearn.metrics.d2_pinball_score(labels, preds, sample_weight=, alpha=)",
                accepts=lambda given: quantile_of(given.get("of", _HALF)) is not None and given.get("of") != "mae",
                of=_HALF,
            ),
        ),
    },
    errata="At mse it is r2. Of mae the best constant is the median of the labels, of pinball a quantile, not their "
    "mean, with weights where rows have some.",
    example="diabetes/pred.npy diabetes/label.npy",
)
def d2(
    pred: Array,
    label: Array,
    *,
    of: Annotated[str, Param("the loss that is explained: mae, pinball or a deviance", Bases())] = "mse",
) -> tuple[Array, ...]:
    """Share of a loss that the model explains, beside predicting the best constant for every row.

    Use it as r2 where mse does not suit the labels: for counts of poisson_deviance, for amounts of gamma_deviance or
    tweedie, beside outliers of mae, for a predicted quantile of pinball. The constant is the mean of the labels, of mae
    their median and of pinball their quantile, by weight. It depends on how much the labels vary, so it does not
    compare data sets.
    Shapes: (n,) or (n, d...), one score over all elements; of mae and pinball the mean of a score a column.
    Notes: labels and predictions as the loss takes them; labels that do not vary are an error. There is no score a row,
    and of mae and pinball no standard error.
    """
    if (quantile := quantile_of(of)) is not None:
        return quantile_terms(pred, label, quantile)
    power = power_of(of)
    check(pred, label, power)
    y = np.asarray(label, dtype=pred.dtype)
    with np.errstate(all="ignore"):
        if power == 0.0:
            return (pred - y) ** 2, y * y / 2, y
        if power == 1.0:
            return poisson_terms(pred, y), np.where(y > 0, y * np.log(np.where(y > 0, y, 1.0)), y), y
        if power == 2.0:
            return gamma_terms(pred, y), -np.log(y), y
        one, two = 1.0 - power, 2.0 - power
        return tweedie_terms(pred, y, power), y**two / (one * two), y


@d2.reduce(_QUANTILE)
def _(terms: int, *, of: str) -> dict[int, Reducer]:
    quantile = quantile_of(of)
    if quantile is None:
        return {}
    return {place: Reducer("pinball", quantile) for place in range(2, max(terms, 3), 3)}


@d2.finish(of="means", slopes=_slopes)
def _(means: Sequence[float], *, of: str) -> float:
    if quantile_of(of) is not None:
        return quantile_score(means)
    return 1.0 - means[0] / _null(means, of)


@d2.formula
def _(m: Any, pred: Any, label: Any, *, of: str) -> Any:
    """1 - D(pred) / D(mean) of all rows; of one row there is none."""
    if not isinstance(pred, tuple):
        return NotImplemented
    if quantile_of(of) is not None:
        return NotImplemented  # the cases and scikit-learn hold it
    mean, power = m.sum(label) / len(label), power_of(of)
    model = m.sum(formula(m, x, y, power) for x, y in zip(pred, label, strict=True))
    return 1 - model / m.sum(formula(m, mean, y, power) for y in label)


d2.case(pred=[2.5, 0.0, 2, 8], label=[3, -0.5, 2, 7], expect="1 - 1.5 / 29.1875")
d2.case(pred=[1.0, 3.0], label=[1, 3], of="poisson_deviance", expect="1")
d2.case(pred=[0.5, 2, 3, 1], label=[0, 1, 4, 2], of="poisson_deviance", expect=0.5541461)
d2.case(pred=[2.5, 0.0, 2, 8], label=[3, -0.5, 2, 7], of="mae", expect="1 - 2 / 8.5")
d2.case(pred=[2.0, 2, 3], label=[1, 2, 3], of="pinball:quantile=0.9", expect="1 - 0.1 / 0.3")
d2.case(pred=[2.0, 2, 3], label=[1, 2, 3], weight=[1, 1, 0], of="pinball:quantile=0.9", expect="0")
