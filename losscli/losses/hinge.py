from typing import Any

import numpy as np

from ..core.loss import NONNEGATIVE, Paper, loss
from ..core.scratch import Array, like
from ._stable import positive_part, wrong_side


@loss(
    "hinge",
    aliases=("hinge_loss",),
    family="binary and multi-label",
    pred=("scores",),
    label=("sign",),
    formula="max(0, 1 - label pred),  label -1 or 1",
    unit="score units",
    facts={NONNEGATIVE},
    source=Paper("Cortes and Vapnik 1995, Support-vector networks", "doi:10.1007/BF00994018"),
    calls={
        "tf1": "tf.compat.v1.losses.hinge_loss (labels 0 and 1; -1 becomes -3)",
        "keras": "keras.losses.hinge (0 and 1 converted only if every label of the batch is one of them)",
        "sklearn": "sklearn.metrics.hinge_loss",
        "optax": "optax.hinge_loss (labels -1 and 1)",
    },
    errata="The formula needs labels of -1 and 1; the TensorFlow function quoted beside it needs 0 and 1.",
    example="cancer/logits.npy cancer/signs.npy",
)
def hinge(pred: Array, label: Array) -> Array:
    """Distance by which a score misses a margin of 1 on the right side.

    Use it for the scores of a support vector machine; it says nothing of probabilities.
    Shapes: pred and label (n,) or (n, c); a row's term is the mean over its columns.
    Edges: labels are -1 and 1, or 0 and 1 (0 is the negative class); both -1 and 0 in one data set is an error. A
    score of inf costs 0 on the right side and inf on the wrong one.
    """
    if label.dtype.kind == "f":  # -1 and 1
        miss = np.multiply(label, pred, out=like("hinge", pred))
        np.subtract(1.0, miss, out=miss)
    else:
        miss = wrong_side(pred, label, "hinge")
        miss += 1.0
    return positive_part(miss, out=miss)


@hinge.formula
def _(m: Any, pred: Any, label: Any) -> Any:
    return m.maximum(0, 1 - (1 if label == 1 else -1) * pred)


hinge.case(pred=[0.3, -0.8, 1.5, 0.2], label=[1, 0, 1, 0], reduction="none", expect=[0.7, 0.2, 0.0, 1.2])
hinge.case(pred=[0.3, -0.8, 1.5, 0.2], label=[1, -1, 1, -1], expect="0.525")
hinge.case(pred=[0.3, -0.8, 1.5, 0.2], label=[1, 0, 1, 0], weight=[1, 2, 0, 2], expect="0.7")
