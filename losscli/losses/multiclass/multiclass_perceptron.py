from typing import Any

import numpy as np

from ...core.loss import NONNEGATIVE, Paper, call, loss
from ...core.scratch import Array
from ._class_scores import behind


@loss(
    "multiclass_perceptron",
    aliases=("multiclass_perceptron_loss", "structured_perceptron"),
    family="multiclass",
    pred=("scores",),
    label=("index",),
    pred_dims=(2,),
    formula="max_c pred_c - pred_label",
    unit="score units",
    facts={NONNEGATIVE},
    source=Paper(
        "Collins 2002, Discriminative training methods for hidden Markov models", "doi:10.3115/1118693.1118694"
    ),
    like={"optax": call("optax.multiclass_perceptron_loss(scores, labels)")},
    errata="It is multiclass_hinge with a margin of 0, so scores that are all equal cost nothing.",
    example="digits/logits.npy digits/labels.npy",
)
def multiclass_perceptron(pred: Array, label: Array) -> Array:
    """How far the label's score is behind the largest.

    Use it to follow a perceptron of several classes; multiclass_hinge also asks for a margin.
    Shapes: pred (n, c) with class numbers (n,).
    Notes: a label that has the largest score costs 0. Where two scores are inf it is NaN.
    """
    if pred.shape[1] == 1:
        return np.where(np.isnan(pred[:, 0]), np.nan, 0.0)
    return np.asarray(np.maximum(behind(pred, label, 0.0).max(axis=1), 0.0))


@multiclass_perceptron.formula
def _(m: Any, pred: Any, label: Any) -> Any:
    return m.maximum(0, max(s for c, s in enumerate(pred) if c != label) - pred[label])


_S = [[0.5, 0.2, 0.9], [2.0, -1.0, 0.3], [0.1, 0.2, 0.3]]
multiclass_perceptron.case(pred=_S, label=[2, 1, 0], reduction="none", expect=[0.0, 3.0, 0.2])
multiclass_perceptron.case(pred=_S, label=[0, 0, 0], expect="0.6 / 3")
