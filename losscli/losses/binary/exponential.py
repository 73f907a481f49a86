from typing import Any

import numpy as np

from ...core.loss import NONNEGATIVE, Paper, call, loss
from ...core.scratch import Array
from ._signs import wrong_score


@loss(
    "exponential",
    aliases=("exponential_loss", "adaboost"),
    family="binary and multi-label",
    pred=("scores",),
    label=("sign",),
    formula="exp(-label pred),  label -1 or 1",
    facts={NONNEGATIVE},
    source=Paper(
        "Freund and Schapire 1997, A decision-theoretic generalization of on-line learning",
        "doi:10.1006/jcss.1997.1504",
    ),
    like={"paper": call("exp(-label score), labels -1 and 1")},
    elsewhere={
        "sklearn": "GradientBoostingClassifier(loss='exponential'): its scores are half the log-odds, as here",
    },
    errata="The best score is half the log-odds: sigmoid(2 score) is the probability, not sigmoid(score).",
    example="cancer/logits.npy cancer/signs.npy",
)
def exponential(pred: Array, label: Array) -> Array:
    """Exponential of the score's negative margin, which AdaBoost makes small.

    Use it to follow AdaBoost, or gradient boosting with this loss; one far wrong score outweighs all others, so take
    soft_margin where labels are noisy.
    Shapes: pred and label (n,) or (n, c); a row's loss is the mean over its columns.
    Notes: labels are -1 and 1, or 0 and 1 (0 is the negative class). It is inf where a wrong score is beyond 709.
    """
    with np.errstate(over="ignore"):
        miss = wrong_score(pred, label, "exponential")
        return np.exp(miss, out=miss)


@exponential.formula
def _(m: Any, pred: Any, label: Any) -> Any:
    return m.exp(-pred if label == 1 else pred)


exponential.case(pred=[0.0, 1.0], label=[1, -1], reduction="none", expect=[1.0, 2.718282])
exponential.case(pred=[2.0, -0.5], label=[1, 0], expect="(exp(-2) + exp(-0.5)) / 2")
exponential.case(pred=[2.0, -0.5], label=[1, 0], weight=[1, 3], expect="(exp(-2) + 3 * exp(-0.5)) / 4")
