from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Choice, Interval, inf
from ...core.declarations.param import Param
from ...core.loss import Paper, call, loss
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
from ._overlap import ABSENT, EPS, FLOOR, MASKS, OVERLAP, calls_of_smp
from ._tversky import FN_WEIGHT, FP_WEIGHT, KNOBS, POOL, QUOTIENT, SMOOTH, Tversky, formula, terms

_SMP: dict[str, Any] = {
    "pool": "batch",
    "fp_weight": 0.5,
    "fn_weight": 0.5,
    "gamma": 1.0,
    "gamma_of": "mean",
    "floor": 1e-7,
    "overlap": "lesser",
    "absent": "zero",
    "quotient": "floats",
}


GAMMA_OF = Param("whether the loss of each class has the exponent, or their mean", Choice("class", "mean"), knob=True)


@loss(
    "focal_tversky",
    aliases=("focal_tversky_loss",),
    family="segmentation",
    formula="(1 - (I + smooth) / (I + fp_weight FP + fn_weight FN + smooth))^gamma,  I = sum p y, FP = sum p (1 - y), "
    "FN = sum (1 - p) y, sums over an image's pixels",
    source=Paper("Abraham and Khan 2018, A novel focal Tversky loss function", "arXiv:1810.07842"),
    like={
        "smp": calls_of_smp("TverskyLoss", "gamma=GAMMA", **_SMP),
        "paper": call("its eq. 4 with gamma 4/3, which is the exponent 1/gamma here"),
    },
    elsewhere={"monai": "monai.losses.AsymmetricFocalTverskyLoss, of two channels, whose background has no exponent"},
    errata="The paper's exponent is 1/gamma with gamma = 4/3; most code has gamma = 0.75 as the exponent itself, as "
    "here. An exponent below 1 makes images that are nearly right weigh more, not less.",
    **MASKS,
)
def focal_tversky(
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
    fp_weight: Annotated[float, FP_WEIGHT] = 0.3,
    fn_weight: Annotated[float, FN_WEIGHT] = 0.7,
    gamma: Annotated[
        float,
        Param("exponent of the loss; 1 is tversky", Interval(0, inf, "neither"), usual=(0.5, 0.75, 1.0, 1.5, 2.0)),
    ] = 0.75,
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
    gamma_of: Annotated[str, GAMMA_OF] = "class",
) -> Array | tuple[Array, ...]:
    """The Tversky loss of each image to a power.

    Use it for small objects, where Tversky alone leaves images that are hard; values of different gamma do not compare.
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
        return _mean(losses, gamma, gamma_of, masks.chosen, class_weights, class_mean, reduction)
    no_classes(class_weights, background, ignore_index)
    sums = terms(pred, label, input, overlap)
    return sums if pred.ndim == 1 or pool == "batch" else _powered(index.value(sums, dtype), gamma)


def _powered(losses: Array, gamma: float) -> Array:
    with np.errstate(invalid="ignore"):  # a framework's loss may be rounded to less than 0, whose power is NaN
        return np.asarray(np.power(losses, gamma))


def _mean(losses: Array, gamma: float, gamma_of: str, *over_classes: Any) -> Array:
    """The mean of the classes' losses to the power, or the mean to the power."""
    if gamma_of == "mean":
        return _powered(mean_over_classes(losses, *over_classes), gamma)
    return mean_over_classes(_powered(losses, gamma), *over_classes)


@focal_tversky.finish(when=lambda params: params["pool"] == "batch")
def _(
    sums: Sequence[float],
    *,
    fp_weight: float,
    fn_weight: float,
    gamma: float,
    gamma_of: str,
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
        return float(_powered(index.value(sums, dtype), gamma))
    chosen = chosen_classes(classes, background)
    losses = index.of_terms(sums, len(chosen), dtype)
    return float(_mean(losses, gamma, gamma_of, chosen, class_weights, class_mean))


@focal_tversky.formula
def _(
    m: Any,
    pred: Any,
    label: Any,
    *,
    input: str,
    form: str,
    fp_weight: float,
    fn_weight: float,
    gamma: float,
    smooth: float,
    **said: Any,
) -> Any:
    return formula(m, pred, label, input, form, fp_weight, fn_weight, smooth, gamma, **said)


_P, _Y = [0.9, 0.2, 0.6, 0.1], [1, 0, 1, 1]  # I = 1.6, FP = 0.2, FN = 1.4
focal_tversky.case(pred=_P, label=_Y, gamma=1, expect="1.04 / 2.64")
focal_tversky.case(pred=_P, label=_Y, gamma=2, expect="1.04 * 1.04 / 2.64 / 2.64")
focal_tversky.case(pred=_P, label=_Y, fp_weight=1, fn_weight=1, gamma=0.5, expect=0.7071068)
focal_tversky.case(pred=[[0.0, 0.0], [0.5, 0.5]], label=[[0, 0], [0, 0]], expect="1 / 2")
