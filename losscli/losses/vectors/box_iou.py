import math
from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Choice
from ...core.declarations.param import Param
from ...core.errors import BadValue, DataProblem
from ...core.loss import NONNEGATIVE, Paper, call, loss
from ...core.scratch import Array

_MEASURES = ("iou", "giou", "diou", "ciou")
_ASPECT = 4.0 / math.pi**2


@loss(
    "box_iou",
    aliases=("giou", "giou_loss", "generalized_box_iou_loss", "boxgiouloss"),
    family="vectors",
    pred=("values",),
    label=("values",),
    whole_rows=True,
    pred_dims=(2,),
    single=False,
    formula="1 - intersection / union; giou: + (hull - union) / hull; diou: + distance^2 / diagonal^2; ciou: + a v",
    unit="",
    facts={NONNEGATIVE},
    source=Paper(
        "Rezatofighi et al. 2019, Generalized intersection over union; Zheng et al. 2020, Distance-IoU loss",
        "arXiv:1902.09630, arXiv:1911.08287",
    ),
    like={"monai": call("monai.losses.BoxGIoULoss()(boxes, labels)", measure="giou", inputs="float32")},
    elsewhere={
        "torchvision": "generalized_box_iou_loss, distance_box_iou_loss, complete_box_iou_loss (with eps 1e-7)",
    },
    errata="Boxes are corners, x1 y1 x2 y2; those of COCO are a corner, a width and a height. Without the hull boxes "
    "that do not touch all cost 1, however far apart.",
    example="boxes/pred.npy boxes/label.npy",
)
def box_iou(
    pred: Array,
    label: Array,
    *,
    measure: Annotated[
        str,
        Param(
            "iou: the overlap alone; giou: and the hull that neither fills; diou: and the distance of the centres; "
            "ciou: and the ratio of the sides, of boxes in the plane",
            Choice(*_MEASURES),
        ),
    ] = "giou",
) -> Array:
    """How far a predicted box is from the true one, by the share of both that they have in common.

    Use it for detected objects beside their boxes, matched row by row; smooth_l1 of corners depends on the units.
    Shapes: pred and label (n, 4), corners x1, y1, x2, y2; or (n, 6) in space, the lower corner and then the upper.
    Notes: an upper corner below the lower one is an error. Two boxes without area cost 1, and more where they are
    apart.
    """
    half = pred.shape[1] // 2
    if pred.shape[1] not in (4, 6) or (measure == "ciou" and half != 2):
        raise DataProblem(
            f"Boxes have 4 columns, or 6 in space (not for ciou), got {pred.shape[1]}.",
            "Name them in the order x1,y1,x2,y2.",
        )
    label = np.asarray(label, dtype=np.float64)
    for role, box in (("pred", pred), ("label", label)):
        turned = box[:, half:] < box[:, :half]
        if turned.any():
            at = int(np.argwhere(turned)[0][0])
            raise BadValue(role, at, "its upper corner is below the lower one", "Corners are x1, y1, x2, y2.")
    with np.errstate(invalid="ignore", over="ignore", under="ignore", divide="ignore"):
        return _losses(pred[:, :half], pred[:, half:], label[:, :half], label[:, half:], measure)


def _losses(low: Array, high: Array, least: Array, most: Array, measure: str) -> Array:
    """The losses of boxes between two corners."""
    sides, others = high - low, most - least
    both = np.maximum(np.minimum(high, most) - np.maximum(low, least), 0.0).prod(axis=1)
    union = sides.prod(axis=1) + others.prod(axis=1) - both
    overlap = np.where(union > 0, both / np.where(union > 0, union, 1.0), np.where(np.isnan(union), np.nan, 0.0))
    hull = np.maximum(high, most) - np.minimum(low, least)
    losses: Array = 1.0 - overlap
    if measure == "giou":
        volume = hull.prod(axis=1)
        losses += np.where(volume > 0, (volume - union) / np.where(volume > 0, volume, 1.0), 0.0)
    elif measure != "iou":
        diagonal = np.square(hull).sum(axis=1)
        distance = np.square(0.5 * ((low - least) + (high - most))).sum(axis=1)
        losses += np.where(diagonal > 0, distance / np.where(diagonal > 0, diagonal, 1.0), 0.0)
    if measure == "ciou":
        v = _ASPECT * np.square(np.arctan2(others[:, 0], others[:, 1]) - np.arctan2(sides[:, 0], sides[:, 1]))
        share = 1.0 - overlap + v
        losses += np.where(v > 0, v * v / np.where(share > 0, share, 1.0), 0.0)
    return np.maximum(losses, 0.0, where=~np.isnan(losses), out=losses)


@box_iou.formula
def _(m: Any, pred: Any, label: Any, *, measure: str) -> Any:
    h = len(pred) // 2
    if len(pred) not in (4, 6) or (measure == "ciou" and h != 2):
        return NotImplemented

    def product(values: Any) -> Any:
        total = m.number(1)
        for each in values:
            total = total * each
        return total

    a, b = [pred[i + h] - pred[i] for i in range(h)], [label[i + h] - label[i] for i in range(h)]
    both = product(m.maximum(m.minimum(pred[i + h], label[i + h]) - m.maximum(pred[i], label[i]), 0) for i in range(h))
    union = product(a) + product(b) - both
    overlap = both / union if union else m.number(0)
    hull = [m.maximum(pred[i + h], label[i + h]) - m.minimum(pred[i], label[i]) for i in range(h)]
    value = 1 - overlap
    if measure == "giou":
        volume = product(hull)
        return value + ((volume - union) / volume if volume else 0)
    if measure != "iou":
        diagonal = m.sum(x * x for x in hull)
        apart = m.sum((pred[i] + pred[i + h] - label[i] - label[i + h]) ** 2 for i in range(h)) / 4
        value += apart / diagonal if diagonal else 0
    if measure == "ciou":
        v = (m.atan2(b[0], b[1]) - m.atan2(a[0], a[1])) ** 2 * 4 / m.pi**2
        value += v * v / (1 - overlap + v) if v else 0
    return value


_A, _B = [[0, 0, 2, 2]], [[1, 1, 3, 3]]
box_iou.case(pred=_A, label=_B, measure="iou", expect="6 / 7")
box_iou.case(pred=_A, label=_B, expect="6 / 7 + 2 / 9")
box_iou.case(pred=_A, label=_B, measure="diou", expect="6 / 7 + 2 / 18")
box_iou.case(pred=_A, label=[[0, 0, 2, 2]], measure="ciou", expect="0")
box_iou.case(pred=[[0, 0, 1, 1]], label=[[2, 0, 3, 1]], expect="1 + 1 / 3")
box_iou.case(pred=[[0, 0, 0, 2, 2, 2]], label=[[1, 1, 1, 3, 3, 3]], measure="iou", expect="14 / 15")
