from typing import Annotated, Any

import numpy as np

from ...core.declarations.param import Param, Role
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
    similarities,
    softplus,
    vectors,
)
from ._distances import beside


@loss(
    "info_nce",
    aliases=("infonce", "info_nce_loss", "clip_loss", "in_batch_negatives"),
    family="embeddings and faces",
    pred=("embeddings",),
    label=("none",),
    pred_dims=(2,),
    block_elements=1 << 17,
    single=False,
    formula="log sum over keys k of the batch of exp(s_k / T) - s_own / T",
    unit="nats",
    facts={NONNEGATIVE},
    source=Paper(
        "van den Oord et al. 2018, Representation learning with contrastive predictive coding, eq. 4",
        "arXiv:1807.03748",
    ),
    like={"paper": call("eq. 4 with f = exp(s / T), the mean over queries")},
    elsewhere={
        "torch": "cross_entropy(q @ k.T / T, arange(n)) of normalised q and k",
        "clip": "the mean of both directions (--two-way)",
        "sentence-transformers": "MultipleNegativesRankingLoss (scale 20, which is a temperature of 0.05)",
    },
    errata="In a batch the other rows' keys are the negatives, so the loss grows with the batch: it is at most log N "
    "for a model that tells nothing.",
    example="faces/anchor.npy --other faces/positive.npy --batch-size 32",
)
def info_nce(
    pred: Array,
    label: None,
    *,
    start: int,
    other: Annotated[Array, Role("the key of each query, in the same row", "(n, d)")],
    place: Place = None,
    batch: Batch = None,
    batch_size: BatchSize = None,
    temperature: Temperature = 0.07,
    normalize: Normalize = True,
    two_way: Annotated[bool, Param("the mean of both directions, as CLIP has it: keys also look for queries")] = False,
) -> Rows:
    """Cross entropy of finding the key of a query among the keys of its batch.

    Use it for pairs such as images and captions, in batches as they were trained: a larger batch has a larger loss.
    Shapes: pred (n, d) and other (n, d); the value is the mean over rows.
    Notes: a batch of one row costs 0; without --batch or --batch-size all rows are one batch. An embedding of length 0
    has no direction, which is an error.
    """
    queries = vectors(pred, "pred", normalize)
    keys = vectors(beside(other, "other", pred), "other", normalize)
    total = np.zeros(len(pred))
    for rows in batches(len(pred), batch, batch_size, place, start):
        for ours, theirs in ((queries, keys), (keys, queries)) if two_way else ((queries, keys),):
            for part, near in similarities(ours[rows], theirs[rows], normalize):
                near /= temperature
                line = np.arange(part.stop - part.start)
                apart = np.ones(near.shape, dtype=bool)
                apart[line, line + part.start] = False
                own = near[line, line + part.start]
                at = slice(rows.start + part.start, rows.start + part.stop)
                total[at] += softplus(log_sum_exp(near, apart)[:, 0] - own) * (0.5 if two_way else 1.0)
    return Rows((total,))


@info_nce.formula
def _(
    m: Any,
    pred: Any,
    label: Any,
    *,
    others: Any,
    other: Any,
    other_views: Any,
    temperature: Any,
    normalize: bool,
    two_way: bool,
) -> Any:
    def one_way(query: Any, key: Any, keys: Any) -> Any:
        near = [s / temperature for s in cosines_in_scalars(m, query, [key, *keys], normalize)]
        return m.log_sum_exp(near) - near[0]

    ahead = one_way(pred, other, other_views)
    return (ahead + one_way(other, pred, others)) / 2 if two_way else ahead


_PAIRS = {"pred": [[1, 0], [0, 1], [0, 3]], "other": [[2, 0], [0, 1], [1, 0]], "temperature": 1.0}
info_nce.case(**_PAIRS, reduction="none", expect=[0.8619948, 0.5514447, 1.5514447])  # ln(2 + 1/e), ln(1 + 2/e), + 1
info_nce.case(**_PAIRS, two_way=True, batch_size=2, reduction="none", expect=[0.3132617, 0.3132617, 0])
