from typing import Any

import numpy as np

from ...core.loss import NONNEGATIVE, Paper, call, loss
from ...core.scratch import Array
from ._signs import wrong_score


@loss(
    "sparsemax",
    aliases=("sparsemax_loss", "binary_sparsemax"),
    family="binary and multi-label",
    pred=("scores",),
    label=("sign",),
    formula="0 where u <= -1, u where u >= 1, else (u + 1)^2 / 4,  u = -label pred",
    unit="score units",
    facts={NONNEGATIVE},
    source=Paper(
        "Blondel, Martins and Niculae 2020, Learning with Fenchel-Young losses, section 4.4", "arXiv:1901.02324"
    ),
    like={"optax": call("optax.sparsemax_loss(scores, labels)")},
    example="cancer/logits.npy cancer/labels.npy",
)
def sparsemax(pred: Array, label: Array) -> Array:
    """Sparsemax loss of a score: a hinge with a rounded corner, 0 from a margin of 1 on.

    Use it for scores whose probability is (1 + score) / 2 kept within 0 and 1; multiclass_sparsemax is that of several
    classes.
    Shapes: pred and label (n,) or (n, c); a row's loss is the mean over its columns.
    Notes: labels are 0 and 1, or -1 and 1; both -1 and 0 in one data set is an error. A score of inf costs 0 on the
    right side and inf on the wrong one.
    """
    miss = wrong_score(pred, label, "sparsemax")
    within = np.clip(miss, -1.0, 1.0) + 1.0
    with np.errstate(under="ignore"):
        return np.asarray(np.where(miss >= 1.0, miss, 0.25 * within * within))


@sparsemax.formula
def _(m: Any, pred: Any, label: Any) -> Any:
    u = -pred if label == 1 else pred
    return m.number(0) if u <= -1 else u if u >= 1 else (u + 1) ** 2 / 4


sparsemax.case(pred=[0.0, 2.0, -0.5, 3.0], label=[1, 1, 1, 0], reduction="none", expect=[0.25, 0.0, 0.5625, 3.0])
sparsemax.case(pred=[0.0, 0.5], label=[-1, -1], expect="(0.25 + 0.5625) / 2")
