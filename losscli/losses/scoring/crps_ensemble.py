from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Choice
from ...core.declarations.param import Param
from ...core.errors import UsageProblem
from ...core.loss import NONNEGATIVE, Paper, call, loss
from ...core.scratch import Array


@loss(
    "crps_ensemble",
    aliases=("ensemble_crps", "crps", "continuous_ranked_probability_score"),
    family="scoring rules",
    pred=("values",),
    label=("number",),
    pred_dims=(2,),
    single=False,
    formula="mean |x_i - label| - sum over i < j of |x_i - x_j| / m^2;  fair: / (m (m - 1)),  m members x_i",
    unit="label units",
    facts={NONNEGATIVE},
    source=Paper(
        "Ferro 2014, Fair scores for ensemble forecasts (both estimators)",
        "doi:10.1002/qj.2270",
    ),
    like={
        "scoringrules": call(
            "scoringrules.crps_ensemble(labels, preds, estimator=)",
            note="its estimators qd, nrg and int are plain; fair and pwm are fair",
        ),
        "properscoring": call("properscoring.crps_ensemble(labels, preds)"),
    },
    elsewhere={
        "torchmetrics": "ContinuousRankedProbabilityScore",
    },
    errata="plain favours large ensembles, and few members that are too close; fair does not, and compares ensembles "
    "of different sizes.",
    example="forecasts/forecasts.csv --pred 'member_*' --label y",
)
def crps_ensemble(
    pred: Array,
    label: Array,
    *,
    estimator: Annotated[
        str,
        Param(
            "plain: the score of the members as they are; fair: of the distribution that they are drawn from",
            Choice("plain", "fair"),
        ),
    ] = "plain",
) -> Array:
    """Continuous ranked probability score of an ensemble, whose members are the columns of a row.

    Use it to judge ensembles or samples of a forecast in the units of the label; with one member it is mae.
    Shapes: pred (n, m), a column a member in any order, and label (n,).
    Notes: fair needs two members. An infinite member gives inf.
    """
    members = pred.shape[1]
    if estimator == "fair" and members < 2:
        raise UsageProblem(
            "The fair estimator compares members with each other, and there is one.",
            "Name several columns with --pred 'member_*', or take --estimator plain.",
            kind="bad_parameter",
            options=("estimator",),
        )
    apart = np.sort(pred - np.asarray(label, dtype=np.float64)[:, None], axis=1)
    place = np.arange(members)
    if estimator == "fair":
        above, below, count = members - 1.0 - place, place * 1.0, members * (members - 1) / 2.0
    else:
        above, below, count = members - 0.5 - place, place + 0.5, members * members / 2.0
    with np.errstate(invalid="ignore", under="ignore"):
        losses: Array = (np.abs(apart) * (np.where(apart > 0, above, below) / count)).sum(axis=1)
    infinite = np.isinf(apart).any(axis=1) & ~np.isnan(apart).any(axis=1)
    return np.where(infinite, np.inf, losses)


@crps_ensemble.formula
def _(m: Any, pred: Any, label: Any, *, estimator: str) -> Any:
    k = len(pred)
    pairs = m.sum(abs(pred[i] - pred[j]) for i in range(k) for j in range(i))
    return m.sum(abs(x - label) for x in pred) / k - pairs / (k * (k - 1) if estimator == "fair" else k * k)


crps_ensemble.case(pred=[[0, 1]], label=[0.5], expect="0.5 - 1 / 4")
crps_ensemble.case(pred=[[0, 1]], label=[0.5], estimator="fair", expect=0.0)
crps_ensemble.case(pred=[[4, 1, 2]], label=[3], expect="4 / 3 - 6 / 9")
crps_ensemble.case(pred=[[4, 1, 2]], label=[3], estimator="fair", expect="4 / 3 - 1")
crps_ensemble.case(pred=[[1.5], [2], [5], [3]], label=[1, 2, 3, 4], expect=0.875)
