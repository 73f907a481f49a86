from typing import Annotated, Any

import numpy as np

from ...core.loss import NONNEGATIVE, Paper, call, loss
from ...core.scratch import Array
from ._signs import SIGN_OR_NUMBER, wrong_score


@loss(
    "perceptron",
    aliases=("perceptron_loss",),
    family="binary and multi-label",
    pred=("scores",),
    label=lambda params: ("sign",) if params["label_map"] == "sign" else ("values",),
    formula="max(0, -label pred),  label -1 or 1",
    unit="score units",
    facts={NONNEGATIVE},
    source=Paper("Rosenblatt 1958, The perceptron", "doi:10.1037/h0042519"),
    like={"optax": call("optax.perceptron_loss(scores, labels)", label_map="as_is")},
    errata="It is the hinge without its margin, so scores that are all 0 cost nothing.",
    example="cancer/logits.npy cancer/signs.npy",
)
def perceptron(pred: Array, label: Array, *, label_map: Annotated[str, SIGN_OR_NUMBER] = "sign") -> Array:
    """How far a score is on the wrong side of 0.

    Use it to follow a perceptron; hinge also asks for a margin on the right side.
    Shapes: pred and label (n,) or (n, c); a row's loss is the mean over its columns.
    Notes: labels are -1 and 1, or 0 and 1 (0 is the negative class); both -1 and 0 in one data set is an error. A
    score of inf costs 0 on the right side and inf on the wrong one.
    """
    if label_map == "sign":
        return np.maximum(wrong_score(pred, label, "perceptron"), 0.0)
    with np.errstate(invalid="ignore", over="ignore", under="ignore"):
        return np.asarray(np.maximum(-pred * label.astype(pred.dtype), 0.0))


@perceptron.formula
def _(m: Any, pred: Any, label: Any) -> Any:
    return m.maximum(0, -(1 if label == 1 else -1) * pred)


_X = [0.3, -0.8, 1.5, 0.2]
perceptron.case(pred=_X, label=[1, 0, 0, 0], reduction="none", expect=[0.0, 0.0, 1.5, 0.2])
perceptron.case(pred=_X, label=[-1, 1, 1, -1], expect="(0.3 + 0.8 + 0.2) / 4")
perceptron.case(pred=_X, label=[1, 0, -2, 0], label_map="as_is", expect="3 / 4")
