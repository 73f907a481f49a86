from typing import Annotated, Any

from ...core.declarations.domain import Interval, inf
from ...core.declarations.param import Param
from ...core.loss import NONNEGATIVE, SYMMETRIC, ZERO_AT_PERFECT, Paper, call, loss
from ...core.scratch import Array
from ._errors import absolute_error, clipped_parts


@loss(
    "smooth_l1",
    aliases=("smooth_l1_loss",),
    family="regression",
    pred=("values",),
    label=("values",),
    errors_alone=True,
    formula="e^2 / (2 beta) where |e| < beta, else |e| - beta / 2,  e = pred - label",
    unit="label units",
    facts={NONNEGATIVE, SYMMETRIC, ZERO_AT_PERFECT},
    source=Paper("Girshick 2015, Fast R-CNN, eq. 3", "arXiv:1504.08083"),
    like={"torch": call("torch.nn.functional.smooth_l1_loss(preds, labels, beta=)", weights=False)},
    errata="Not huber: it is huber / beta, and the two agree only at beta = 1.",
    example="diabetes/pred.npy diabetes/label.npy",
)
def smooth_l1(
    pred: Array,
    label: Array,
    *,
    beta: Annotated[
        float,
        Param(
            "error from which the loss is linear; 0 is mae",
            Interval(0, inf, "left"),
            usual=(0.0, 0.1, 1 / 9, 0.2, 0.5, 1.0, 2.0, 2.5, 3.0, 5.0, 10.0),
        ),
    ] = 1.0,
) -> Array:
    """Absolute error with its corner rounded.

    Use it where mae is wanted but a derivative at 0 matters, as in box regression.
    Shapes: (n,) or (n, d...); with several columns a row's loss is the mean over its elements.
    Notes: beta 0 is the absolute error; infinite predictions give inf.
    """
    if beta == 0:
        return absolute_error(pred, label)
    clipped, rest = clipped_parts(pred, label, beta)
    clipped /= beta
    rest *= clipped
    return rest


@smooth_l1.formula
def _(m: Any, pred: Any, label: Any, *, beta: float) -> Any:
    e = abs(pred - label)
    return e**2 / (2 * m.number(beta)) if e < beta else e - m.number(beta) / 2


smooth_l1.case(pred=[1.5, 2, 5, 3], label=[1, 2, 3, 4], expect=0.53125)
smooth_l1.case(pred=[1.5, 2, 5, 3], label=[1, 2, 3, 4], beta=0.5, reduction="none", expect=[0.25, 0.0, 1.75, 0.75])
