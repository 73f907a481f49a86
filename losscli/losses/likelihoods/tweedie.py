from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Interval, inf
from ...core.declarations.param import Param
from ...core.loss import Paper, call, loss
from ...core.scratch import Array
from ._deviances import check, formula, gamma_terms, poisson_terms, tweedie_terms


@loss(
    "tweedie",
    aliases=("tweedie_deviance", "mean_tweedie_deviance", "tweedie_deviance_score"),
    family="likelihoods and deviances",
    pred=("values",),
    label=("values",),
    formula="2 (max(y, 0)^(2-p) / ((1-p)(2-p)) - y r^(1-p) / (1-p) + r^(2-p) / (2-p)),  r = pred, y = label, p = power",
    unit="",
    source=Paper("Jorgensen 1987, Exponential dispersion models", "doi:10.1111/j.2517-6161.1987.tb01685.x"),
    like={
        "sklearn": call("sklearn.metrics.mean_tweedie_deviance(labels, preds, sample_weight=, power=)", power=0.0),
        "torchmetrics": call("torchmetrics.functional.tweedie_deviance_score(preds, labels, power=)", power=0.0),
    },
    errata="The deviance, 0 at a perfect fit; the likelihood that gradient boosting libraries call tweedie is "
    "tweedie_nll, another number. scikit-learn's default power is 0, the squared error.",
    example="diabetes/pred.npy diabetes/label.npy",
)
def tweedie(
    pred: Array,
    label: Array,
    *,
    power: Annotated[
        float,
        Param(
            "power of the mean that the variance grows with: 0 normal, 1 Poisson, 2 gamma, 3 inverse Gaussian; "
            "not between 0 and 1",
            Interval(-inf, inf, "neither"),
            usual=(-1.0, 0.0, 1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 2.0, 3.0),
        ),
    ] = 1.5,
) -> Array:
    """Deviance under the Tweedie distribution of a power.

    Use it for amounts many of which are 0 (powers between 1 and 2), as insurance claims a year.
    Shapes: pred and label (n,) or (n, d...); with several columns a row's loss is the mean over its elements.
    Notes: labels may be any number up to power 0, are at least 0 from power 1 on and above 0 from 2 on; predictions are
    at least 0 but at power 0, and one of 0 costs inf where no label but 0 could come of it. Powers between 0 and 1 have
    no distribution.
    """
    check(pred, label, power)
    y = np.asarray(label, dtype=pred.dtype)
    if power == 0.0:
        with np.errstate(over="ignore", under="ignore"):
            return np.asarray((pred - y) ** 2)
    if power == 1.0:
        return poisson_terms(pred, y)
    return gamma_terms(pred, y) if power == 2.0 else tweedie_terms(pred, y, power)


@tweedie.formula
def _(m: Any, pred: Any, label: Any, *, power: Any) -> Any:
    if pred == 0 and power == 2:
        return m.inf
    return formula(m, pred, label, power)


_Y, _R = [0, 1, 4, 2], [0.5, 2, 3, 1]
tweedie.case(pred=_R, label=_Y, expect=1.0414519)
tweedie.case(pred=_R, label=_Y, power=1, expect=0.6719377)
tweedie.case(pred=_R, label=_Y, power=0, expect="(0.25 + 1 + 1 + 1) / 4")
tweedie.case(pred=_R[:3], label=[1, 2, 4], power=2, expect=0.2350027)
tweedie.case(pred=_R[:3], label=[1, 2, 4], power=3, expect=0.3425926)
tweedie.case(pred=_R[:3], label=[1, 2, 4], power=-1, expect=1.1666667)
