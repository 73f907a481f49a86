from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Choice, Interval, inf
from ...core.declarations.param import Param
from ...core.loss import NONNEGATIVE, Paper, call, loss
from ...core.scratch import Array
from ._class_scores import behind


@loss(
    "multiclass_hinge",
    aliases=("crammer_singer", "multiclass_hinge_loss"),
    family="multiclass",
    pred=("scores",),
    label=("index",),
    pred_dims=(2,),
    formula="max(0, 1 + max_{c other than label} pred_c - pred_label)",
    unit="score units",
    facts={NONNEGATIVE},
    source=Paper(
        "Crammer and Singer 2001, On the algorithmic implementation of multiclass kernel-based vector machines"
    ),
    like={
        "sklearn": call("sklearn.metrics.hinge_loss(labels, scores, sample_weight=), of three classes and more"),
        "optax": call("optax.multiclass_hinge_loss(scores, labels)", formula="optax"),
    },
    elsewhere={"torchmetrics": "multiclass_hinge_loss, which takes a softmax first where scores leave [0, 1]"},
    errata="Keras's CategoricalHinge keeps the label's own class in the maximum (categorical_hinge); torch's "
    "multi_margin_loss adds all classes (multi_margin).",
    example="digits/logits.npy digits/labels.npy",
)
def multiclass_hinge(
    pred: Array,
    label: Array,
    *,
    margin: Annotated[
        float,
        Param("how far the label's score should be above all others", Interval(0, inf, "left"), usual=(0.5, 1.0, 2.0)),
    ] = 1.0,
    formula: Annotated[
        str,
        Param(
            "exact, or optax: the margin is added before the difference is taken", Choice("exact", "optax"), knob=True
        ),
    ] = "exact",
) -> Array:
    """Hinge between the label's score and the largest of the others (Crammer and Singer).

    Use it for scores of a support vector machine of several classes; it says nothing of probabilities.
    Shapes: pred (n, c) with class numbers (n,).
    Notes: of two classes it is the hinge of the difference of their scores. Where two scores are inf it is NaN.
    """
    if formula == "optax":
        own = np.zeros_like(pred)
        own[np.arange(len(pred)), label] = margin
        with np.errstate(invalid="ignore"):
            return np.asarray((pred + pred.dtype.type(margin) - own).max(axis=1) - pred[np.arange(len(pred)), label])
    if pred.shape[1] == 1:
        return np.zeros(len(pred))
    return np.asarray(np.maximum(behind(pred, label, margin).max(axis=1), 0.0))


@multiclass_hinge.formula
def _(m: Any, pred: Any, label: Any, *, margin: float) -> Any:
    return m.maximum(0, margin + max(s for c, s in enumerate(pred) if c != label) - pred[label])


_S = [[0.5, 0.2, 0.9], [2.0, -1.0, 0.3], [0.1, 0.2, 0.3]]
multiclass_hinge.case(pred=_S, label=[2, 0, 0], reduction="none", expect=[0.6, 0.0, 1.2])
multiclass_hinge.case(pred=_S, label=[2, 0, 0], margin=2, expect="(1.6 + 0.3 + 2.2) / 3")
multiclass_hinge.case(pred=[[-0.5, -2.0, -3.0]], label=[0], expect="0")
