from typing import Annotated, Any

import numpy as np

from ...core.declarations.param import Role
from ...core.loss import NONNEGATIVE, Blocks, Paper, call, loss
from ...core.scratch import Array
from .._stable import positive_part
from ._signs import LABEL_MAP, labels_that_occur, signed, wrong_score


@loss(
    "squared_hinge",
    aliases=("squared_hinge_loss", "l2_svm"),
    family="binary and multi-label",
    pred=("scores",),
    label=lambda params: ("sign",) if params["label_map"] == "sign" else ("values",),
    formula="max(0, 1 - label pred)^2,  label -1 or 1",
    unit="score units, squared",
    facts={NONNEGATIVE},
    source=Paper("Tang 2013, Deep learning using linear support vector machines, eq. 8", "arXiv:1306.0239"),
    like={
        "keras": call("keras.losses.SquaredHinge()(labels, scores, sample_weight)", label_map="auto"),
        "paper": call("max(0, 1 - label score)^2, labels -1 and 1"),
    },
    elsewhere={"torch": "torch.nn.functional.multi_margin_loss(p=2) is the loss multi_margin, for classes"},
    errata="scikit-learn trains with it (LinearSVC) and has no metric of it.",
    example="cancer/logits.npy cancer/signs.npy",
)
def squared_hinge(
    pred: Array,
    label: Array,
    *,
    label_map: Annotated[str, LABEL_MAP] = "sign",
    seen: Annotated[Array | None, Role("the labels that occur", "(k,)", rows=False, internal=True)] = None,
) -> Array:
    """Square of the distance by which a score misses a margin of 1 on the right side.

    Use it for the scores of a support vector machine trained with squared slack (the default of LinearSVC); a far
    outlier weighs more than in hinge, and nothing is said of probabilities.
    Shapes: pred and label (n,) or (n, c); a row's loss is the mean over its columns.
    Notes: labels are -1 and 1, or 0 and 1 (0 is the negative class); both -1 and 0 in one data set is an error. A
    score of inf costs 0 on the right side and inf on the wrong one.
    """
    if label_map == "sign":
        miss = wrong_score(pred, label, "squared hinge")
        miss += 1.0
        miss = positive_part(miss, out=miss)
    else:
        miss = np.maximum(1.0 - signed(pred, label, label_map, seen) * pred, 0.0)
    with np.errstate(over="ignore"):
        return np.multiply(miss, miss, out=miss)


@squared_hinge.prepare(when=lambda given: given["label_map"] in ("auto", "larger") and given.get("seen") is None)
def _(blocks: Blocks, *, label_map: str) -> dict[str, Array]:
    return {"seen": labels_that_occur(blocks, label_map)}


@squared_hinge.formula
def _(m: Any, pred: Any, label: Any) -> Any:
    return m.maximum(0, 1 - (1 if label == 1 else -1) * pred) ** 2


_X = [0.3, -0.8, 1.5, 0.2]
squared_hinge.case(pred=_X, label=[1, 0, 1, 0], reduction="none", expect=[0.49, 0.04, 0.0, 1.44])
squared_hinge.case(pred=_X, label=[1, -1, 1, -1], expect=0.4925)
squared_hinge.case(pred=_X, label=[1, 0, 1, 0], weight=[1, 2, 0, 2], expect=0.69)
squared_hinge.case(pred=_X, label=[1, 0, 1, 0], label_map="as_is", reduction="none", expect=[0.49, 1.0, 0.0, 1.0])
