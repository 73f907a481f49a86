from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np

from ...core.loss import Paper, call, loss
from ...core.scratch import Array
from ._overlap import ABSENT, EPS, FLOOR, MASKS, OVERLAP
from ._tversky import FN_WEIGHT, FP_WEIGHT, POOL, QUOTIENT, SMOOTH, Tversky, formula, terms

_MONAI: dict[str, Any] = {"smooth": 1e-5, "quotient": "floats"}
_SMP: dict[str, Any] = {"pool": "batch", "floor": 1e-7, "overlap": "lesser", "absent": "zero", "quotient": "floats"}


@loss(
    "tversky",
    aliases=("tversky_loss", "tversky_index"),
    family="segmentation",
    formula="1 - (I + smooth) / (I + fp_weight FP + fn_weight FN + smooth),  I = sum p y, FP = sum p (1 - y), "
    "FN = sum (1 - p) y, sums over an image's pixels",
    source=Paper("Salehi et al. 2017, Tversky loss function for image segmentation, eq. 3", "arXiv:1706.05721"),
    like={
        "monai": (
            call("monai.losses.TverskyLoss()(probs, labels)", input="probs", **_MONAI),
            call("monai.losses.TverskyLoss(sigmoid=True)(logits, labels)", input="logits", **_MONAI),
        ),
        "smp": (
            call("smp.losses.TverskyLoss('binary')(logits, labels)", input="logits", **_SMP),
            call("smp.losses.TverskyLoss('binary', from_logits=False)(probs, labels)", input="probs", **_SMP),
        ),
        "paper": call("eq. 3, whose best weights are 0.3 and 0.7", fp_weight=0.3, fn_weight=0.7),
    },
    elsewhere={
        "keras": "keras.losses.Tversky (until 3.15 its alpha weighs false negatives and its beta false positives, "
        "against its own text; 1e-7 more in the denominator)",
        "optax": "optax.losses.dice_loss(alpha, beta), of classes",
        "kornia": "kornia.losses.tversky_loss",
    },
    errata="alpha belongs to false positives and beta to false negatives; Keras to 3.15 has them exchanged, and many "
    "summaries too. Pooled over all classes of a softmax both are equal, and weights that add up to 1 change nothing.",
    **MASKS,
)
def tversky(
    pred: Array,
    label: Array,
    *,
    input: str,
    dtype: np.dtype[Any],
    pool: Annotated[str, POOL] = "image",
    fp_weight: Annotated[float, FP_WEIGHT] = 0.5,
    fn_weight: Annotated[float, FN_WEIGHT] = 0.5,
    smooth: Annotated[float, SMOOTH] = 0.0,
    eps: Annotated[float, EPS] = 0.0,
    floor: Annotated[float, FLOOR] = 0.0,
    overlap: Annotated[str, OVERLAP] = "product",
    absent: Annotated[str, ABSENT] = "counts",
    quotient: Annotated[str, QUOTIENT] = "exact",
) -> Array | tuple[Array, ...]:
    """Soft Tversky loss: Dice whose false positives and false negatives weigh differently.

    Use it where a missed object costs more than a false alarm (a fn_weight above fp_weight), or the other way round. It
    is Dice with both weights at 0.5, and Jaccard with both at 1; values of different weights do not compare.
    Shapes: pred and label (n, ...), the first axis counts images; a 1-D array is one mask. Labels may be soft.
    Edges: two empty masks agree, loss 0; an empty mask against any other costs 1, unless its weight is 0.
    """
    sums = terms(pred, label, input, overlap)
    if pred.ndim == 1 or pool == "batch":
        return sums
    return Tversky(fp_weight, fn_weight, smooth, eps, floor, absent, quotient).value(sums, dtype)


@tversky.finish(when=lambda params: params["pool"] == "batch")
def _(
    sums: Sequence[float],
    *,
    pool: str,
    fp_weight: float,
    fn_weight: float,
    smooth: float,
    dtype: np.dtype[Any],
    overlap: str,
    **knobs: Any,
) -> float:
    return float(Tversky(fp_weight, fn_weight, smooth, **knobs).value(sums, dtype))


@tversky.formula
def _(m: Any, pred: Any, label: Any, *, input: str, fp_weight: float, fn_weight: float, smooth: float) -> Any:
    return formula(m, pred, label, input, fp_weight, fn_weight, smooth)


_P, _Y = [0.9, 0.2, 0.6, 0.1], [1, 0, 1, 1]  # I = 1.6, FP = 0.2, FN = 1.4
tversky.case(pred=_P, label=_Y, expect="1 / 3")
tversky.case(pred=_P, label=_Y, fp_weight=0.7, fn_weight=0.3, expect="0.56 / 2.16")
tversky.case(pred=_P, label=_Y, fp_weight=0.3, fn_weight=0.7, expect="1.04 / 2.64")
tversky.case(pred=_P, label=_Y, smooth=1, expect="0.8 / 3.4")
tversky.case(
    pred=[_P[:2], _P[2:]], label=[_Y[:2], _Y[2:]], fp_weight=0.7, fn_weight=0.3, pool="batch", expect="0.56 / 2.16"
)
tversky.case(pred=[[0.0, 0.0], [0.5, 0.5]], label=[[0, 0], [0, 0]], expect="1 / 2")
