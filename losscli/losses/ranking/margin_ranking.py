from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Interval, inf
from ...core.declarations.param import Param, Role
from ...core.errors import DataProblem
from ...core.loss import NONNEGATIVE, Paper, call, loss
from ...core.scratch import Array
from ..binary._signs import SIGN_OR_NUMBER


@loss(
    "margin_ranking",
    aliases=("margin_ranking_loss", "pairwise_hinge"),
    family="ranking",
    pred=("scores",),
    label=lambda params: ("sign" if params["label_map"] == "sign" else "values", "none"),
    formula="max(0, margin - label (pred - other))",
    unit="score units",
    facts={NONNEGATIVE},
    source=Paper("Herbrich, Graepel and Obermayer 2000, Large margin rank boundaries for ordinal regression"),
    like={
        "torch": call(
            "torch.nn.functional.margin_ranking_loss(scores, other, labels)",
            weights=False,
            margin=0.0,
            label_map="as_is",
        ),
    },
    elsewhere={"trl": "the reward model's loss is soft_margin of the difference of both scores"},
    errata="With margin 0, which is torch's default, a model that gives every pair equal scores costs nothing.",
    example="sentences/sentences.csv --pred policy_chosen --other ::policy_rejected",
)
def margin_ranking(
    pred: Array,
    label: Array | None,
    *,
    other: Annotated[Array, Role("the score of the second of each pair", "pred's")],
    margin: Annotated[
        float,
        Param(
            "by how much the one that ranks higher should score more",
            Interval(-inf, inf, "neither"),
            usual=(0.0, 0.1, 0.2, 0.5, 1.0, 2.0),
        ),
    ] = 0.0,
    label_map: Annotated[str, SIGN_OR_NUMBER] = "sign",
) -> Array:
    """How far two scores are from the right order, or from being a margin apart in it.

    Use it for scores of pairs of which one ranks higher: answers, search results, items. Give a margin above 0, since
    without one equal scores cost nothing.
    Shapes: pred, other and label (n,) or (n, c); a row's loss is the mean over its columns. Label 1 says that pred
    ranks higher, -1 that other does; without labels (--label none
    beside a column that could hold them) pred always does.
    Notes: labels are -1 and 1, or 0 and 1 (0 is other); both -1 and 0 in one data set is an error. Two scores that are
    infinite alike have no difference, so the loss is NaN. Under --like torch a label may be any number.
    """
    second = np.asarray(other, dtype=pred.dtype)
    if second.shape != pred.shape:
        raise DataProblem(
            f"other has shape {second.shape}, and the predictions {pred.shape}.", "Both are one score for each label."
        )
    with np.errstate(invalid="ignore", over="ignore", under="ignore"):
        apart = pred - second
        if label is not None:
            apart = np.where(label == 1, apart, -apart) if label_map == "sign" else label.astype(pred.dtype) * apart
        return np.asarray(np.maximum(margin - apart, 0.0))


@margin_ranking.formula
def _(m: Any, pred: Any, label: Any, *, other: Any, margin: Any) -> Any:
    if isinstance(pred, list):  # without labels a row comes whole
        pairs = list(zip(_flat(pred), _flat(other), strict=True))
        return m.sum(m.maximum(0, margin - (x - y)) for x, y in pairs) / len(pairs)
    return m.maximum(0, margin - (pred - other if label in (None, 1) else other - pred))


def _flat(values: Any) -> list[Any]:
    return [each for part in values for each in _flat(part)] if isinstance(values, list) else [values]


_A, _B = [2.0, 0.5, 1.0], [1.0, 1.5, 1.0]
margin_ranking.case(pred=_A, other=_B, label=[1, 1, -1], reduction="none", expect=[0.0, 1.0, 0.0])
margin_ranking.case(pred=_A, other=_B, label=[1, 0, 0], margin=0.5, expect="(0 + 0 + 0.5) / 3")
margin_ranking.case(pred=_A, other=_B, label=[-1, 1, 1], margin=2, expect="(3 + 3 + 2) / 3")
margin_ranking.case(pred=_A, other=_B, margin=1, expect="(0 + 2 + 1) / 3")
margin_ranking.case(pred=_A, other=_B, label=[0, 2, 1], label_map="as_is", expect="2 / 3")
