from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np

from ...core.loss import Paper, call, loss
from ...core.scratch import Array
from ._class_masks import (
    Activation,
    Axes,
    Background,
    Channels,
    ClassMasks,
    ClassMean,
    ClassWeights,
    IgnoreIndex,
    by_class,
    chosen_classes,
    mean_over_classes,
    no_classes,
)
from ._overlap import ABSENT, EPS, FLOOR, MASKS, OVERLAP, calls_of_keras, calls_of_monai, calls_of_smp
from ._tversky import FN_WEIGHT, FP_WEIGHT, KNOBS, POOL, QUOTIENT, SMOOTH, Tversky, formula, terms

_KERAS: dict[str, Any] = {
    "input": "probs",
    "eps": 1e-7,
    "quotient": "floats",
    "note": "until 3.15 its alpha is fn_weight and its beta fp_weight",
}
_MONAI: dict[str, Any] = {"smooth": 1e-5, "quotient": "floats", "class_mean": "plain"}
_SMP: dict[str, Any] = {"pool": "batch", "floor": 1e-7, "overlap": "lesser", "absent": "zero", "quotient": "floats"}


@loss(
    "tversky",
    aliases=("tversky_loss", "tversky_index"),
    family="segmentation",
    formula="1 - (I + smooth) / (I + fp_weight FP + fn_weight FN + smooth),  I = sum p y, FP = sum p (1 - y), "
    "FN = sum (1 - p) y, sums over an image's pixels",
    source=Paper("Salehi et al. 2017, Tversky loss function for image segmentation, eq. 3", "arXiv:1706.05721"),
    like={
        "keras": calls_of_keras("Tversky", **_KERAS),
        "monai": calls_of_monai("TverskyLoss", **_MONAI),
        "smp": calls_of_smp("TverskyLoss", **_SMP),
        "paper": call("eq. 3, whose best weights are 0.3 and 0.7", fp_weight=0.3, fn_weight=0.7),
    },
    elsewhere={
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
    form: str,
    dtype: np.dtype[Any],
    reduction: str,
    counted: Array | None,
    classes: tuple[int, ...] | None,
    pool: Annotated[str, POOL] = "image",
    fp_weight: Annotated[float, FP_WEIGHT] = 0.5,
    fn_weight: Annotated[float, FN_WEIGHT] = 0.5,
    smooth: Annotated[float, SMOOTH] = 0.0,
    activation: Activation = "auto",
    channels: Channels = "auto",
    background: Background = True,
    class_weights: ClassWeights = None,
    ignore_index: IgnoreIndex = None,
    eps: Annotated[float, EPS] = 0.0,
    floor: Annotated[float, FLOOR] = 0.0,
    overlap: Annotated[str, OVERLAP] = "product",
    absent: Annotated[str, ABSENT] = "counts",
    quotient: Annotated[str, QUOTIENT] = "exact",
    class_mean: ClassMean = "weighted",
    axes: Axes = None,
) -> Array | tuple[Array, ...]:
    """Soft Tversky loss: Dice whose false positives and false negatives weigh differently.

    Use it where a missed object costs more than a false alarm (a fn_weight above fp_weight), or the other way round. It
    is Dice with both weights at 0.5, and Jaccard with both at 1; values of different weights do not compare.
    Shapes: pred and label (n, ...), the first axis counts images; a 1-D array is one mask. Labels may be soft.
    Classes: pred (n, c, ...) or (n, ..., c) with class numbers (n, ...), or with labels of its shape and --channels
    each or --activation softmax: a loss for each image and class, and their mean.
    Notes: two empty masks agree, loss 0; an empty mask against any other costs 1, unless its weight is 0.
    """
    index = Tversky(fp_weight, fn_weight, smooth, eps, floor, absent, quotient)
    if classes is not None:
        masks = ClassMasks(
            pred, label, counted, classes,
            input=input, form=form, activation=activation, background=background, class_weights=class_weights,
            ignore_index=ignore_index,
        )  # fmt: skip
        if pool == "batch":
            return by_class(index.of_classes(masks, overlap, pooled=True))
        losses = index.value(index.of_classes(masks, overlap, pooled=False), dtype)
        return mean_over_classes(losses, masks.chosen, class_weights, class_mean, reduction)
    no_classes(class_weights, background, ignore_index)
    sums = terms(pred, label, input, overlap)
    return sums if pred.ndim == 1 or pool == "batch" else index.value(sums, dtype)


@tversky.finish(when=lambda params: params["pool"] == "batch")
def _(
    sums: Sequence[float],
    *,
    fp_weight: float,
    fn_weight: float,
    smooth: float,
    dtype: np.dtype[Any],
    classes: tuple[int, ...] | None,
    background: bool,
    class_weights: Any,
    class_mean: str,
    **knobs: Any,
) -> float:
    index = Tversky(fp_weight, fn_weight, smooth, **{name: knobs[name] for name in KNOBS})
    if classes is None:
        return float(index.value(sums, dtype))
    chosen = chosen_classes(classes, background)
    return float(mean_over_classes(index.of_terms(sums, len(chosen), dtype), chosen, class_weights, class_mean))


@tversky.formula
def _(
    m: Any,
    pred: Any,
    label: Any,
    *,
    input: str,
    form: str,
    fp_weight: float,
    fn_weight: float,
    smooth: float,
    **said: Any,
) -> Any:
    return formula(m, pred, label, input, form, fp_weight, fn_weight, smooth, **said)


_P, _Y = [0.9, 0.2, 0.6, 0.1], [1, 0, 1, 1]  # I = 1.6, FP = 0.2, FN = 1.4
tversky.case(pred=_P, label=_Y, expect="1 / 3")
tversky.case(pred=_P, label=_Y, fp_weight=0.7, fn_weight=0.3, expect="0.56 / 2.16")
tversky.case(pred=_P, label=_Y, fp_weight=0.3, fn_weight=0.7, expect="1.04 / 2.64")
tversky.case(pred=_P, label=_Y, smooth=1, expect="0.8 / 3.4")
tversky.case(
    pred=[_P[:2], _P[2:]], label=[_Y[:2], _Y[2:]], fp_weight=0.7, fn_weight=0.3, pool="batch", expect="0.56 / 2.16"
)
tversky.case(pred=[[0.0, 0.0], [0.5, 0.5]], label=[[0, 0], [0, 0]], expect="1 / 2")
