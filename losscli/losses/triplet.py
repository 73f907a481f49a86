from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np

from ..core.domain import Choice, Interval, inf
from ..core.errors import BadValue, DataProblem, UsageProblem
from ..core.loss import NONNEGATIVE, Blocks, Paper, Rows, loss
from ..core.param import Param, Role
from ..core.scratch import Array
from ._distances import beside, directions, distances

_TILE = 1 << 15  # numbers of the gallery compared at a time


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
    calls={
        "torch": "torch.nn.functional.triplet_margin_loss (euclidean, margin 1; 1e-6 on each difference)",
        "optax": "optax.losses.triplet_margin_loss (euclidean, margin 1, 1e-6 inside the root)",
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
    positive: Annotated[Array | None, Role("a vector of the same class as each anchor", "(n, d)")] = None,
    negative: Annotated[Array | None, Role("a vector of another class than each anchor", "(n, d)")] = None,
    gallery: Annotated[Array | None, Role("all embeddings", "(N, d)", rows=False, internal=True)] = None,
    gallery_label: Annotated[Array | None, Role("all labels", "(N,)", rows=False, internal=True)] = None,
    margin: Annotated[float, Param("by how much a negative must be farther", Interval(0, inf, "left"))] = 0.2,
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
) -> Array | tuple[Array, Array] | Rows:
    """What an anchor is too far from one of its class, compared with one of another class.

    Use it with triplets of your own, or with labels and --mining. Hard triplets are chosen to cost much.
    Shapes: pred (n, d), with --positive and --negative (n, d) or with class numbers (n,) and --mining. Mining
    holds all data in memory and compares every row with every other. The value is then the mean over triplets
    (all), over anchors (hard), or over pairs of one class (semihard, with the farthest negative where none is
    farther than the positive).
    Edges: anchors without positive or negative are left out; no triplet at all is an error.
    """
    if mining is not None:
        if positive is not None or negative is not None:
            raise UsageProblem(
                "--positive and --negative are triplets already, so there are none to mine.",
                "Leave out labels and --mining, or --positive and --negative.",
            )
        assert label is not None
        assert gallery is not None
        assert gallery_label is not None
        _check_place(directions(pred, "pred") if normalize else pred, label, gallery, gallery_label, start)
        return _mined(label, gallery, gallery_label, start, margin, distance, mining)
    if label is not None:
        raise UsageProblem(
            "Class labels need --mining all, hard or semihard: how triplets are made of them.",
            "Triplets of your own have --positive and --negative, and no labels.",
        )
    if positive is None or negative is None:
        raise UsageProblem(
            "triplet needs --positive SPEC and --negative SPEC.",
            "Or class labels and --mining all, hard or semihard.",
        )
    positive, negative = beside(positive, "positive", pred), beside(negative, "negative", pred)
    if normalize:
        pred, positive = directions(pred, "pred"), directions(positive, "positive")
        negative = directions(negative, "negative")
    near, far = distances(pred, positive, distance), distances(pred, negative, distance)
    if (lost := np.isinf(near) & np.isinf(far)).any():
        raise _too_far(int(np.argmax(lost)))
    return _hinge(near, far, margin)


def _hinge(near: Array, far: Array, margin: float) -> Array:
    with np.errstate(over="ignore"):
        found: Array = np.maximum(near - far + margin, 0.0)
    return found


def _too_far(row: int) -> BadValue:
    return BadValue("pred", row, "distances leave the range of floats", "Try --distance euclidean or --normalize.")


@triplet.prepare(when=lambda given: given["mining"] is not None)
def _(blocks: Blocks, *, normalize: bool, **_: Any) -> dict[str, Array]:
    """All embeddings and labels, in the order of rows."""
    vectors, labels, start = [], [], 0
    for block in blocks:
        pred = np.array(block["pred"])
        finite = np.isfinite(pred).all(axis=1)
        if not finite.all():
            at = int(np.argmin(finite))
            raise BadValue("pred", at, f"mining needs finite embeddings, unlike row {start + at} (from 0)")
        try:
            vectors.append(directions(pred, "pred") if normalize else pred)
        except BadValue as bad:
            raise BadValue("pred", bad.index, f"{bad.message}, in row {start + bad.index} (from 0)") from None
        labels.append(np.array(block["label"]))
        start += len(pred)
    every = np.concatenate(labels) if labels else np.zeros(0, dtype=np.int64)
    counts = np.unique(every, return_counts=True)[1]
    if len(counts) < 2 or counts.max() < 2:
        raise DataProblem("There is no triplet: it takes two rows of one class and one of another.")
    return {"gallery": np.concatenate(vectors), "gallery_label": every}


def _check_place(pred: Array, label: Array, gallery: Array, gallery_label: Array, start: int) -> None:
    """An anchor is told from its own entry in the gallery by its row, so the rows must be the same ones."""
    place = slice(start, start + len(pred))
    if not (np.array_equal(gallery_label[place], label) and np.array_equal(gallery[place], pred)):
        raise DataProblem(
            "Mined triplets need every row, and some were left out.",
            "Take rows with NaN or no value out of the files.",
        )


def _mined(
    label: Array, gallery: Array, gallery_label: Array, start: int, margin: float, distance: str, mining: str
) -> tuple[Array, Array] | Rows:
    """For each anchor the sum of its triplets' losses, and how many they are."""
    total, count = np.zeros(len(label)), np.zeros(len(label))
    step = max(1, _TILE // max(1, gallery.shape[1]))
    reach = np.empty(len(gallery))
    for i in range(len(label)):
        for at in range(0, len(gallery), step):
            reach[at : at + step] = distances(gallery[at : at + step], gallery[start + i], distance)
        same = gallery_label == label[i]
        far = reach[~same]
        same[start + i] = False
        near = reach[same]
        if len(near) and len(far):
            if np.isinf(reach.max()):
                raise _too_far(i)
            total[i], count[i] = _RULES[mining](near, far, margin)
    if mining == "hard":
        return Rows((total,), count, int((count == 0).sum()))
    return total, count


def _every(near: Array, far: Array, margin: float) -> tuple[float, int]:
    """sum of max(0, p + margin - n) over all pairs, in N log N and without a difference of sums.

    As a function of t, sum_n max(0, t - n) rises by (step in t) x (negatives passed) between neighbours of
    the sorted negatives and limits t = p + margin: a running sum of parts that are not negative.
    """
    limit = near + margin
    close = far[far < limit.max()]
    mixed = np.concatenate([close, limit])
    order = np.argsort(mixed, kind="stable")
    passed = np.cumsum(order < len(close))
    rise = np.diff(mixed[order]) * passed[:-1]
    height = np.concatenate([[0.0], np.cumsum(rise)])
    return float(height[order >= len(close)].sum()), len(near) * len(far)


def _hardest(near: Array, far: Array, margin: float) -> tuple[float, int]:
    return max(float(near.max() - far.min()) + margin, 0.0), 1


def _semihard(near: Array, far: Array, margin: float) -> tuple[float, int]:
    far = np.sort(far)
    place = np.minimum(np.searchsorted(far, near, side="right"), len(far) - 1)
    return float(_hinge(near, far[place], margin).sum()), len(near)


_RULES = {"all": _every, "hard": _hardest, "semihard": _semihard}


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
