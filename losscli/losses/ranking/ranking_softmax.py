from typing import Any

import numpy as np

from ...core.loss import Paper, call, loss
from ...core.scratch import Array
from .._stable import log_softmax


@loss(
    "ranking_softmax",
    aliases=("ranking_softmax_loss", "listnet", "list_softmax"),
    family="ranking",
    pred=("scores",),
    whole_rows=True,
    label=("values",),
    pred_dims=(2,),
    single=False,
    best=None,
    formula="- sum over items of relevance x log softmax(scores)",
    unit="nats",
    source=Paper(
        "Cao et al. 2007, Learning to rank: from pairwise approach to listwise approach", "doi:10.1145/1273496.1273513"
    ),
    like={"optax": call("optax.losses.ranking_softmax_loss(scores, relevance)")},
    errata="The relevances of a list are not made to sum to one, so lists with more of it count more. With relevances "
    "that sum to one it is softmax_cross_entropy.",
    example="digits/logits.npy digits/onehot.npy",
)
def ranking_softmax(pred: Array, label: Array) -> Array:
    """Cross entropy of the relevances of a list's items and the softmax of their scores; a row is a list (a query).

    Use it for lists of items of which some are relevant, in which one list is one row.
    Shapes: pred and label (n, items): scores, and how relevant each item is, often 0 to 4.
    Notes: a list without relevant items costs 0. An item that is relevant and has the score -inf costs inf.
    """
    logs = log_softmax(np.asarray(pred, dtype=np.float64))
    with np.errstate(invalid="ignore", over="ignore", under="ignore"):
        return np.asarray(0.0 - np.where(label == 0, 0.0, label * logs).sum(axis=1))


@ranking_softmax.formula
def _(m: Any, pred: Any, label: Any) -> Any:
    return -m.sum(m.times(y, log) for y, log in zip(label, m.class_logs(pred, "logits"), strict=True))


ranking_softmax.case(
    pred=[[0.0, 0.0], [0.0, 0.0]], label=[[1, 0], [2, 1]], reduction="none", expect=[0.6931472, 2.0794415]
)
ranking_softmax.case(pred=[[1.0, 0.0, 2.0]], label=[[0, 0, 0]], expect="0")
