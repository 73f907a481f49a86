from typing import Annotated, Any

from ..core.errors import BadValue
from ..core.loss import NONNEGATIVE, Blocks, Paper, Rows, loss
from ..core.param import Param, Role
from ..core.scratch import like
from ._classes import Kept
from ._distances import check_class, matrix, squares
from ._stable import Array, np

_MOST = 50_000_000  # numbers in class means: 400 MB


@loss(
    "center",
    aliases=("center_loss", "centre", "centre_loss"),
    family="embeddings and faces",
    pred=("embeddings",),
    label=("class",),
    pred_dims=(2,),
    formula="1/2 |pred - centre of label's class|^2",
    unit="squared embedding units",
    facts={NONNEGATIVE},
    source=Paper(
        "Wen et al. 2016, A discriminative feature learning approach for deep face recognition, eq. 2"
    ),
    calls={
        "tfa": "tfa center loss (tf.nn.l2_loss: the sum over the batch, --reduction sum)",
        "facenet": "facenet center_loss (mean over all numbers without 1/2: 2 / d times ours; early versions the sum)",
        "center_loss.pytorch": "KaiyangZhou CenterLoss (no 1/2: twice ours); jxgu1016 CenterLoss (the sum)",
        "caffe": "ydwen CenterLossLayer",
    },
    errata="Summaries often have a heading without a formula. In the paper it is a sum over the batch, and an addition to "
    "softmax cross entropy (0.003 times): alone it is smallest where all embeddings are equal.",
    example="faces/embeddings.npy faces/labels.npy --centers faces/centers.npy",
)
def center(
    pred: Array,
    label: Array,
    *,
    centers: Annotated[
        Array | None,
        Role(
            "class centres, one row a class; without them the class means of the data", "(c, d)", rows=False
        ),
    ] = None,
    ignore_index: Annotated[int | None, Param("class number whose rows are left out")] = None,
) -> Rows:
    """Half the squared distance between an embedding and the centre of its class.

    Use it to see how tight classes are; it says nothing of how far apart they are (arcface and triplet do).
    Shapes: pred (n, d); label (n,) class numbers from 0; centers (c, d). Without centers the data are read twice: first
    for the means of the classes, weighted as the loss is; those are the centres that make the loss smallest.
    Edges: a class with one row is its own mean and costs 0; squares beyond the range of floats are inf.
    """
    kept = Kept(label, ignore_index)
    centers = matrix(np.empty((0, pred.shape[1])) if centers is None else centers, "centers", pred.shape[1])
    check_class(kept.label, len(centers), "centers")
    with np.errstate(over="ignore", under="ignore"):
        gap = np.subtract(pred, centers[kept.label], out=like("center", pred))
        return kept.rows(0.5 * squares(gap))


@center.prepare(when=lambda given: given.get("centers") is None)
def _(blocks: Blocks, *, ignore_index: int | None) -> dict[str, Array]:
    """The weighted mean of each class, from sums a block, added in the order of blocks."""
    sums, mass, classes, start = np.zeros((0, 0)), np.zeros(0), 0, 0
    for block in blocks:
        pred, label = block["pred"], block["label"]
        weight = np.asarray(block.get("weight", np.ones(len(pred))), dtype=np.float64)
        known = np.isfinite(weight) & ~np.isnan(pred).any(axis=1)  # what is NaN is for the run to judge
        known &= (label != ignore_index) if ignore_index is not None else True
        pred, label, weight = pred[known], label[known], weight[known]
        if not len(label):
            start += len(known)
            continue
        _check(pred, label, start + np.flatnonzero(known))
        start += len(known)
        classes = max(classes, int(label.max()) + 1)
        sums, mass = _room(sums, mass, classes, pred.shape[1])
        found, place = np.unique(label, return_inverse=True)
        mass[found] += np.bincount(place, weight)
        for column in range(pred.shape[1]):
            sums[found, column] += np.bincount(place, weight * pred[:, column])
    return {"centers": sums[:classes] / np.where(mass[:classes] == 0, 1.0, mass[:classes])[:, None]}


def _check(pred: Array, label: Array, rows: Array) -> None:
    endless = np.isinf(pred).any(axis=1)
    if endless.any():
        at = int(np.argmax(endless))
        raise BadValue(
            "pred", at, f"an infinite embedding leaves its class without a mean, in row {rows[at]} (from 0)"
        )
    if (int(label.max()) + 1) * pred.shape[1] > _MOST:
        at = int(np.argmax(label))
        raise BadValue(
            "label",
            at,
            f"class {label[at]} means {label[at] + 1} centres of {pred.shape[1]} numbers, in row {rows[at]} (from 0)",
            "Number the classes from 0 without gaps, or give --centers SPEC.",
        )


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
