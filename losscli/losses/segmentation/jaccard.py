from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np

from ...core.loss import Paper, call, loss
from ...core.scratch import Array
from ._overlap import ABSENT, EPS, FLOOR, MASKS, OVERLAP
from ._tversky import POOL, QUOTIENT, SMOOTH, Tversky, formula, terms

_MONAI: dict[str, Any] = {"smooth": 5e-6, "quotient": "floats", "note": "its smooth is twice losscli's"}
_SMP: dict[str, Any] = {"pool": "batch", "floor": 1e-7, "overlap": "lesser", "absent": "zero", "quotient": "floats"}


@loss(
    "jaccard",
    aliases=("iou", "jaccard_loss", "iou_loss", "soft_jaccard"),
    family="segmentation",
    formula="1 - (I + smooth) / (U + smooth),  I = sum p y, U = sum p + sum y - I, sums over an image's pixels",
    source=Paper(
        "Rahman and Wang 2016, Optimizing intersection-over-union; Jaccard 1901", "doi:10.1007/978-3-319-50835-1_22"
    ),
    like={
        "monai": (
            call("monai.losses.DiceLoss(jaccard=True)(probs, labels)", input="probs", **_MONAI),
            call("monai.losses.DiceLoss(jaccard=True, sigmoid=True)(logits, labels)", input="logits", **_MONAI),
        ),
        "smp": (
            call("smp.losses.JaccardLoss('binary')(logits, labels)", input="logits", **_SMP),
            call("smp.losses.JaccardLoss('binary', from_logits=False)(probs, labels)", input="probs", **_SMP),
        ),
    },
    elsewhere={
        "sklearn": "sklearn.metrics.jaccard_score, a score of decisions and not of probabilities",
        "keras": "keras.metrics.MeanIoU, a score of decisions",
        "optax": "optax.losses.dice_loss(alpha=1, beta=1), of classes",
    },
    errata="It is the Jaccard distance only for masks of 0 and 1; of soft masks it is one of several extensions, under "
    "which a soft mask beside itself costs more than 0. The mean of images is not the value over all pixels.",
    **MASKS,
)
def jaccard(
    pred: Array,
    label: Array,
    *,
    input: str,
    dtype: np.dtype[Any],
    pool: Annotated[str, POOL] = "image",
    smooth: Annotated[float, SMOOTH] = 0.0,
    eps: Annotated[float, EPS] = 0.0,
    floor: Annotated[float, FLOOR] = 0.0,
    overlap: Annotated[str, OVERLAP] = "product",
    absent: Annotated[str, ABSENT] = "counts",
    quotient: Annotated[str, QUOTIENT] = "exact",
) -> Array | tuple[Array, ...]:
    """Soft Jaccard loss: one minus the intersection over the union of a predicted and a true mask.

    Use it where results are reported as IoU. Of one image it orders models as Dice does (J = 2 D / (1 + D)); the means
    of several images may differ, since it is harder on bad ones. It ignores true negatives.
    Shapes: pred and label (n, ...), the first axis counts images; a 1-D array is one mask. Labels may be soft.
    Edges: two empty masks agree, loss 0; an empty mask against any other costs 1.
    """
    sums = terms(pred, label, input, overlap)
    if pred.ndim == 1 or pool == "batch":
        return sums
    return Tversky(1.0, 1.0, smooth, eps, floor, absent, quotient).value(sums, dtype)


@jaccard.finish(when=lambda params: params["pool"] == "batch")
def _(sums: Sequence[float], *, pool: str, smooth: float, dtype: np.dtype[Any], overlap: str, **knobs: Any) -> float:
    return float(Tversky(1.0, 1.0, smooth, **knobs).value(sums, dtype))


@jaccard.formula
def _(m: Any, pred: Any, label: Any, *, input: str, smooth: float) -> Any:
    return formula(m, pred, label, input, 1.0, 1.0, smooth)


_P, _Y = [0.9, 0.2, 0.6, 0.1], [1, 0, 1, 1]  # I = 1.6, U = 3.2
jaccard.case(pred=_P, label=_Y, expect="1 / 2")
jaccard.case(pred=_P, label=_Y, smooth=1, expect="1.6 / 4.2")
jaccard.case(pred=[_P[:2], _P[2:]], label=[_Y[:2], _Y[2:]], reduction="none", expect=[0.25, 0.65])
jaccard.case(pred=[_P[:2], _P[2:]], label=[_Y[:2], _Y[2:]], pool="batch", expect="1 / 2")
jaccard.case(pred=[[0.0, 0.0], [0.5, 0.5]], label=[[0, 0], [0, 0]], expect="1 / 2")
