from typing import Any

import numpy as np

from ...core.loss import NONNEGATIVE, Paper, call, loss
from ...core.scratch import Array
from ._relevance import yes_or_no


@loss(
    "coverage_error",
    aliases=("multilabel_coverage_error",),
    family="ranking",
    pred=("scores", "probs", "logits", "logprobs"),
    whole_rows=True,
    label=("match",),
    pred_dims=(2,),
    formula="how many labels score as high as the lowest of those that a row has, or higher",
    unit="labels",
    best=None,
    facts={NONNEGATIVE},
    source=Paper(
        "Tsoumakas, Katakis and Vlahavas 2010, Mining multi-label data, section 4", "doi:10.1007/978-0-387-09823-4_34"
    ),
    like={
        "sklearn": call("sklearn.metrics.coverage_error(labels, scores, sample_weight=)"),
        "torchmetrics": call(
            "torchmetrics.functional.classification.multilabel_coverage_error(scores, labels, num_labels=)",
        ),
    },
    errata="The paper counts one less. It is best at the mean number of labels of a row, not at 0.",
    example="digits/logits.npy digits/onehot.npy",
)
def coverage_error(pred: Array, label: Array) -> Array:
    """How far down the ranking of a row's scores all of its labels are.

    Use it for scores of several labels a row, to say how many of the best must be shown until none is missing;
    label_ranking counts pairs in the wrong order.
    Shapes: pred and label (n, c), labels 0 and 1.
    Notes: equal scores count as higher. A row without labels costs 0; a NaN makes its row NaN.
    """
    has = yes_or_no(label)
    lowest = np.where(has, pred, np.inf).min(axis=1, keepdims=True)
    reached = ((pred >= lowest) & has.any(axis=1, keepdims=True)).sum(axis=1).astype(np.float64)
    reached[np.isnan(pred).any(axis=1)] = np.nan
    return np.asarray(reached)


@coverage_error.formula
def _(m: Any, pred: Any, label: Any) -> Any:
    own = [x for x, y in zip(pred, label, strict=True) if y == 1]
    return m.number(sum(x >= min(own) for x in pred)) if own else m.number(0)


coverage_error.case(pred=[[0.75, 0.5, 1.0], [1.0, 0.2, 0.1]], label=[[1, 0, 0], [0, 0, 1]], expect="2.5")
coverage_error.case(pred=[[3, 3, 1], [1, 2, 3]], label=[[1, 0, 0], [0, 0, 0]], reduction="none", expect=[2.0, 0.0])
