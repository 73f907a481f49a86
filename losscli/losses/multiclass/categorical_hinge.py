from typing import Any

import numpy as np

from ...core.loss import NONNEGATIVE, Paper, call, loss
from ...core.scratch import Array
from ...core.sums.exact import row_dots


@loss(
    "categorical_hinge",
    aliases=("categorical_hinge_loss",),
    family="multiclass",
    pred=("scores",),
    label=("index", "distribution"),
    pred_dims=(2,),
    formula="max(0, 1 + max_c (1 - label_c) pred_c - sum_c label_c pred_c)",
    unit="score units",
    facts={NONNEGATIVE},
    source=Paper("Keras, keras.losses.CategoricalHinge", "https://keras.io/api/losses/hinge_losses"),
    like={
        "keras": (
            call("keras.losses.CategoricalHinge()(onehot_labels, scores, sample_weight)", form="distribution"),
            call("keras.losses.CategoricalHinge()(onehot_labels, scores, sample_weight)", form="index"),
        ),
    },
    errata="Not the multi-class hinge of Crammer and Singer (multiclass_hinge): the label's own class stays in the "
    "maximum, as 0. Where all other scores are below 0 the loss is larger.",
    example="digits/logits.npy digits/onehot.npy",
)
def categorical_hinge(pred: Array, label: Array, *, form: str) -> Array:
    """Hinge between the label's score and the largest other score, or 0 if all others are below it.

    Use it to follow Keras; for a support vector machine of several classes take multiclass_hinge.
    Shapes: pred (n, c) with class numbers (n,), or with one-hot rows (n, c), which may be soft.
    Notes: with a row of scores below 0 but the label's, the 0 of the label's class is the largest of the others.
    """
    rows = np.arange(len(pred))
    if form == "index":
        own, others = pred[rows, label], np.array(pred)
        others[rows, label] = 0.0
    else:
        soft = label.astype(pred.dtype)
        with np.errstate(invalid="ignore"):
            own, others = row_dots(soft * 1.0, pred), (1.0 - soft) * pred
    with np.errstate(invalid="ignore"):
        return np.asarray(np.maximum(1.0 + others.max(axis=1) - own, 0.0))


@categorical_hinge.formula
def _(m: Any, pred: Any, label: Any, *, form: str) -> Any:
    truth = m.onehot(label, len(pred)) if form == "index" else label
    own = m.sum(y * s for y, s in zip(truth, pred, strict=True))
    return m.maximum(0, 1 + max((1 - y) * s for y, s in zip(truth, pred, strict=True)) - own)


_S = [[0.5, 0.2, 0.9], [2.0, -1.0, 0.3], [0.1, 0.2, 0.3]]
categorical_hinge.case(pred=_S, label=[2, 0, 0], reduction="none", expect=[0.6, 0.0, 1.2])
categorical_hinge.case(pred=[[-0.5, -2.0, -3.0]], label=[[1, 0, 0]], expect="1.5")
