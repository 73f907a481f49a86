from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Interval, inf
from ...core.declarations.param import Param
from ...core.loss import Paper, call, loss
from ...core.scratch import Array, like
from ._signs import SIGN_OR_NUMBER


@loss(
    "hinge_embedding",
    aliases=("hinge_embedding_loss",),
    family="binary and multi-label",
    pred=("distances", "values"),
    label=lambda params: ("sign",) if params["label_map"] == "sign" else ("values",),
    formula="pred where the label is 1, max(0, margin - pred) where it is -1",
    unit="distance units",
    source=Paper("Hadsell, Chopra and LeCun 2006, Dimensionality reduction by learning an invariant mapping"),
    like={
        "torch": (
            call(
                "torch.nn.functional.hinge_embedding_loss(distances, labels)",
                input="distances",
                weights=False,
                label_map="as_is",
            ),
            call(
                "torch.nn.functional.hinge_embedding_loss(values, labels)",
                input="values",
                weights=False,
                label_map="as_is",
            ),
        ),
    },
    errata="The square of both parts is the loss contrastive.",
    example="faces/distances.npy faces/same.npy",
)
def hinge_embedding(
    pred: Array,
    label: Array,
    *,
    margin: Annotated[
        float,
        Param(
            "distance from which a pair of different things costs nothing",
            Interval(-inf, inf, "neither"),
            usual=(0.1, 0.2, 0.3, 0.5, 1.0, 2.0),
        ),
    ] = 1.0,
    label_map: Annotated[str, SIGN_OR_NUMBER] = "sign",
) -> Array:
    """Distance of a pair that is alike, or how much a pair that differs is nearer than the margin.

    Use it for distances of pairs labelled alike (1) or different (-1); their squares are the loss contrastive.
    Shapes: pred and label (n,) or (n, c); a row's loss is the mean over its columns.
    Notes: labels are -1 and 1, or 0 and 1 (0 is different); both -1 and 0 in one data set is an error. Distances are
    at least 0; other numbers are --input values, and may cost less than 0. Under --like torch a label that is neither
    1 nor -1 costs both parts, as there.
    """
    apart = np.subtract(margin, pred, out=like("hinge embedding", pred))
    np.maximum(apart, 0.0, out=apart)
    if label_map == "sign":
        return np.where(label == 1, pred, apart)
    return np.where(label != 1, apart, 0.0) + np.where(label != -1, pred, 0.0)


@hinge_embedding.formula
def _(m: Any, pred: Any, label: Any, *, margin: float) -> Any:
    return pred if label == 1 else m.maximum(0, margin - pred)


_D = [0.25, 0.75, 1.5, 0.5]
hinge_embedding.case(pred=_D, label=[1, -1, -1, -1], reduction="none", expect=[0.25, 0.25, 0.0, 0.5])
hinge_embedding.case(pred=_D, label=[1, 0, 0, 0], margin=2, expect="(0.25 + 1.25 + 0.5 + 1.5) / 4")
hinge_embedding.case(pred=_D, label=[1, 0, 1, 0], label_map="as_is", reduction="none", expect=[0.25, 1.0, 1.5, 1.0])
