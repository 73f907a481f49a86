from typing import Any

import numpy as np

from ...core.loss import NONNEGATIVE, ZERO_AT_PERFECT, Paper, call, loss
from ...core.scratch import Array
from ._deviances import gamma_terms
from ._rates import amounts


def _lightgbm(pred: Array, label: Array) -> Array:
    """With 1e-9 added to the prediction where the label is divided by it."""
    ratio = amounts(label, pred.dtype) / (pred + 1e-9)
    return np.asarray(2.0 * (ratio - np.log(ratio) - 1.0))


def _xgboost(pred: Array, label: Array) -> Array:
    """With 1e-6 added to predictions and labels, in its floats."""
    two, one, eps = (pred.dtype.type(x) for x in (2.0, 1.0, 1e-6))
    rate, y = pred + eps, amounts(label, pred.dtype) + eps
    log = np.log((rate / y).astype(np.float64)).astype(pred.dtype)
    return np.asarray(two * (log + y / rate - one))


@loss(
    "gamma_deviance",
    aliases=("mean_gamma_deviance",),
    family="likelihoods and deviances",
    pred=("rates",),
    label=("values",),
    formula="2 (log(pred / label) + label / pred - 1)",
    unit="",
    facts={NONNEGATIVE, ZERO_AT_PERFECT},
    source=Paper("Nelder and Wedderburn 1972, Generalized linear models", "doi:10.2307/2344614"),
    like={
        "sklearn": call("sklearn.metrics.mean_gamma_deviance(labels, rates, sample_weight=)"),
        "xgboost": call("xgboost eval_metric='gamma-deviance'", kernel=_xgboost),
        "lightgbm": call(
            "lightgbm metric='gamma_deviance'", reduction="sum", kernel=_lightgbm, note="the sum, not the mean"
        ),
    },
    errata="A mean in scikit-learn and XGBoost; LightGBM reports the sum over rows. Rescaling predictions and labels "
    "together changes nothing.",
    example="diabetes/pred.npy diabetes/label.npy",
)
def gamma_deviance(pred: Array, label: Array) -> Array:
    """Deviance of amounts under gamma distributions with the predicted means.

    Use it for amounts whose spread grows with their size, as claims: it is a loss of relative errors. tweedie at power
    2 is the same.
    Shapes: pred and label (n,) or (n, d...); with several columns a row's loss is the mean over its elements.
    Notes: labels are above 0; predictions of 0 and inf cost inf.
    """
    return gamma_terms(pred, amounts(label, pred.dtype))


@gamma_deviance.formula
def _(m: Any, pred: Any, label: Any) -> Any:
    if pred == 0:
        return m.inf
    return 2 * (m.log(pred / label) + label / pred - 1)


gamma_deviance.case(pred=[0.5, 2, 3], label=[1, 2, 4], expect="(2 * (1 - ln 2) + 2 * (1 / 3 - ln(4 / 3))) / 3")
gamma_deviance.case(pred=[2.0], label=[1.0], expect=0.3862944)
