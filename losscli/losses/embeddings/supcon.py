from typing import Any

import numpy as np

from ...core.loss import NONNEGATIVE, Paper, Rows, call, loss
from ...core.scratch import Array
from ._batches import (
    Batch,
    BatchSize,
    Normalize,
    Place,
    Temperature,
    batches,
    cosines_in_scalars,
    log_sum_exp,
    of_classes,
)


@loss(
    "supcon",
    aliases=("supcon_loss", "supervised_contrastive"),
    family="embeddings and faces",
    pred=("embeddings",),
    label=("class",),
    pred_dims=(2,),
    block_elements=1 << 17,
    single=False,
    formula="mean over positives p of log sum over others a of exp(s_a / T) - s_p / T",
    unit="nats",
    facts={NONNEGATIVE},
    source=Paper("Khosla et al. 2020, Supervised contrastive learning, eq. 2", "arXiv:2004.11362"),
    like={
        "pml": call("pytorch_metric_learning.losses.SupConLoss()(embeddings, labels)"),
        "paper": call("the sum over anchors of eq. 2", reduction="sum"),
    },
    elsewhere={"supcontrast": "SupConLoss (temperature 0.07 and a factor temperature / base_temperature of 1)"},
    errata="The denominator holds all other rows of the batch, also those of the anchor's own class; in ntxent it "
    "holds one positive and the rows of other classes.",
    example="faces/embeddings.npy faces/labels.npy --batch-size 32",
)
def supcon(
    pred: Array,
    label: Array,
    *,
    start: int,
    place: Place = None,
    batch: Batch = None,
    batch_size: BatchSize = None,
    temperature: Temperature = 0.1,
    normalize: Normalize = True,
) -> Rows:
    """How much less like an anchor its classmates are than all other rows of the batch are together.

    Use it for the embeddings of a supervised contrastive training, in batches as they were trained; a larger batch
    has a larger loss, so values are comparable at one size only.
    Shapes: pred (n, d); label (n,) class numbers. Every row is an anchor, and the value is the mean over anchors.
    Notes: a row without another of its class in its batch is left out; without --batch or --batch-size all rows are
    one batch. An embedding of length 0 has no direction, which is an error.
    """

    def of_anchors(near: Array, same: Array, apart: Array) -> tuple[Array, Array]:
        near /= temperature
        gap = log_sum_exp(near, same | apart) - near
        positives = same.sum(axis=1)
        total = np.where(same, gap, 0.0).sum(axis=1) / np.maximum(positives, 1)
        return np.maximum(total, 0.0), (positives > 0).astype(np.float64)

    return of_classes(pred, label, batches(len(pred), batch, batch_size, place, start), normalize, of_anchors)


@supcon.formula
def _(m: Any, pred: Any, label: Any, *, others: Any, other_labels: Any, temperature: Any, normalize: bool) -> Any:
    near = [s / temperature for s in cosines_in_scalars(m, pred, others, normalize)]
    positives = [s for s, other in zip(near, other_labels, strict=True) if other == label]
    if not positives:
        return 0
    return m.log_sum_exp(near) - m.sum(positives) / len(positives)


# cosines of 0 and 1 alone: of the first row a positive with 0 and a negative with 1
_CROSS = {"pred": [[1, 0], [0, 2], [3, 0], [0, 1]], "label": [0, 0, 1, 1]}
supcon.case(**_CROSS, temperature=1.0, expect="ln(2 + e)")
supcon.case(**_CROSS, temperature=1.0, batch_size=2, expect=0)
supcon.case(pred=[[1, 0], [2, 0], [0, 1]], label=[0, 0, 1], temperature=0.5, expect="ln(1 + exp(0 - 2))")
