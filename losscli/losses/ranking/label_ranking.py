from typing import Any

import numpy as np

from ...core.loss import NONNEGATIVE, Paper, call, loss
from ...core.scratch import Array
from ._relevance import yes_or_no


@loss(
    "label_ranking",
    aliases=("label_ranking_loss", "multilabel_ranking_loss", "ranking_loss"),
    family="ranking",
    pred=("scores", "probs", "logits", "logprobs"),
    whole_rows=True,
    label=("match",),
    pred_dims=(2,),
    formula="share of the pairs of a label that a row has and one that it has not, in which the first scores no higher",
    unit="share of pairs",
    facts={NONNEGATIVE},
    source=Paper(
        "Tsoumakas, Katakis and Vlahavas 2010, Mining multi-label data, section 4", "doi:10.1007/978-0-387-09823-4_34"
    ),
    like={"sklearn": call("sklearn.metrics.label_ranking_loss(labels, scores, sample_weight=)")},
    elsewhere={"torchmetrics": "multilabel_ranking_loss (of equal scores the later column counts as higher)"},
    errata="Equal scores count as wrong, so that scores that are all equal cost 1.",
    example="digits/logits.npy digits/onehot.npy",
)
def label_ranking(pred: Array, label: Array) -> Array:
    """Share of pairs of labels that a row's scores put in the wrong order.

    Use it for scores of several labels a row, of which only the order counts; hamming judges decisions.
    Shapes: pred and label (n, c), labels 0 and 1.
    Notes: a row with none of the labels, or with all of them, costs 0; a NaN makes its row NaN.
    """
    has = yes_or_no(label)
    wrong = np.zeros(len(pred))
    for j in range(pred.shape[1]):
        wrong += np.where(has[:, j], ((pred[:, j, None] <= pred) & ~has).sum(axis=1), 0)
    own = has.sum(axis=1)
    pairs = own * (pred.shape[1] - own)
    wrong /= np.maximum(pairs, 1)
    wrong[np.isnan(pred).any(axis=1)] = np.nan
    return wrong


@label_ranking.formula
def _(m: Any, pred: Any, label: Any) -> Any:
    pairs = [
        (x, y) for x, a in zip(pred, label, strict=True) for y, b in zip(pred, label, strict=True) if a == 1 and b == 0
    ]
    return m.number(sum(x <= y for x, y in pairs)) / max(len(pairs), 1)


label_ranking.case(pred=[[0.75, 0.5, 1.0], [1.0, 0.2, 0.1]], label=[[1, 0, 0], [0, 0, 1]], expect="0.75")
label_ranking.case(pred=[[3, 3, 1], [1, 2, 3]], label=[[1, 0, 0], [1, 1, 1]], reduction="none", expect=[0.5, 0.0])
