from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Choice, Interval, inf
from ...core.declarations.param import Param, Role
from ...core.errors import DataProblem, UsageProblem
from ...core.loss import NONNEGATIVE, Paper, call, loss
from ...core.scratch import Array
from ._distances import beside, distances


@loss(
    "contrastive",
    aliases=("contrastive_loss",),
    family="embeddings and faces",
    pred=("distances", "embeddings"),
    label=("pair",),
    pred_dims=(1, 2),
    single=False,
    formula="1/2 d^2 for a pair of the same, 1/2 max(0, margin - d)^2 for two that differ",
    unit="squared distance units",
    facts={NONNEGATIVE},
    source=Paper("Hadsell, Chopra, LeCun 2006, Dimensionality reduction by learning an invariant mapping, eq. 4"),
    like={"paper": call("1/2 D^2 where the label is 0, 1/2 max(0, m - D)^2 where it is 1", same_value=0)},
    elsewhere={
        "tfa": "tfa.losses.contrastive_loss (takes distances; no 1/2: twice ours)",
        "pml": "pytorch_metric_learning.losses.ContrastiveLoss (unit vectors, not squared, means of parts above 0)",
    },
    errata="Whether 1 or 0 means the same differs between sources: the paper has 0 for similar pairs, most "
    "code has 1. Say --same-value 0 for the paper's labels.",
    example="faces/distances.npy faces/same.npy",
)
def contrastive(
    pred: Array,
    label: Array,
    *,
    input: str,
    other: Annotated[Array | None, Role("the second vector of each pair (with embeddings)", "(n, d)")] = None,
    margin: Annotated[
        float,
        Param(
            "distance beyond which two that differ cost nothing",
            Interval(0, inf, "neither"),
            usual=(0.2, 0.5, 1.0, 1.25, 1.5, 2.0, 5.0),
        ),
    ] = 1.0,
    same_value: Annotated[int, Param("the label that says same", Choice(0, 1))] = 1,
) -> Array:
    """Pulls pairs of the same together and pushes pairs that differ a margin apart.

    Use it for pairs with yes-or-no labels; with classes and many pairs triplet or a margin softmax says more.
    Shapes: pred (n,) Euclidean distances, or (n, d) embeddings with --other (n, d); label (n,) of 0 and 1.
    Notes: beyond the margin a pair that differs costs 0; an infinite distance costs inf for the same, else 0.
    """
    distance = _between(pred, input, other)
    with np.errstate(over="ignore", under="ignore"):
        gap = np.where(label == same_value, distance, np.maximum(margin - distance, 0.0))
        return 0.5 * gap * gap


def _between(pred: Array, input: str, other: Array | None) -> Array:
    if input == "distances":
        if other is not None:
            raise UsageProblem(
                "Distances are of whole pairs already, so --other has no part in them.",
                "Leave it out, or say --input embeddings.",
                options=("other", "input"),
            )
        if pred.ndim != 1 and pred.shape[1] != 1:
            raise DataProblem(
                f"Distances are one number a row, and the predictions have {pred.shape[1]}.",
                "For one vector a row say --input embeddings and give --other SPEC.",
                options=("input", "other"),
            )
        return pred.reshape(-1)
    if other is None:
        raise UsageProblem("Embeddings need --other SPEC: the second vector of each pair.", options=("other",))
    if pred.ndim != 2:
        raise DataProblem(
            "Embeddings have one vector a row, and the predictions one number.",
            "Distances are --input distances.",
            options=("input",),
        )
    return distances(pred, beside(other, "other", pred))


@contrastive.formula
def _(m: Any, pred: Any, label: Any, *, input: str, margin: Any, same_value: int, other: Any = None) -> Any:
    distance = pred
    if input == "embeddings":
        distance = m.sqrt(m.sum((a - b) ** 2 for a, b in zip(pred, other, strict=True)))
    gap = distance if label == same_value else m.maximum(margin - distance, 0)
    return gap * gap / 2


contrastive.case(pred=[0.2, 0.8, 1.5], label=[1, 0, 0], reduction="none", expect=[0.02, 0.02, 0])
contrastive.case(pred=[0.2, 0.8, 1.5], label=[0, 1, 1], same_value=0, expect="0.04 / 3")
contrastive.case(
    pred=[[0.0, 0.0], [3.0, 4.0]],
    other=[[3.0, 4.0], [3.0, 2.0]],
    label=[1, 0],
    input="embeddings",
    margin=4,
    reduction="none",
    expect=[12.5, 2.0],
)
