from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Choice, Interval, inf
from ...core.declarations.param import Param, Role
from ...core.errors import DataProblem, UsageProblem
from ...core.loss import NONNEGATIVE, Blocks, Dependence, Paper, Rows, call, loss
from ...core.scratch import Array
from ._distances import beside, directions, distances
from ._mining import check_place, gallery_of, mined, shortfall, too_far
from ._triplet_frameworks import EPSILON, FORMULA, P, check_formula, framework_shortfall


@loss(
    "triplet",
    aliases=("triplet_loss", "triplet_margin", "triplet_margin_loss"),
    family="embeddings and faces",
    pred=("embeddings",),
    label=lambda params: ("class",) if params["mining"] else ("none", "class"),
    pred_dims=(2,),
    block_elements=1 << 14,
    single=False,
    formula="max(0, d(anchor, positive) - d(anchor, negative) + margin)",
    unit="distance units",
    facts={NONNEGATIVE},
    source=Paper("Schroff et al. 2015, FaceNet, eq. 3; mining hard: Hermans et al. 2017", "arXiv:1503.03832"),
    like={
        "torch": call(
            "torch.nn.functional.triplet_margin_loss(anchor, positive, negative)",
            when={"mining": None, "distance": "euclidean"},
            weights=False,
            margin=1.0,
            formula="torch",
            epsilon=1e-6,
        ),
        "optax": call(
            "optax.losses.triplet_margin_loss(anchors, positives, negatives)",
            when={"mining": None, "distance": "euclidean"},
            margin=1.0,
            formula="optax",
            epsilon=1e-6,
        ),
        "paper": (
            call(
                "sum max(0, |a - p|^2 - |a - n|^2 + 0.2), |a| = |p| = |n| = 1",
                when={"mining": None},
                reduction="sum",
                distance="squared",
                normalize=True,
                margin=0.2,
            ),
            call("the same of mined triplets", distance="squared", normalize=True, margin=0.2),
        ),
    },
    elsewhere={
        "tfa": "tfa.losses.triplet_semihard_loss, triplet_hard_loss (euclidean, margin 1, mined a batch)",
        "pml": "pytorch_metric_learning.losses.TripletMarginLoss (unit vectors, mean of triplets above 0)",
    },
    errata="FaceNet's distances are squared, of vectors on the unit sphere (--normalize); those of torch, "
    "optax and TFA are neither.",
    example="faces/anchor.npy --positive faces/positive.npy --negative faces/negative.npy",
)
def triplet(
    pred: Array,
    label: Array | None,
    *,
    start: int,
    dtype: np.dtype[Any],
    positive: Annotated[Array | None, Role("a vector of the same class as each anchor", "(n, d)")] = None,
    negative: Annotated[Array | None, Role("a vector of another class than each anchor", "(n, d)")] = None,
    gallery: Annotated[Array | None, Role("all embeddings", "(N, d)", rows=False, internal=True)] = None,
    gallery_label: Annotated[Array | None, Role("all labels", "(N,)", rows=False, internal=True)] = None,
    margin: Annotated[
        float,
        Param(
            "by how much a negative must be farther",
            Interval(0, inf, "left"),
            usual=(0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 1.5, 2.0),
        ),
    ] = 0.2,
    distance: Annotated[str, Param("of two vectors", Choice("squared", "euclidean"))] = "squared",
    normalize: Annotated[bool, Param("put vectors on the unit sphere first")] = False,
    mining: Annotated[
        str | None,
        Param(
            "which triplets of class labels; all: every one; hard: farthest positive, nearest negative; "
            "semihard: nearest negative farther than each positive",
            Choice("all", "hard", "semihard"),
        ),
    ] = None,
    formula: Annotated[str, FORMULA] = "exact",
    p: Annotated[int, P] = 2,
    epsilon: Annotated[float, EPSILON] = 0.0,
) -> Array | tuple[Array, Array] | Rows:
    """What an anchor is too far from one of its class, compared with one of another class.

    Use it with triplets of your own, or with labels and --mining. Hard triplets are chosen to cost much.
    Shapes: pred (n, d), with --positive and --negative (n, d) or with class numbers (n,) and --mining. Mining
    holds all data in memory and compares every row with every other. The value is then the mean over triplets
    (all), over anchors (hard), or over pairs of one class (semihard, with the farthest negative where none is
    farther than the positive).
    Notes: anchors without positive or negative are left out; no triplet at all is an error.
    """
    check_formula(formula, p, epsilon, distance, mining)
    if mining is not None:
        if positive is not None or negative is not None:
            raise UsageProblem(
                "--positive and --negative are triplets already, so there are none to mine.",
                "Leave out labels and --mining, or --positive and --negative.",
                options=("positive", "negative", "mining"),
            )
        assert label is not None
        assert gallery is not None
        assert gallery_label is not None
        check_place(directions(pred, "pred") if normalize else pred, label, gallery, gallery_label, start)
        return mined(label, gallery, gallery_label, start, margin, distance, mining)
    if label is not None:
        raise UsageProblem(
            "Class labels need --mining all, hard or semihard: how triplets are made of them.",
            "Triplets of your own have --positive and --negative, and no labels.",
            options=("mining", "positive", "negative"),
        )
    if positive is None or negative is None:
        raise UsageProblem(
            "triplet needs --positive SPEC and --negative SPEC.",
            "Or class labels and --mining all, hard or semihard.",
            options=("positive", "negative", "mining"),
        )
    positive, negative = beside(positive, "positive", pred), beside(negative, "negative", pred)
    if normalize:
        pred, positive = directions(pred, "pred"), directions(positive, "positive")
        negative = directions(negative, "negative")
    if formula != "exact":
        return framework_shortfall(pred, positive, negative, margin, formula, p, epsilon, dtype)
    near, far = distances(pred, positive, distance), distances(pred, negative, distance)
    if (lost := np.isinf(near) & np.isinf(far)).any():
        raise too_far(int(np.argmax(lost)))
    return shortfall(near, far, margin)


