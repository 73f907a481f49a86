from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Choice, Interval, inf
from ...core.declarations.param import Param
from ...core.loss import NONNEGATIVE, Paper, call, loss
from ...core.scratch import Array

_EQUAL = {"first": np.less, "last": np.greater}  # which of equal scores stand above the label's


@loss(
    "top_k_error",
    aliases=("multi_error", "top1_error"),
    family="multiclass",
    pred=("scores", "probs", "logits", "logprobs"),
    label=("index",),
    pred_dims=(2,),
    formula="1 if k or more classes score higher than the label, else 0",
    unit="share of rows",
    facts={NONNEGATIVE},
    source=Paper("Russakovsky et al. 2015, ImageNet large scale visual recognition challenge", "arXiv:1409.0575"),
    like={
        "sklearn": call(
            "1 - sklearn.metrics.top_k_accuracy_score(labels, scores, k=, sample_weight=)", k=2, ties="last"
        ),
        "xgboost": call("eval_metric merror", ties="first", when={"k": 1}),
        "lightgbm": call("metric multi_error, multi_error_top_k=", ties="worst"),
    },
    errata="It is one minus the top-k accuracy. scikit-learn's k is 2 unless it is said.",
    example="digits/logits.npy digits/labels.npy",
)
def top_k_error(
    pred: Array,
    label: Array,
    *,
    k: Annotated[
        int, Param("how many of the largest scores count as hits", Interval(1, inf, "left"), usual=(1, 2, 3, 5, 10))
    ] = 1,
    ties: Annotated[
        str,
        Param(
            "which of equal scores comes first: that of the first class, of the last, or the label's last (worst)",
            Choice("first", "last", "worst"),
            knob=True,
        ),
    ] = "first",
) -> Array:
    """Share of rows whose label is not among the k largest scores: one minus the top-k accuracy.

    Use it to report hits among k guesses; it does not see how sure a prediction was.
    Shapes: pred (n, c) with class numbers (n,). Scores of any kind: only their order counts.
    Notes: of equal scores that of the smaller class number comes first. With k of c or more no row is wrong.
    """
    own = pred[np.arange(len(pred)), label][:, None]
    higher = (pred > own).sum(axis=1)
    classes = np.arange(pred.shape[1])
    other = classes != label[:, None] if ties == "worst" else _EQUAL[ties](classes, label[:, None])
    higher += ((pred == own) & other).sum(axis=1)
    wrong = (higher >= k).astype(np.float64)
    wrong[np.isnan(pred).any(axis=1)] = np.nan
    return np.asarray(wrong)


@top_k_error.formula
def _(m: Any, pred: Any, label: Any, *, k: int) -> Any:
    order = sorted(range(len(pred)), key=lambda c: (-pred[c], c))
    return int(label not in order[:k])


_S = [[0.5, 0.2, 0.3], [0.3, 0.3, 0.4], [0.1, 0.2, 0.7]]
top_k_error.case(pred=_S, label=[0, 1, 0], expect="2 / 3")
top_k_error.case(pred=_S, label=[0, 1, 0], k=2, reduction="none", expect=[0.0, 1.0, 1.0])
top_k_error.case(pred=_S, label=[0, 1, 0], k=2, ties="last", reduction="none", expect=[0.0, 0.0, 1.0])
top_k_error.case(pred=_S, label=[0, 1, 0], k=3, expect="0")
