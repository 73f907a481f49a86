from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Choice, Interval, inf
from ...core.declarations.param import Param
from ...core.loss import NONNEGATIVE, Paper, call, loss
from ...core.scratch import Array
from ...core.sums.exact import row_sums
from .._classes import per_class
from ._class_scores import behind


@loss(
    "multi_margin",
    aliases=("weston_watkins", "multi_margin_loss"),
    family="multiclass",
    pred=("scores",),
    label=("index",),
    pred_dims=(2,),
    formula="w_label / c sum over classes other than the label of max(0, margin + pred_c - pred_label)^p",
    unit="score units, to the power p",
    facts={NONNEGATIVE},
    source=Paper("Weston and Watkins 1999, Support vector machines for multi-class pattern recognition"),
    like={
        "torch": call(
            "torch.nn.functional.multi_margin_loss(scores, labels, p=, margin=, weight=)",
            weights=False,
            formula="torch",
        ),
    },
    errata="torch divides by the number of classes c, Weston and Watkins do not; class weights do not count in the "
    "denominator here, unlike those of cross_entropy.",
    example="digits/logits.npy digits/labels.npy",
)
def multi_margin(
    pred: Array,
    label: Array,
    *,
    p: Annotated[int, Param("exponent of each hinge", Choice(1, 2))] = 1,
    margin: Annotated[
        float,
        Param(
            "how far the label's score should be above each other",
            Interval(-inf, inf, "neither"),
            usual=(0.1, 0.2, 0.3, 0.5, 1.0, 2.0),
        ),
    ] = 1.0,
    class_weights: Annotated[
        float | None, Param("factor on the loss of rows of each class", Interval(0, inf, "left"), per="class")
    ] = None,
    formula: Annotated[
        str,
        Param("exact, or torch: a score that is NaN counts nothing", Choice("exact", "torch"), knob=True),
    ] = "exact",
) -> Array:
    """Hinges between the label's score and each other score, averaged over the classes.

    Use it for scores of several classes where every class that comes too near should count, not the nearest alone
    (multiclass_hinge).
    Shapes: pred (n, c) with class numbers (n,). Class weights are factors: the denominator does not change.
    Notes: the label's own class adds nothing. Where two scores are inf it is NaN.
    """
    apart = np.maximum(behind(pred, label, margin), 0.0)
    if formula == "torch":
        np.copyto(apart, 0.0, where=np.isnan(apart))
    if p == 2:
        with np.errstate(over="ignore"):
            apart *= apart
    total = row_sums(apart)
    total /= pred.shape[1]
    if class_weights is not None:
        total *= np.broadcast_to(per_class(class_weights, pred, "class_weights"), pred.shape[1])[label]
    return total


@multi_margin.formula
def _(m: Any, pred: Any, label: Any, *, p: int, margin: float, class_weights: Any) -> Any:
    weight = class_weights[label] if isinstance(class_weights, tuple) else 1 if class_weights is None else class_weights
    others = (s for c, s in enumerate(pred) if c != label)
    return weight * m.sum(m.maximum(0, margin + s - pred[label]) ** p for s in others) / len(pred)


_S = [[0.5, 0.2, 0.9], [2.0, -1.0, 0.3], [0.1, 0.2, 0.3]]
multi_margin.case(pred=_S, label=[2, 0, 0], reduction="none", expect=[0.3, 0.0, 0.766667])
multi_margin.case(pred=_S, label=[2, 0, 0], p=2, reduction="none", expect=[0.15, 0.0, 0.883333])
multi_margin.case(pred=_S, label=[2, 0, 0], class_weights=(1, 2, 3), expect=0.555556)
