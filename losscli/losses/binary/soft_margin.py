from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Choice
from ...core.declarations.param import Param
from ...core.loss import NONNEGATIVE, Paper, call, loss
from ...core.scratch import Array
from .._hard import softplus
from ._signs import SIGN_OR_NUMBER, wrong_score


@loss(
    "soft_margin",
    aliases=("soft_margin_loss", "logistic", "logistic_loss"),
    family="binary and multi-label",
    pred=("scores",),
    label=lambda params: ("sign",) if params["label_map"] == "sign" else ("values",),
    formula="log(1 + exp(-label pred)),  label -1 or 1",
    unit="nats",
    facts={NONNEGATIVE},
    source=Paper(
        "Friedman, Hastie and Tibshirani 2000, Additive logistic regression, eq. 4", "doi:10.1214/aos/1016218223"
    ),
    like={
        "torch": call(
            "torch.nn.functional.soft_margin_loss(scores, labels)",
            weights=False,
            label_map="as_is",
            formula="torch",
            note="labels of 0 are taken as 0 and cost log 2 each",
        ),
    },
    errata="With labels of 0 and 1 torch's function does not fail: each 0 costs log 2 whatever the score is. For a "
    "score of -1000 beside the label 1 it overflows to inf.",
    example="cancer/logits.npy cancer/signs.npy",
)
def soft_margin(
    pred: Array,
    label: Array,
    *,
    label_map: Annotated[str, SIGN_OR_NUMBER] = "sign",
    formula: Annotated[
        str,
        Param(
            "exact, or torch: log(1 + exp(-label pred)) as written, which overflows",
            Choice("exact", "torch"),
            knob=True,
        ),
    ] = "exact",
) -> Array:
    """Logistic loss of a signed score: a smooth hinge.

    Use it for scores with labels -1 and 1; with labels 0 and 1 it is the sigmoid cross entropy of the same scores.
    Shapes: pred and label (n,) or (n, c); a row's loss is the mean over its columns.
    Notes: labels are -1 and 1, or 0 and 1 (0 is the negative class); both -1 and 0 in one data set is an error. A
    score of inf costs 0 on the right side and inf on the wrong one; nothing overflows.
    """
    if label_map == "sign" and formula == "exact":
        return softplus(wrong_score(pred, label, "soft margin"))
    with np.errstate(all="ignore"):
        miss = -label.astype(pred.dtype) * pred
        return softplus(miss) if formula == "exact" else np.log1p(np.exp(miss))


@soft_margin.formula
def _(m: Any, pred: Any, label: Any) -> Any:
    return -m.binary_logs(pred, "logits")[0 if label == 1 else 1]


_X = [0.3, -0.8, 1.5, 0.2]
soft_margin.case(pred=_X, label=[1, -1, 1, -1], reduction="none", expect=[0.554355, 0.371101, 0.201413, 0.798139])
soft_margin.case(pred=_X, label=[1, 0, 1, 0], expect=0.481252)
soft_margin.case(pred=[0.0], label=[-1], expect="ln 2")
soft_margin.case(pred=[-1000.0], label=[1], expect="1000")
soft_margin.case(pred=_X, label=[1, 0, 1, 0], label_map="as_is", expect=0.5355157)
