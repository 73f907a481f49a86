from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Interval, inf
from ...core.declarations.param import Param
from ...core.loss import NONNEGATIVE, Paper, Rows, call, loss
from ...core.scratch import Array
from ._batches import Batch, BatchSize, Normalize, Place, batches, cosines_in_scalars, log_sum_exp, of_classes, softplus

_SHARP = Interval(0, inf, "neither")


@loss(
    "multi_similarity",
    aliases=("multi_similarity_loss", "ms_loss"),
    family="embeddings and faces",
    pred=("embeddings",),
    label=("class",),
    pred_dims=(2,),
    block_elements=1 << 17,
    single=False,
    formula="log(1 + sum exp(-alpha (s_p - base))) / alpha + log(1 + sum exp(beta (s_n - base))) / beta",
    unit="cosine",
    facts={NONNEGATIVE},
    source=Paper("Wang et al. 2019, Multi-similarity loss with general pair weighting, eq. 15", "arXiv:1904.06627"),
    like={
        "pml": call("pytorch_metric_learning.losses.MultiSimilarityLoss()(embeddings, labels)", form="class"),
        "paper": call("eq. 15 without mining, alpha 2, beta 50, lambda 1", base=1.0),
    },
    errata="The paper mines pairs before it adds them up, and has a base (its lambda) of 1, its code one of 0.5. Here "
    "every pair of the batch counts.",
    example="faces/embeddings.npy faces/labels.npy --batch-size 32",
)
def multi_similarity(
    pred: Array,
    label: Array,
    *,
    start: int,
    place: Place = None,
    batch: Batch = None,
    batch_size: BatchSize = None,
    alpha: Annotated[float, Param("how sharply far positives stand out", _SHARP, usual=(1.0, 2.0, 5.0))] = 2.0,
    beta: Annotated[float, Param("how sharply near negatives stand out", _SHARP, usual=(10.0, 40.0, 50.0))] = 50.0,
    base: Annotated[
        float,
        Param(
            "similarity that positives should be above and negatives below",
            Interval(-inf, inf, "neither"),
            usual=(0.0, 0.5, 1.0),
        ),
    ] = 0.5,
    normalize: Normalize = True,
) -> Rows:
    """Soft sums of how far the positives of a row are below a similarity, and of how far negatives are above it.

    Use it for embeddings that were trained with it, in batches as they were trained; of two views take ntxent.
    Shapes: pred (n, d) with class numbers (n,). Every row is a term, and the value is the mean over rows.
    Notes: a row without another of its class in its batch has the part of its negatives alone; without --batch or
    --batch-size all rows are one batch. An embedding of length 0 has no direction, which is an error.
    """

    def of_anchors(near: Array, same: Array, apart: Array) -> tuple[Array, Array]:
        low = softplus(log_sum_exp(alpha * (base - near), same)[:, 0]) / alpha
        high = softplus(log_sum_exp(beta * (near - base), apart)[:, 0]) / beta
        return low + high, np.ones(len(near))

    return of_classes(pred, label, batches(len(pred), batch, batch_size, place, start), normalize, of_anchors)


@multi_similarity.formula
def _(
    m: Any, pred: Any, label: Any, *, others: Any, other_labels: Any, alpha: Any, beta: Any, base: Any, normalize: bool
) -> Any:
    near = cosines_in_scalars(m, pred, others, normalize)
    low = [alpha * (base - s) for s, mate in zip(near, other_labels, strict=True) if mate == label]
    high = [beta * (s - base) for s, mate in zip(near, other_labels, strict=True) if mate != label]
    return m.log_sum_exp([m.number(0), *low]) / alpha + m.log_sum_exp([m.number(0), *high]) / beta


_CROSS = {
    "pred": [[1, 0], [0, 2], [3, 0], [0, 1]],
    "label": [0, 0, 1, 1],
}  # of each row: a positive 0, negatives 1 and 0
multi_similarity.case(**_CROSS, alpha=1, beta=1, base=0, expect="ln 2 + ln(2 + e)")
multi_similarity.case(**_CROSS, alpha=2, beta=2, base=0, batch_size=2, expect="ln(2) / 2")
multi_similarity.case(pred=[[1, 0], [1, 0]], label=[0, 1], beta=4, base=1, expect="ln(2) / 4")