_MINED = Dependence(
    "its triplets are mined from all rows, so every row is part of the triplets of many others",
    "Give triplets of your own with --positive and --negative, or compute several sets of rows and see how they vary",
)


@triplet.prepare(when=lambda given: given["mining"] is not None, dependence=_MINED)
def _(blocks: Blocks, *, normalize: bool, **_: Any) -> dict[str, Array]:
    return gallery_of(blocks, normalize)


@triplet.finish(when=lambda params: params["mining"] in ("all", "semihard"))
def _(sums: Sequence[float], **_: Any) -> float:
    if sums[1] == 0:
        raise DataProblem("No triplet has a weight above zero.")
    return sums[0] / sums[1]


@triplet.formula
def _(m: Any, pred: Any, label: Any, *, margin: Any, distance: str, normalize: bool, mining: Any, **roles: Any) -> Any:
    if mining is not None:
        return NotImplemented

    def put(row: Any) -> Any:
        size = m.sqrt(m.sum(x * x for x in row)) if normalize else 1
        return [x / size for x in row]

    def between(other: Any) -> Any:
        square = m.sum((a - b) ** 2 for a, b in zip(put(pred), put(other), strict=True))
        return m.sqrt(square) if distance == "euclidean" else square

    return m.maximum(between(roles["positive"]) - between(roles["negative"]) + margin, 0)


_LINE = {"pred": [[0.0], [1.0], [3.0]], "label": [0, 0, 1], "margin": 10}
triplet.case(
    pred=[[0.0, 0.0], [1.0, 1.0]],
    positive=[[1.0, 0.0], [1.0, 1.0]],
    negative=[[1.0, 1.0], [4.0, 5.0]],
    margin=1.5,
    reduction="none",
    expect=[0.5, 0],
)
triplet.case(pred=[[0.0, 0.0]], positive=[[3, 4]], negative=[[0, 2]], distance="euclidean", expect=3.2)
triplet.case(pred=[[2.0, 0.0]], positive=[[0, 3]], negative=[[5, 0]], normalize=True, expect=2.2)
triplet.case(**_LINE, mining="all", expect=4.5)  # 1 - 9 + 10 = 2 and 1 - 4 + 10 = 7
triplet.case(**_LINE, mining="hard", expect=4.5)
triplet.case(**_LINE, mining="semihard", distance="euclidean", expect=8.5)  # 1 - 3 + 10 and 1 - 2 + 10
