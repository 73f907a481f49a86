from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Choice, Interval, inf
from ...core.declarations.param import Param
from ...core.loss import NONNEGATIVE, ZERO_AT_PERFECT, Paper, call, loss
from ...core.scratch import Array
from ...core.sums.exact import row_sums
from .._classes import per_class
from .._stable import binary_cross_entropy, times
from ._binary_formulas import from_logits


@loss(
    "multilabel_soft_margin",
    aliases=("multilabel_soft_margin_loss", "multi_label_soft_margin"),
    family="binary and multi-label",
    pred=("logits",),
    label=("binary",),
    whole_rows=True,
    along_axis="classes",
    pred_dims=(2,),
    formula="-1/c sum_c w_c (label_c log p_c + (1 - label_c) log(1 - p_c)),  p = sigmoid(pred)",
    unit="nats",
    facts={NONNEGATIVE, ZERO_AT_PERFECT},
    source=Paper("Good 1952, Rational decisions", "doi:10.1111/j.2517-6161.1952.tb00104.x"),
    like={
        "torch": call(
            "torch.nn.functional.multilabel_soft_margin_loss(logits, labels)",
            weights=False,
            class_axis=-1,
            formula="torch",
            note="the classes are on the last axis",
        ),
    },
    errata="Without class weights it is the sigmoid cross entropy, averaged over classes; it has no margin.",
    example="digits/logits.npy digits/onehot.npy",
)
def multilabel_soft_margin(
    pred: Array,
    label: Array,
    *,
    dtype: np.dtype[Any],
    class_weights: Annotated[
        float | None, Param("factor on the loss of each class", Interval(0, inf, "left"), per="class")
    ] = None,
    formula: Annotated[
        str,
        Param(
            "exact, limits included, or torch: as torch writes it, where 0 x inf is NaN",
            Choice("exact", "torch"),
            knob=True,
        ),
    ] = "exact",
) -> Array:
    """Cross entropy of independent yes-or-no labels, averaged over the classes of a row.

    Use it to follow code that names it so; sigmoid_cross_entropy is the same with more options, and here a sum over the
    rows adds their means over classes.
    Shapes: pred and label (n, c), or with more axes, of which one holds the classes; labels are 0 and 1, or soft.
    Class weights are factors: they do not count in the denominator.
    Notes: nothing is clipped, so an infinite logit on the wrong side costs inf and one on the right side 0.
    """
    weights = 1.0 if class_weights is None else per_class(class_weights, pred, "class_weights")
    if formula == "torch":
        losses = from_logits(pred, label, 1.0, "optax", dtype)
        with np.errstate(invalid="ignore"):
            return np.asarray((losses * weights).sum(axis=1) / pred.shape[1])
    losses = binary_cross_entropy(pred, label, "logits")
    if class_weights is not None:
        losses = times(np.broadcast_to(np.asarray(weights, dtype=pred.dtype), losses.shape), losses, "multilabel")
    total = row_sums(losses)
    total /= pred.shape[1]
    return total


@multilabel_soft_margin.formula
def _(m: Any, pred: Any, label: Any, *, class_weights: Any) -> Any:
    weights = (
        class_weights
        if isinstance(class_weights, tuple)
        else [1 if class_weights is None else class_weights] * len(pred)
    )
    terms = []
    for x, y, w in zip(pred, label, weights, strict=True):
        hit, miss = m.binary_logs(x, "logits")
        terms.append(-m.times(w, m.times(y, hit) + m.times(1 - y, miss)))
    return m.sum(terms) / len(pred)


_X, _Y = [[2, -1], [0.5, -3]], [[1, 0], [1, 1]]
multilabel_soft_margin.case(pred=_X, label=_Y, expect=0.9907135)
multilabel_soft_margin.case(pred=_X, label=_Y, reduction="sum", expect=1.981427)
multilabel_soft_margin.case(pred=_X, label=_Y, class_weights=(2, 0), reduction="none", expect=[0.126928, 0.474077])
multilabel_soft_margin.case(pred=[[0.0, 0.0]], label=[[1, 0]], expect="ln 2")
