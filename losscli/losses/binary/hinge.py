from typing import Annotated, Any

import numpy as np

from ...core.declarations.param import Role
from ...core.loss import NONNEGATIVE, Blocks, Paper, call, loss
from ...core.scratch import Array, like
from .._hard import wrong_side
from .._stable import positive_part
from ._signs import LABEL_MAP, labels_that_occur, signed


@loss(
    "hinge",
    aliases=("hinge_loss",),
    family="binary and multi-label",
    pred=("scores",),
    label=lambda params: ("sign",) if params["label_map"] == "sign" else ("values",),
    formula="max(0, 1 - label pred),  label -1 or 1",
    unit="score units",
    facts={NONNEGATIVE},
    source=Paper("Cortes and Vapnik 1995, Support-vector networks", "doi:10.1007/BF00994018"),
    like={
        "tf1": call("tf.compat.v1.losses.hinge_loss(labels, scores, weights)", label_map="affine"),
        "keras": call("keras.losses.Hinge()(labels, scores, sample_weight)", label_map="auto"),
        "sklearn": call("sklearn.metrics.hinge_loss(labels, scores, sample_weight=)", label_map="larger"),
        "optax": call("optax.hinge_loss(scores, labels)", label_map="as_is"),
        "paper": call("max(0, 1 - label score), labels -1 and 1"),
        "document": call("max(0, 1 - label score), labels not converted", label_map="as_is"),
    },
    errata="The formula needs labels of -1 and 1; the TensorFlow function quoted beside it needs 0 and 1.",
    example="cancer/logits.npy cancer/signs.npy",
)
def hinge(
    pred: Array,
    label: Array,
    *,
    label_map: Annotated[str, LABEL_MAP] = "sign",
    seen: Annotated[Array | None, Role("the labels that occur", "(k,)", rows=False, internal=True)] = None,
) -> Array:
    """Distance by which a score misses a margin of 1 on the right side.

    Use it for the scores of a support vector machine; it says nothing of probabilities.
    Shapes: pred and label (n,) or (n, c); a row's loss is the mean over its columns.
    Notes: labels are -1 and 1, or 0 and 1 (0 is the negative class); both -1 and 0 in one data set is an error. A
    score of inf costs 0 on the right side and inf on the wrong one.
    """
    if label_map != "sign":
        return np.maximum(1.0 - signed(pred, label, label_map, seen) * pred, 0.0)
    if label.dtype.kind == "f":  # -1 and 1
        miss = np.multiply(label, pred, out=like("hinge", pred))
        np.subtract(1.0, miss, out=miss)
    else:
        miss = wrong_side(pred, label, "hinge")
        miss += 1.0
    return positive_part(miss, out=miss)


@hinge.prepare(when=lambda given: given["label_map"] in ("auto", "larger") and given.get("seen") is None)
def _(blocks: Blocks, *, label_map: str) -> dict[str, Array]:
    return {"seen": labels_that_occur(blocks, label_map)}


@hinge.formula
def _(m: Any, pred: Any, label: Any) -> Any:
    return m.maximum(0, 1 - (1 if label == 1 else -1) * pred)


_X = [0.3, -0.8, 1.5, 0.2]
hinge.case(pred=_X, label=[1, 0, 1, 0], reduction="none", expect=[0.7, 0.2, 0.0, 1.2])
hinge.case(pred=_X, label=[1, -1, 1, -1], expect="0.525")
hinge.case(pred=_X, label=[1, 0, 1, 0], weight=[1, 2, 0, 2], expect="0.7")
hinge.case(pred=_X, label=[1, -1, 1, -1], label_map="affine", reduction="none", expect=[0.7, 0.0, 0.0, 1.6])
hinge.case(pred=_X, label=[1, 0, 1, 0], label_map="as_is", reduction="none", expect=[0.7, 1.0, 0.0, 1.0])
