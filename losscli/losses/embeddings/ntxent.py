from typing import Annotated, Any

import numpy as np

from ...core.declarations.param import Role
from ...core.errors import UsageProblem
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
    similarities,
    softplus,
    vectors,
)
from ._distances import beside


@loss(
    "ntxent",
    aliases=("nt_xent", "ntxent_loss", "nt_xent_loss", "simclr"),
    family="embeddings and faces",
    pred=("embeddings",),
    label=("none", "class"),
    pred_dims=(2,),
    block_elements=1 << 17,
    single=False,
    formula="-log(exp(s_p / T) / (exp(s_p / T) + sum over negatives of exp(s_n / T)))",
    unit="nats",
    facts={NONNEGATIVE},
    source=Paper("Chen et al. 2020, A simple framework for contrastive learning, eq. 1", "arXiv:2002.05709"),
    like={
        "optax": call("optax.ntxent(embeddings, labels)", form="class", denominator="weights"),
        "pml": call("pytorch_metric_learning.losses.NTXentLoss()(embeddings, labels)", form="class"),
        "monai": call("monai.losses.ContrastiveLoss()(embeddings, other)", form="none", temperature=0.5),
        "paper": call("eq. 1, the mean over all positive pairs (i, j) and (j, i)"),
    },
    errata="With more than two rows of a class the other positives of a pair are in neither part of the fraction; "
    "supcon has them in the denominator.",
    example="faces/embeddings.npy faces/labels.npy --batch-size 32",
)
def ntxent(
    pred: Array,
    label: Array | None,
    *,
    start: int,
    place: Place = None,
    other: Annotated[Array | None, Role("the other view of each row, without labels", "(n, d)")] = None,
    batch: Batch = None,
    batch_size: BatchSize = None,
    temperature: Temperature = 0.07,
    normalize: Normalize = True,
) -> Rows:
    """Cross entropy of finding the other view of a row among all rows of the batch (SimCLR).

    Use it for contrastive embeddings, in batches as they were trained: a larger batch has a larger loss. Two views
    come as predictions and --other, or as rows with the same label.
    Shapes: pred (n, d) with other (n, d), or with class numbers (n,). Of labels every ordered pair of one class is a
    term, and the value is the mean over pairs; a row's loss is the sum of its pairs. Of two views a row's loss is the
    mean of its two, and a batch of N rows has 2 N embeddings.
    Notes: a row without another of its class in its batch is left out; without --batch or --batch-size all rows are
    one batch. An embedding of length 0 has no direction, which is an error.
    """
    whole = batches(len(pred), batch, batch_size, place, start)
    if label is None:
        return _of_views(pred, other, whole, temperature, normalize)
    if other is not None:
        raise UsageProblem(
            "--other is the other view of each row, so labels have no part in it.",
            "Leave out the labels, or --other.",
            kind="contradiction",
            options=("other", "label"),
        )

    def of_anchors(near: Array, same: Array, apart: Array) -> tuple[Array, Array]:
        near /= temperature
        total = np.where(same, softplus(log_sum_exp(near, apart) - near), 0.0).sum(axis=1)
        return total, same.sum(axis=1).astype(np.float64)

    return of_classes(pred, label, whole, normalize, of_anchors)


def _of_views(pred: Array, other: Array | None, whole: Any, temperature: float, normalize: bool) -> Rows:
    if other is None:
        raise UsageProblem(
            "ntxent needs labels, or --other SPEC: the other view of each row.",
            kind="missing_option",
            options=("other", "label"),
            fix="--other SPEC",
        )
    ours = vectors(pred, "pred", normalize)
    theirs = vectors(beside(other, "other", pred), "other", normalize)
    total = np.zeros(len(pred))
    for rows in whole:
        both, size = np.concatenate([ours[rows], theirs[rows]]), rows.stop - rows.start
        for part, near in similarities(both, both, normalize):
            near /= temperature
            at = np.arange(part.start, part.stop)
            twin, line = (at + size) % (2 * size), np.arange(len(at))
            apart = np.ones(near.shape, dtype=bool)
            apart[line, at] = apart[line, twin] = False
            np.add.at(total, rows.start + at % size, 0.5 * softplus(log_sum_exp(near, apart)[:, 0] - near[line, twin]))
    return Rows((total,))


@ntxent.formula
def _(
    m: Any,
    pred: Any,
    label: Any,
    *,
    others: Any,
    other_labels: Any,
    other: Any,
    other_views: Any,
    temperature: Any,
    normalize: bool,
) -> Any:
    def of_anchor(anchor: Any, positives: Any, negatives: Any) -> Any:
        near = [s / temperature for s in cosines_in_scalars(m, anchor, [*positives, *negatives], normalize)]
        rest = near[len(positives) :]
        return m.sum(m.log_sum_exp([s, *rest]) - s for s in near[: len(positives)])

    if label is None:
        rest = [*others, *other_views]
        return (of_anchor(pred, [other], rest) + of_anchor(other, [pred], rest)) / 2
    mates = [row for row, mate in zip(others, other_labels, strict=True) if mate == label]
    return of_anchor(pred, mates, [row for row, mate in zip(others, other_labels, strict=True) if mate != label])


_CROSS = {
    "pred": [[1, 0], [0, 2], [3, 0], [0, 1]],
    "label": [0, 0, 1, 1],
}  # of each row: a positive 0, negatives 1 and 0
ntxent.case(**_CROSS, temperature=1.0, expect="ln(2 + e)")
ntxent.case(**_CROSS, temperature=1.0, batch_size=2, expect=0)
ntxent.case(pred=[[1, 0], [0, 1]], other=[[2, 0], [0, 3]], temperature=0.5, expect="ln(1 + 2 * exp(0 - 2))")
ntxent.case(pred=[[1, 0], [0, 1]], other=[[2, 0], [0, 3]], batch_size=2, temperature=1.0, expect="ln(1 + 2 / e)")
