from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Interval, inf
from ...core.declarations.param import Param
from ...core.loss import NONNEGATIVE, Paper, Rows, call, loss
from ...core.scratch import Array
from ._batches import Batch, BatchSize, Normalize, Place, batches, cosines_in_scalars, log_sum_exp, of_classes, softplus


@loss(
    "circle",
    aliases=("circle_loss",),
    family="embeddings and faces",
    pred=("embeddings",),
    label=("class",),
    pred_dims=(2,),
    block_elements=1 << 17,
    single=False,
    formula="log(1 + sum exp(gamma [s_n + m]+ (s_n - m)) sum exp(-gamma [1 + m - s_p]+ (s_p - 1 + m)))",
    unit="nats",
    facts={NONNEGATIVE},
    source=Paper("Sun et al. 2020, Circle loss, eq. 6 with the settings of section 3.3", "arXiv:2002.10857"),
    like={
        "keras": call("keras.losses.Circle()(labels, embeddings, sample_weight)", normalize=False),
        "pml": call("pytorch_metric_learning.losses.CircleLoss()(embeddings, labels)"),
    },
    errata="Margins of the paper differ by task: 0.25 for faces and people (gamma 256 and 128), 0.4 for retrieval "
    "(gamma 80), which is what Keras and pytorch-metric-learning take.",
    example="faces/embeddings.npy faces/labels.npy --batch-size 32",
)
def circle(
    pred: Array,
    label: Array,
    *,
    start: int,
    place: Place = None,
    batch: Batch = None,
    batch_size: BatchSize = None,
    gamma: Annotated[
        float,
        Param(
            "what similarities are multiplied by", Interval(0, inf, "neither"), usual=(32.0, 64.0, 80.0, 128.0, 256.0)
        ),
    ] = 80.0,
    margin: Annotated[
        float, Param("how far cosines may be from 0 and 1, m", Interval(0, 1), usual=(0.1, 0.25, 0.4))
    ] = 0.4,
    normalize: Normalize = True,
) -> Rows:
    """How near the other classes of a batch come to an anchor beside how far its own is; far pairs weigh most.

    Use it for embeddings of class labels, in batches as they were trained.
    Shapes: pred (n, d); label (n,) class numbers. Every row is an anchor, and the value is the mean over anchors.
    Notes: a row without another of its class, or without one of another class, in its batch is left out; without
    --batch or --batch-size all rows are one batch. With --no-normalize products above 1 count as 1.
    """

    def of_anchors(near: Array, same: Array, apart: Array) -> tuple[Array, Array]:
        np.minimum(near, 1.0, out=near)
        with np.errstate(over="ignore"):
            positive = -gamma * np.maximum(1.0 + margin - near, 0.0) * (near - 1.0 + margin)
            negative = gamma * np.maximum(near + margin, 0.0) * (near - margin)
        counts = same.any(axis=1) & apart.any(axis=1)
        both = (log_sum_exp(positive, same) + log_sum_exp(negative, apart))[:, 0]
        total: Array = np.where(counts, softplus(both), 0.0)
        return total, np.asarray(counts, dtype=np.float64)

    return of_classes(pred, label, batches(len(pred), batch, batch_size, place, start), normalize, of_anchors)


@circle.formula
def _(
    m: Any, pred: Any, label: Any, *, others: Any, other_labels: Any, gamma: Any, margin: Any, normalize: bool
) -> Any:
    near = [-m.maximum(-s, -1) for s in cosines_in_scalars(m, pred, others, normalize)]
    positives = [s for s, other in zip(near, other_labels, strict=True) if other == label]
    negatives = [s for s, other in zip(near, other_labels, strict=True) if other != label]
    if not positives or not negatives:
        return 0
    above = m.log_sum_exp([gamma * m.maximum(s + margin, 0) * (s - margin) for s in negatives])
    below = m.log_sum_exp([-gamma * m.maximum(1 + margin - s, 0) * (s - 1 + margin) for s in positives])
    return m.log_sum_exp([0, above + below])


# of each row: a positive with cosine 0, negatives with 1 and 0
_CROSS = {"pred": [[1, 0], [0, 2], [3, 0], [0, 1]], "label": [0, 0, 1, 1]}
circle.case(**_CROSS, gamma=1.0, margin=0.0, expect="ln(1 + e * (e + 1))")
circle.case(**_CROSS, gamma=1.0, margin=0.5, expect="ln(1 + exp(0.75) * (exp(0.75) + exp(0 - 0.25)))")
