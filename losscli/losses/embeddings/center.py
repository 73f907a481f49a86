from typing import Annotated, Any

import numpy as np

from ...core.declarations.param import Param, Role
from ...core.errors import BadValue
from ...core.loss import NONNEGATIVE, Blocks, Dependence, Paper, Rows, call, loss
from ...core.scratch import Array, like
from .._classes import CountedRows
from ._distances import check_class, matrix, squares

_MOST = 50_000_000  # numbers in class means: 400 MB


@loss(
    "center",
    aliases=("center_loss", "centre", "centre_loss"),
    family="embeddings and faces",
    pred=("embeddings",),
    label=("class",),
    pred_dims=(2,),
    single=False,
    formula="1/2 |pred - centre of label's class|^2",
    unit="squared embedding units",
    facts={NONNEGATIVE},
    source=Paper("Wen et al. 2016, A discriminative feature learning approach for deep face recognition, eq. 2"),
    like={"paper": call("1/2 sum |x - c|^2", reduction="sum")},
    elsewhere={
        "tfa": "tfa center loss (tf.nn.l2_loss: the sum over the batch, --reduction sum)",
        "facenet": "facenet center_loss (mean over all numbers, no 1/2: 2 / d times ours; early: the sum)",
        "torch ports": "KaiyangZhou CenterLoss (no 1/2: twice ours); jxgu1016 CenterLoss (the sum)",
        "caffe": "ydwen CenterLossLayer",
    },
    errata="Summaries often have a heading without a formula. In the paper it is a sum over the batch, added "
    "(0.003 times) to softmax cross entropy: alone it is smallest where all embeddings are equal.",
    example="faces/embeddings.npy faces/labels.npy --centers faces/centers.npy",
)
def center(
    pred: Array,
    label: Array,
    *,
    centers: Annotated[
        Array | None,
        Role("class centres, one row a class; without them the class means of the data", "(c, d)", rows=False),
    ] = None,
    ignore_index: Annotated[int | None, Param("class number whose rows are left out")] = None,
) -> Rows:
    """Half the squared distance between an embedding and the centre of its class.

    Use it to see how tight classes are; it says nothing of how far apart they are (arcface and triplet do).
    Shapes: pred (n, d); label (n,) class numbers from 0; centers (c, d). Without centers the data are read
    twice, first for the means of the classes, weighted as the loss is: the centres that make it smallest.
    Notes: a class with one row is its own mean and costs 0; squares beyond the range of floats are inf.
    """
    counted = CountedRows(label, ignore_index)
    centers = matrix(np.empty((0, pred.shape[1])) if centers is None else centers, "centers", pred.shape[1])
    check_class(counted.label, len(centers), "centers")
    with np.errstate(over="ignore", under="ignore"):
        gap = np.subtract(pred, centers[counted.label], out=like("center", pred))
        return counted.rows(0.5 * squares(gap))


_MEANS = Dependence(
    "its centres are the means of the same rows, so the loss of a row depends on the other rows of its class",
    "Give --centers SPEC made from other rows, or give the labels' file to --cluster too, as classes are independent",
    clusters=True,
)


@center.prepare(when=lambda given: given.get("centers") is None, dependence=_MEANS)
def _(blocks: Blocks, *, ignore_index: int | None) -> dict[str, Array]:
    """The weighted mean of each class, from sums a block, added in the order of blocks."""
    sums, mass, classes, start = np.zeros((0, 0)), np.zeros(0), 0, 0
    for block in blocks:
        pred, label = block["pred"], block["label"]
        counted = np.full(len(label), True) if ignore_index is None else label != ignore_index
        if not counted.any():
            start += len(label)
            continue
        classes = max(classes, _classes(label * counted, pred.shape[1], start))
        sums, mass = _room(sums, mass, classes, pred.shape[1])
        weight = block.get("weight")
        weight = np.ones(len(label)) if weight is None or weight.ndim != 1 else weight.astype(np.float64)
        # what is missing or without weight is for the run to judge
        counted &= (weight > 0) & (weight < np.inf) & ~np.isnan(pred).any(axis=1)
        _check_finite(pred, counted, start)
        start += len(label)
        present, place = np.unique(label[counted], return_inverse=True)
        pred, weight = pred[counted], weight[counted]
        mass[present] += np.bincount(place, weight, len(present))
        for column in range(pred.shape[1]):
            sums[present, column] += np.bincount(place, weight * pred[:, column], len(present))
    return {"centers": sums[:classes] / np.where(mass[:classes] == 0, 1.0, mass[:classes])[:, None]}


def _classes(label: Array, width: int, start: int) -> int:
    """How many classes there are at least: one more than the largest label, unless that is absurd."""
    at = int(np.argmax(label))
    classes = int(label[at]) + 1
    if classes * width > _MOST:
        raise BadValue(
            "label",
            at,
            f"label {classes - 1} needs {classes} centres of {width} numbers, in row {start + at} (from 0)",
            "Number the classes from 0 without gaps, or give --centers SPEC.",
            options=("centers",),
        )
    return classes


def _check_finite(pred: Array, counted: Array, start: int) -> None:
    infinite = np.isinf(pred).any(axis=1) & counted
    if infinite.any():
        at = int(np.argmax(infinite))
        where = f"in row {start + at} (from 0)"
        raise BadValue("pred", at, f"an infinite embedding leaves its class without a mean, {where}")


def _room(sums: Array, mass: Array, classes: int, width: int) -> tuple[Array, Array]:
    """Sums with room for so many classes; twice as many as before, so that growing costs little."""
    if classes <= len(sums):
        return sums, mass
    size = max(classes, 2 * len(sums))
    larger, heavier = np.zeros((size, width)), np.zeros(size)
    larger[: len(sums)], heavier[: len(mass)] = sums.reshape(len(sums), width), mass
    return larger, heavier


@center.formula
def _(m: Any, pred: Any, label: Any, *, centers: Any, ignore_index: Any) -> Any:
    return m.sum((x - c) ** 2 for x, c in zip(pred, centers[label], strict=True)) / 2


_X = [[1, 2], [2, 0], [0, 1]]
center.case(pred=_X, label=[0, 0, 1], centers=[[1, 1], [0, 0]], reduction="sum", expect=2.0)
center.case(pred=_X, label=[0, 0, 1], centers=[[1, 1], [0, 0]], expect="2 / 3")
center.case(pred=_X, label=[0, 0, 1], reduction="none", expect=[0.625, 0.625, 0])
