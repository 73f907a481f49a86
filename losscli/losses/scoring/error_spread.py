from typing import Any

import numpy as np

from ...core.errors import UsageProblem
from ...core.loss import NONNEGATIVE, Paper, call, loss
from ...core.scratch import Array


def _scoringrules(pred: Array, label: Array) -> Array:
    """The same in the floats of the file, NaN where members are all equal."""
    count = pred.shape[1]
    with np.errstate(all="ignore"):
        mean = pred.mean(axis=1)
        deviation = np.sqrt(((pred - mean[:, None]) ** 2).sum(axis=1) / (count - 1))
        skew = (((pred - mean[:, None]) / deviation[:, None]) ** 3).sum(axis=1) / ((count - 1) * (count - 2))
        off = mean - label.astype(pred.dtype)
        return np.asarray((deviation**2 - off**2 - off * deviation * skew) ** 2)


@loss(
    "error_spread",
    aliases=("error_spread_score",),
    family="scoring rules",
    pred=("values",),
    label=("number",),
    pred_dims=(2,),
    formula="(s^2 - e^2 - e s g)^2,  mean less label e, deviation s (over m - 1) and skewness g of the m members",
    unit="label units, to the fourth",
    facts={NONNEGATIVE},
    source=Paper(
        "Christensen, Moroz and Palmer 2015, Evaluation of ensemble forecast uncertainty", "doi:10.1002/qj.2375"
    ),
    like={"scoringrules": call("scoringrules.error_spread_score(labels, preds)", kernel=_scoringrules)},
    errata="The skewness is sum ((x - mean) / s)^3 / ((m - 1) (m - 2)), without a factor m.",
    example="forecasts/forecasts.csv --pred 'member_*' --label y",
)
def error_spread(pred: Array, label: Array) -> Array:
    """Whether the spread and the skewness of an ensemble say how far its mean is off; members are columns of a row.

    Use it beside crps_ensemble, to judge the predicted uncertainty more than the forecast; few rows with large errors
    dominate it.
    Shapes: pred (n, m), a column a member in any order, at least three, and label (n,).
    Notes: members that are all equal have no skewness, and cost e^4. An infinite member gives NaN.
    """
    members = pred.shape[1]
    if members < 3:
        raise UsageProblem(
            f"error_spread takes the skewness of the members, and {members} have none.",
            "Name three columns or more with --pred 'member_*'.",
            kind="bad_parameter",
            options=("pred",),
        )
    pred = np.asarray(pred, dtype=np.float64)
    with np.errstate(all="ignore"):
        mean = pred.mean(axis=1)
        apart = pred - mean[:, None]
        deviation = np.sqrt(np.square(apart).sum(axis=1) / (members - 1))
        equal = (pred == pred[:, :1]).all(axis=1)
        deviation[equal] = 0.0
        skewness = (apart / np.where(equal, 1.0, deviation)[:, None]) ** 3
        skew = np.where(equal, 0.0, skewness.sum(axis=1) / ((members - 1) * (members - 2)))
        off = np.where(equal, pred[:, 0], mean) - label
        return np.asarray(np.square(deviation * deviation - off * off - off * deviation * skew))


@error_spread.formula
def _(m: Any, pred: Any, label: Any) -> Any:
    k = len(pred)
    mean = m.sum(pred) / k
    e, variance = mean - label, m.sum((x - mean) ** 2 for x in pred) / (k - 1)
    if variance == 0:
        return e**4
    s = m.sqrt(variance)
    g = m.sum(((x - mean) / s) ** 3 for x in pred) / ((k - 1) * (k - 2))
    return (variance - e**2 - e * s * g) ** 2


error_spread.case(pred=[[1, 2, 3]], label=[4], expect="9")
error_spread.case(pred=[[0, 0, 3]], label=[1], expect="9")
error_spread.case(pred=[[2, 2, 2]], label=[4], expect="16")
