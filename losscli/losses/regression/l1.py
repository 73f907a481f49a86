from typing import Any

from ...core.loss import NONNEGATIVE, SYMMETRIC, ZERO_AT_PERFECT, Paper, call, loss
from ...core.scratch import Array
from ._errors import absolute_error


@loss(
    "l1",
    aliases=("l1_norm", "manhattan"),
    family="regression",
    pred=("values",),
    label=("values",),
    errors_alone=True,
    item="sum",
    reductions=("sum",),
    formula="sum |pred - label|",
    unit="label units",
    facts={NONNEGATIVE, SYMMETRIC, ZERO_AT_PERFECT},
    source=Paper("Minkowski 1910, Geometrie der Zahlen"),
    like={
        "torch": call("torch.nn.functional.l1_loss(preds, labels, reduction='sum', weight=)"),
        "gluonts": call("gluonts.evaluation.metrics.abs_error(labels, preds)"),
        "document": call("sum of |label - pred|"),
    },
    errata="A sum, not a mean: it grows with the number of rows. torch's l1_loss is the mean, here mae.",
    example="diabetes/pred.npy diabetes/label.npy",
)
def l1(pred: Array, label: Array) -> Array:
    """L1 norm of the error: the sum of absolute errors over all rows and columns.

    Use it as a distance between two whole arrays; to compare data sets of different size take mae.
    Shapes: (n,) or (n, d...). Weights multiply the absolute errors.
    Notes: infinite predictions give inf.
    """
    return absolute_error(pred, label)


@l1.formula
def _(m: Any, pred: Any, label: Any) -> Any:
    return abs(pred - label)


l1.case(pred=[1.5, 2, 5, 3], label=[1, 2, 3, 4], expect="3.5")
l1.case(pred=[[1.5, 2], [5, 3]], label=[[1, 2], [3, 4]], expect="3.5")
