from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Choice, Interval, inf
from ...core.declarations.param import Param
from ...core.loss import NONNEGATIVE, Paper, call, loss
from ...core.scratch import Array
from .._domains import refuse_below


@loss(
    "ndcg",
    aliases=("ndcg_score", "normalized_discounted_cumulative_gain"),
    family="ranking",
    pred=("scores", "probs", "logits", "logprobs", "values"),
    whole_rows=True,
    label=("values",),
    pred_dims=(2,),
    single=False,
    best=1.0,
    formula="DCG of the order of scores / DCG of the best order,  DCG = sum over ranks r of gain_r / log2(1 + r)",
    unit="",
    facts={NONNEGATIVE},
    source=Paper(
        "Jarvelin and Kekalainen 2002, Cumulated gain-based evaluation of IR techniques", "doi:10.1145/582415.582418"
    ),
    like={
        "sklearn": call("sklearn.metrics.ndcg_score(relevance, scores, k=, sample_weight=)"),
    },
    elsewhere={
        "xgboost": "eval_metric='ndcg' (--gain exponential; a list without relevant items scores 1)",
        "lightgbm": "metric='ndcg' (--gain exponential; a list without relevant items scores 1)",
    },
    errata="Gains are relevances here and in scikit-learn, 2^relevance - 1 in XGBoost and LightGBM. It is a score: 1 "
    "less it is the loss.",
    example="digits/logits.npy digits/onehot.npy",
)
def ndcg(
    pred: Array,
    label: Array,
    *,
    k: Annotated[
        int | None,
        Param("how many of the first ranks count; none: all", Interval(1, inf, "left"), usual=(1, 3, 5, 10, 20)),
    ] = None,
    gain: Annotated[
        str, Param("linear: the relevance; exponential: 2^relevance - 1", Choice("linear", "exponential"))
    ] = "linear",
    ties: Annotated[
        str,
        Param("equal scores share the mean of their gains; or the later item comes first", Choice("mean", "last")),
    ] = "mean",
) -> Array:
    """How much relevance stands at the top of a list, relative to the best order; a row is a list (a query).

    Use it for search results and recommendations, where the first ranks count most; larger is better, 1 is best.
    Shapes: pred and label (n, items): scores, and how relevant each item is, at least 0.
    Notes: a list without relevant items scores 0. A relevance below 0 is an error; a NaN makes its row NaN.
    """
    relevance = np.asarray(label, dtype=np.float64)
    refuse_below(relevance, 0.0, "label", "is below 0: no relevance is")
    items = pred.shape[1]
    discount = 1.0 / np.log2(np.arange(items) + 2.0)
    discount[items if k is None else k :] = 0.0
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        gains = relevance if gain == "linear" else _powers_of_two(relevance)
        best = -np.sort(-gains, axis=1) @ discount
        own = _in_order(pred, gains, discount, ties)
        losses = np.where(best > 0, own / np.where(best > 0, best, 1.0), 0.0)
    losses[np.isnan(pred).any(axis=1) | np.isnan(gains).any(axis=1)] = np.nan
    return np.asarray(losses)


def _powers_of_two(relevance: Array) -> Array:
    """2^relevance - 1: exact of whole numbers, and with all digits of small ones."""
    whole = relevance == np.floor(relevance)
    return np.where(whole, np.exp2(relevance) - 1.0, np.expm1(relevance * np.log(2.0)))


def _in_order(pred: Array, gains: Array, discount: Array, ties: str) -> Array:
    """The discounted gains in the order of the scores, the highest first."""
    if ties == "last":
        order = np.argsort(pred, axis=1, kind="stable")[:, ::-1]
        return np.asarray(np.take_along_axis(gains, order, axis=1) @ discount)
    order = np.argsort(-pred, axis=1, kind="stable")
    placed, sorted_gains = np.take_along_axis(pred, order, axis=1), np.take_along_axis(gains, order, axis=1)
    starts = np.ones(pred.shape, dtype=bool)
    starts[:, 1:] = placed[:, 1:] != placed[:, :-1]
    group = np.cumsum(starts.reshape(-1)) - 1
    size = np.bincount(group)
    mean_gain = np.bincount(group, sorted_gains.reshape(-1)) / size
    return np.asarray(mean_gain[group].reshape(pred.shape) @ discount)


@ndcg.formula
def _(m: Any, pred: Any, label: Any, *, k: Any, gain: str, ties: str) -> Any:
    gains = list(label) if gain == "linear" else [m.number(2) ** y - 1 for y in label]
    count = len(pred) if k is None else min(int(k), len(pred))

    def dcg(values: Any) -> Any:
        return m.sum(values[r] * m.log(2) / m.log(r + 2) for r in range(count))

    best = dcg(sorted(gains, reverse=True))
    if ties == "mean":
        alike = [[g for x, g in zip(pred, gains, strict=True) if x == own] for own in pred]
        gains = [m.sum(each) / len(each) for each in alike]
    order = sorted(range(len(pred)), key=lambda i: (-pred[i], -i))
    return dcg([gains[i] for i in order]) / best if best > 0 else m.number(0)


ndcg.case(pred=[[0.1, 0.2, 0.3]], label=[[0, 0, 1]], expect="1")
ndcg.case(pred=[[0.1, 0.3, 0.2]], label=[[0, 0, 1]], expect="ln(2) / ln(3)")
ndcg.case(pred=[[1, 1], [1, 1]], label=[[1, 0], [0, 0]], reduction="none", expect=[0.8154649, 0.0])
ndcg.case(pred=[[1, 1]], label=[[1, 0]], ties="last", expect="ln(2) / ln(3)")
ndcg.case(pred=[[3, 2, 1]], label=[[1, 2, 0]], k=1, expect="0.5")
ndcg.case(pred=[[3, 2, 1]], label=[[1, 2, 0]], k=1, gain="exponential", expect="1 / 3")
