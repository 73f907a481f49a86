from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Interval, inf
from ...core.declarations.param import Param
from ...core.loss import NONNEGATIVE, SYMMETRIC, ZERO_AT_PERFECT, Paper, call, loss
from ...core.scratch import Array
from .._domains import refuse
from ..regression._errors import absolute_error


def _gluonts(pred: Array, label: Array, *, floor: float) -> Array:
    """2 |e| / (|y| + |p|), where 0 / 0 has no value."""
    truth = label.astype(pred.dtype)
    size = np.abs(pred) + np.abs(truth)
    refuse(
        label, size == 0, "label", "stands beside a prediction of 0, and GluonTS divides 0 by 0", "Leave such rows out."
    )
    return np.asarray(2 * np.abs(truth - pred) / size)


@loss(
    "smape",
    aliases=("symmetric_mean_absolute_percentage_error", "symmetric_mape"),
    family="relative errors",
    pred=("values",),
    label=("values",),
    formula="mean 2 |pred - label| / (|pred| + |label|)",
    unit="",
    facts={NONNEGATIVE, SYMMETRIC, ZERO_AT_PERFECT},
    source=Paper("Makridakis and Hibon 2000, The M3-competition", "doi:10.1016/S0169-2070(00)00057-1"),
    like={
        "torchmetrics": call(
            "torchmetrics.functional.symmetric_mean_absolute_percentage_error(preds, labels)", floor=1.17e-6
        ),
        "catboost": call(
            "catboost.utils.eval_metric(labels, preds, 'SMAPE', weight)", factor=100.0, note="from 0 to 200"
        ),
        "gluonts": call("gluonts.evaluation.metrics.smape(labels, preds)", kernel=_gluonts, note="0 / 0 is NaN there"),
        "utilsforecast": call("utilsforecast.losses.smape(df, models)", factor=0.5, note="from 0 to 1"),
    },
    elsewhere={
        "darts": "darts.metrics.smape (in percent)",
    },
    errata="From 0 to 2 here. Libraries differ by a factor: utilsforecast's ends at 1, CatBoost's and the M "
    "competitions' at 200. It is not symmetric in over- and underestimates of the same size.",
    example="diabetes/pred.npy diabetes/label.npy",
)
def smape(
    pred: Array,
    label: Array,
    *,
    floor: Annotated[
        float,
        Param(
            "the least that 2 |pred - label| is divided by",
            Interval(0, inf, "left"),
            knob=True,
            usual=(0.0, 1.17e-6),
        ),
    ] = 0.0,
) -> Array:
    """Symmetric mean absolute percentage error, from 0 to 2.

    Use it to report forecasts as the M competitions do; a prediction of 0 costs 2 whatever the label, so that near 0
    it says little: take wape or mase there.
    Shapes: (n,) or (n, d...); with several columns a row's loss is the mean over its elements.
    Notes: a prediction of 0 for a label of 0 costs 0. An infinite prediction costs 2.
    """
    truth = label.astype(pred.dtype)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        size = np.abs(pred) + np.abs(truth)
        if floor:
            np.maximum(size, size.dtype.type(floor), out=size)
        losses = absolute_error(pred, label)
        ratio: Array = np.divide(losses, size, out=np.zeros_like(size), where=~(size == 0))
        ratio *= 2.0
        if (endless := size == np.inf).any():  # an infinite prediction, or a sum beyond the range of floats
            halves = np.abs(0.5 * pred - 0.5 * truth) / (0.5 * np.abs(pred) + 0.5 * np.abs(truth))
            ratio[endless] = 2.0 * np.where(np.isinf(pred), 1.0, halves)[endless]
    return ratio


@smape.formula
def _(m: Any, pred: Any, label: Any) -> Any:
    size = abs(pred) + abs(label)
    return 2 * abs(pred - label) / size if size else m.number(0)


smape.case(pred=[1.0, 3.0, 0.0], label=[3.0, 1.0, 0.0], reduction="none", expect=[1.0, 1.0, 0.0])
smape.case(pred=[1.5, 2, 5, 3], label=[1, 2, 3, 4], expect="(0.4 + 0.5 + 2 / 7) / 4")
smape.case(pred=[0.0, -1.0], label=[5.0, 1.0], expect="2")
