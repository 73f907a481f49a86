from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Interval
from ...core.declarations.param import Param, Role
from ...core.loss import NONNEGATIVE, Paper, call, loss
from ...core.scratch import Array
from .._domains import refuse
from ..binary._signs import SIGN_OR_NUMBER
from ..vectors._cosines import unit_rows
from ._distances import beside


def _torch(pred: Array, label: Array, *, other: Array, margin: float, label_map: str) -> Array:
    """Its squared lengths are 1e-12 more than they are; a label that is neither 1 nor -1 costs nothing."""
    second = beside(other, "other", pred).astype(pred.dtype)
    tiny = pred.dtype.type(1e-12)
    with np.errstate(all="ignore"):
        lengths = (np.square(pred).sum(axis=1) + tiny) * (np.square(second).sum(axis=1) + tiny)
        cosine = (pred * second).sum(axis=1) / np.sqrt(lengths)
        apart = np.maximum(cosine - pred.dtype.type(margin), 0)
        return np.where(label == 1, 1 - cosine, 0) + np.where(label == -1, apart, 0)


@loss(
    "cosine_embedding",
    aliases=("cosine_embedding_loss",),
    family="embeddings and faces",
    pred=("embeddings",),
    label=("number",),
    pred_dims=(2,),
    whole_rows=True,
    single=False,
    formula="1 - cos(pred, other) where the label is 1, max(0, cos(pred, other) - margin) where it is -1",
    unit="cosine",
    facts={NONNEGATIVE},
    source=Paper("Collobert, Kavukcuoglu and Farabet 2011, Torch7: a Matlab-like environment for machine learning"),
    like={
        "torch": call(
            "torch.nn.functional.cosine_embedding_loss(embeddings, other, labels)",
            weights=False,
            kernel=_torch,
            label_map="as_is",
        ),
    },
    errata="Its margin is a cosine, not a distance: 0 lets pairs that differ be at right angles.",
    example="faces/pair_a.npy faces/same.npy --other faces/pair_b.npy",
)
def cosine_embedding(
    pred: Array,
    label: Array,
    *,
    other: Annotated[Array, Role("the second vector of each pair", "(n, d)")],
    margin: Annotated[
        float,
        Param(
            "cosine up to which a pair of different things costs nothing", Interval(-1, 1), usual=(0.0, 0.1, 0.3, 0.5)
        ),
    ] = 0.0,
    label_map: Annotated[str, SIGN_OR_NUMBER] = "sign",
) -> Array:
    """One minus the cosine of a pair that is alike, and how far that of a pair that differs is above a margin.

    Use it for pairs of embeddings labelled alike (1) or different (-1), whose lengths do not matter; where they do,
    contrastive takes distances.
    Shapes: pred and other (n, d), label (n,).
    Notes: labels are -1 and 1, or 0 and 1 (0 is different). A vector of zeros has no direction and is an error; under
    --like torch its cosine is 0, and a label that is neither 1 nor -1 costs nothing.
    """
    if label_map == "sign":
        known = (label == 1) | (label == -1) | (label == 0)
        refuse(label, ~known & ~np.isnan(label), "label", "is not 1 (alike), -1 or 0 (different)")
    first, second = unit_rows(pred, "pred"), unit_rows(beside(other, "other", pred), "other")
    with np.errstate(under="ignore", invalid="ignore"):
        gap = first - second
        short = 0.5 * np.square(gap).sum(axis=1)  # 1 - cos, with the digits that 1 - cos loses near 1
        cosine = np.clip((first * second).sum(axis=1), -1.0, 1.0)
        apart = np.maximum(cosine - margin, 0.0)
    if label_map == "sign":
        return np.where(label == 1, short, np.where(np.isnan(label), np.nan, apart))
    return np.where(label == 1, short, 0.0) + np.where(label == -1, apart, 0.0)


@cosine_embedding.formula
def _(m: Any, pred: Any, label: Any, *, other: Any, margin: Any) -> Any:
    lengths = m.sqrt(m.sum(x * x for x in pred)) * m.sqrt(m.sum(y * y for y in other))
    cosine = m.sum(x * y for x, y in zip(pred, other, strict=True)) / lengths
    return 1 - cosine if label == 1 else m.maximum(0, cosine - margin)


_A, _B = [[1.0, 0], [3, 4], [1, 0]], [[2.0, 0], [4, 3], [0, 5]]
cosine_embedding.case(pred=_A, other=_B, label=[1, 1, 1], reduction="none", expect=[0.0, 0.04, 1.0])
cosine_embedding.case(pred=_A, other=_B, label=[-1, -1, -1], margin=0.5, expect="(0.5 + 0.46 + 0) / 3")
cosine_embedding.case(pred=_A, other=_B, label=[1, 0, 0], expect="(0 + 0.96 + 0) / 3")
cosine_embedding.case(pred=_A, other=_B, label=[0, -1, 1], label_map="as_is", expect="(0 + 0.96 + 1) / 3")
