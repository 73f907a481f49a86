from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Choice
from ...core.declarations.param import Param
from ...core.errors import BadValue
from ...core.loss import NONNEGATIVE, Paper, call, loss
from ...core.scratch import Array


@loss(
    "multilabel_margin",
    aliases=("multilabel_margin_loss", "multi_label_margin"),
    family="binary and multi-label",
    pred=("scores",),
    whole_rows=True,
    label=lambda params: ("match",) if params["label_format"] == "matrix" else ("values",),
    pred_dims=(2,),
    formula="1/c sum of max(0, 1 - (pred_j - pred_i)) over labels j of the row and classes i that are none of them",
    unit="score units",
    facts={NONNEGATIVE},
    source=Paper(
        "Schapire and Singer 2000, BoosTexter, section 5 (ranking loss, with a hinge)", "doi:10.1023/A:1007649029923"
    ),
    like={
        "torch": call(
            "torch.nn.functional.multilabel_margin_loss(scores, labels)",
            weights=False,
            label_format="list",
            note="labels are class numbers from 0, ended by -1",
        ),
    },
    errata="torch's labels are no 0-1 matrix: a row [1, 0, 0] there means the classes 1, 0 and 0.",
    example="digits/logits.npy digits/onehot.npy",
)
def multilabel_margin(
    pred: Array,
    label: Array,
    *,
    label_format: Annotated[
        str,
        Param(
            "matrix: 1 for the classes of a row, 0 for the others; list: their numbers from 0, ended by -1",
            Choice("matrix", "list"),
            knob=True,
        ),
    ] = "matrix",
) -> Array:
    """Hinge of every class of a row against every class that the row does not have.

    Use it for scores that should rank the labels of a row above all others; it says nothing of probabilities.
    Shapes: pred and label (n, c). Labels are 0 and 1; with --label-format list class numbers, ended by -1.
    Notes: a row with none of the classes, or with all of them, costs 0. A class that a list names twice counts twice.
    A label that is no whole number is an error.
    """
    times = _listed(label, pred.shape[1]) if label_format == "list" else _hard(label)
    belongs = times > 0
    total = np.zeros(len(pred), dtype=np.float64)
    with np.errstate(invalid="ignore"):
        for j in range(pred.shape[1]):
            short = np.maximum(1.0 - (pred[:, j, None] - pred), 0.0)
            apart = np.where(belongs, 0.0, short).sum(axis=1, dtype=np.float64)
            total += np.where(belongs[:, j], apart * times[:, j], 0.0)
    total /= pred.shape[1]
    total[np.isnan(pred).any(axis=1)] = np.nan
    return total


def _hard(label: Array) -> Array:
    soft = (label != 0) & (label != 1)
    if soft.any():
        at = int(np.argwhere(soft)[0][0])
        raise BadValue(
            "label", at, f"label {label[soft][0]:.6g} is not 0 or 1", "Class numbers are --label-format list."
        )
    return np.asarray(label == 1)


def _listed(label: Array, classes: int) -> Array:
    """How often each row names each class, from their numbers up to the first -1."""
    ended = np.logical_or.accumulate(label == -1, axis=1)
    wrong = ~ended & ~((label >= 0) & (label < classes) & (np.floor(label) == label))
    if wrong.any():
        at = int(np.argwhere(wrong)[0][0])
        raise BadValue("label", at, f"label {label[wrong][0]:.6g} is not a class number from 0 to {classes - 1}, or -1")
    times = np.zeros(label.shape, dtype=np.int64)
    row, place = np.nonzero(~ended)
    np.add.at(times, (row, label[row, place].astype(np.int64)), 1)
    return times


@multilabel_margin.formula
def _(m: Any, pred: Any, label: Any) -> Any:
    pairs = ((j, i) for j, y in enumerate(label) for i, z in enumerate(label) if y == 1 and z == 0)
    return m.sum(m.maximum(0, 1 - (pred[j] - pred[i])) for j, i in pairs) / len(pred)


_S = [[0.1, 0.2, 0.4, 0.8]]
multilabel_margin.case(pred=_S, label=[[1, 0, 0, 1]], expect=0.85)
multilabel_margin.case(pred=_S, label=[[3, 0, -1, 1]], label_format="list", expect=0.85)
multilabel_margin.case(pred=_S, label=[[3, 3, 0, -1]], label_format="list", expect=1.1)
multilabel_margin.case(pred=_S, label=[[1, 1, 1, 1]], expect="0")
multilabel_margin.case(pred=[[2.0, 0.0], [0.0, 2.0]], label=[[1, 0], [1, 0]], reduction="none", expect=[0.0, 1.5])
