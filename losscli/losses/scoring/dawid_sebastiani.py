from typing import Any

import numpy as np

from ...core.errors import UsageProblem
from ...core.loss import Paper, call, loss
from ...core.scratch import Array


@loss(
    "dawid_sebastiani",
    aliases=("dawid_sebastiani_score", "dss", "dssuv_ensemble"),
    family="scoring rules",
    pred=("values",),
    label=("number",),
    pred_dims=(2,),
    single=False,
    best=None,
    formula="log s^2 + ((label - mean) / s)^2,  mean and variance s^2 (over m - 1) of the members",
    unit="",
    source=Paper(
        "Dawid and Sebastiani 1999, Coherent dispersion criteria for optimal experimental design",
        "doi:10.1214/aos/1018031101",
    ),
    like={"scoringrules": call("scoringrules.dssuv_ensemble(labels, preds)")},
    errata="It sees of an ensemble no more than its mean and its variance. For a normal forecast it is twice "
    "gaussian_nll.",
    example="forecasts/forecasts.csv --pred 'member_*' --label y",
)
def dawid_sebastiani(pred: Array, label: Array) -> Array:
    """Score of the mean and the variance of an ensemble, whose members are the columns of a row.

    Use it where only the first two moments of a forecast are to be judged; crps_ensemble judges all of it.
    Shapes: pred (n, m), a column a member in any order, at least two, and label (n,).
    Notes: members that are all equal cost -inf where the label is the same, inf elsewhere. An infinite member
    gives NaN.
    """
    if pred.shape[1] < 2:
        raise UsageProblem(
            "dawid_sebastiani takes the variance of the members, and there is one.",
            "Name several columns with --pred 'member_*'.",
            kind="bad_parameter",
            options=("pred",),
        )
    with np.errstate(all="ignore"):
        mean = pred.mean(axis=1)
        variance = np.square(pred - mean[:, None]).sum(axis=1) / (pred.shape[1] - 1)
        equal = (pred == pred[:, :1]).all(axis=1)
        variance[equal] = 0.0
        mean = np.where(equal, pred[:, 0], mean) - label
        far = np.where(mean == 0, 0.0, mean * mean / variance)
        losses: Array = np.log(variance) + far
    return np.where(equal & (mean != 0), np.inf, losses)


@dawid_sebastiani.formula
def _(m: Any, pred: Any, label: Any) -> Any:
    mean = m.sum(pred) / len(pred)
    variance = m.sum((x - mean) ** 2 for x in pred) / (len(pred) - 1)
    if variance == 0:
        return -m.inf if mean == label else m.inf
    return m.log(variance) + (label - mean) ** 2 / variance


dawid_sebastiani.case(pred=[[0, 2]], label=[1], expect="ln(2)")
dawid_sebastiani.case(pred=[[1, 2, 3]], label=[4], expect="4")
dawid_sebastiani.case(pred=[[0, 4], [1, 3]], label=[4, 2], expect="(ln(8) + 4 / 8 + ln(2)) / 2")
