from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np

from ...core.loss import Paper, loss
from ...core.scratch import Array
from ._class_masks import (
    Activation,
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
from ._overlap import ABSENT, EPS, FLOOR, MASKS, OVERLAP, calls_of_monai, calls_of_smp
from ._tversky import KNOBS, POOL, QUOTIENT, SMOOTH, Tversky, formula, terms

_MONAI: dict[str, Any] = {
    "smooth": 5e-6,
    "quotient": "floats",
    "class_mean": "plain",
    "note": "its smooth is twice losscli's",
}
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
        "monai": calls_of_monai("DiceLoss", "jaccard=True", **_MONAI),
        "smp": calls_of_smp("JaccardLoss", **_SMP),
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
    form: str,
    dtype: np.dtype[Any],
    reduction: str,
    counted: Array | None,
    classes: tuple[int, ...] | None,
    pool: Annotated[str, POOL] = "image",
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
) -> Array | tuple[Array, ...]:
    """Soft Jaccard loss: one minus the intersection over the union of a predicted and a true mask.

    Use it where results are reported as IoU. Of one image it orders models as Dice does (J = 2 D / (1 + D)); the means
    of several images may differ, since it is harder on bad ones. It ignores true negatives.
    Shapes: pred and label (n, ...), the first axis counts images; a 1-D array is one mask. Labels may be soft.
    Classes: pred (n, c, ...) or (n, ..., c) with class numbers (n, ...), or with labels of its shape and --channels
    each or --activation softmax: a loss for each image and class, and their mean.
    Notes: two empty masks agree, loss 0; an empty mask against any other costs 1.
    """
    index = Tversky(1.0, 1.0, smooth, eps, floor, absent, quotient)
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


@jaccard.finish(when=lambda params: params["pool"] == "batch")
def _(
    sums: Sequence[float],
    *,
    smooth: float,
    dtype: np.dtype[Any],
    classes: tuple[int, ...] | None,
    background: bool,
    class_weights: Any,
    class_mean: str,
    **knobs: Any,
) -> float:
    index = Tversky(1.0, 1.0, smooth, **{name: knobs[name] for name in KNOBS})
    if classes is None:
        return float(index.value(sums, dtype))
    chosen = chosen_classes(classes, background)
    return float(mean_over_classes(index.of_terms(sums, len(chosen), dtype), chosen, class_weights, class_mean))


@jaccard.formula
def _(m: Any, pred: Any, label: Any, *, input: str, form: str, smooth: float, **said: Any) -> Any:
    return formula(m, pred, label, input, form, 1.0, 1.0, smooth, **said)


_P, _Y = [0.9, 0.2, 0.6, 0.1], [1, 0, 1, 1]  # I = 1.6, U = 3.2
jaccard.case(pred=_P, label=_Y, expect="1 / 2")
jaccard.case(pred=_P, label=_Y, smooth=1, expect="1.6 / 4.2")
jaccard.case(pred=[_P[:2], _P[2:]], label=[_Y[:2], _Y[2:]], reduction="none", expect=[0.25, 0.65])
jaccard.case(pred=[_P[:2], _P[2:]], label=[_Y[:2], _Y[2:]], pool="batch", expect="1 / 2")
jaccard.case(pred=[[0.0, 0.0], [0.5, 0.5]], label=[[0, 0], [0, 0]], expect="1 / 2")
