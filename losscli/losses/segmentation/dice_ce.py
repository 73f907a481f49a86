from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Choice, Interval, inf
from ...core.declarations.param import Param
from ...core.loss import Paper, loss
from ...core.scratch import Array
from .._classes import LabelSmoothing
from ._class_masks import (
    Activation,
    Background,
    ClassMean,
    ClassWeights,
    IgnoreIndex,
    both_parts,
    by_class,
    chosen_classes,
    formula_masks,
    masks_of,
    mean_over_classes,
)
from ._overlap import DICE_WEIGHT, EPS, MASKS, QUOTIENT, OverlapConvention, calls_of_monai
from ._pixel_entropy import formula_entropy, pixel_entropy
from ._tversky import POOL, SMOOTH


def _pooled(params: Mapping[str, Any]) -> bool:
    return params["pool"] == "batch" or params["class_weights"] is not None


@loss(
    "dice_ce",
    aliases=("dice_ce_loss", "dice_cross_entropy"),
    family="segmentation",
    formula="dice_weight dice + ce_weight (mean over pixels of the cross entropy)",
    source=Paper("Isensee et al. 2018, nnU-Net, section 2", "arXiv:1809.10486"),
    like={"monai": calls_of_monai("DiceCELoss", of_logits=True, smooth=1e-5, quotient="parts", class_mean="plain")},
    errata="The parts are on scales of their own: Dice is at most 1, a cross entropy has no bound. With class weights "
    "the cross entropy is divided by the weights of the pixels, Dice in MONAI by the number of classes.",
    **MASKS,
)
def dice_ce(
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
    dice_weight: Annotated[float, DICE_WEIGHT] = 1.0,
    ce_weight: Annotated[
        float, Param("factor of the cross entropy", Interval(0, inf, "left"), usual=(0.0, 0.2, 0.5, 1.0, 2.0))
    ] = 1.0,
    smooth: Annotated[float, SMOOTH] = 0.0,
    power: Annotated[int, Param("power of p and y in Dice's denominator", Choice(1, 2))] = 1,
    activation: Activation = "auto",
    background: Background = True,
    class_weights: ClassWeights = None,
    ignore_index: IgnoreIndex = None,
    label_smoothing: LabelSmoothing = 0.0,
    eps: Annotated[float, EPS] = 0.0,
    quotient: Annotated[str, QUOTIENT] = "exact",
    class_mean: ClassMean = "weighted",
) -> Array | tuple[Array, ...]:
    """Dice and cross entropy together.

    Use it where Dice alone trains badly: the cross entropy judges every pixel, Dice the object as a whole.
    Shapes: pred (n, c, ...) or (n, ..., c) with class numbers (n, ...), or with labels of its shape and --class-axis;
    the first axis counts images. Images without classes, pred and label (n, ...), have a binary cross entropy.
    Notes: the cross entropy is a softmax of all classes, with the background, also where --activation sigmoid makes the
    masks. An image of which no pixel counts has a cross entropy of 0.
    """
    masks = masks_of(
        pred, label, classes, background,
        counted=counted, input=input, form=form, activation=activation, class_weights=class_weights,
        ignore_index=ignore_index,
    )  # fmt: skip
    convention = OverlapConvention(smooth, power, eps, quotient=quotient)
    pooled = pool == "batch" or pred.ndim == 1
    sums = convention.of_classes(masks, pooled=pooled)
    formula = "exact" if quotient == "exact" else "plain"
    entropy, mass = pixel_entropy(masks, dtype, class_weights, label_smoothing, formula)
    if pooled:
        return (*by_class(sums), entropy, mass)
    dice = mean_over_classes(convention.value(sums, dtype), masks.chosen, class_weights, class_mean, reduction)
    if class_weights is not None:
        return dice, entropy, mass, np.ones(len(dice))
    if reduction != "sum":
        entropy = np.divide(entropy, mass, out=np.zeros(len(dice)), where=mass != 0)
    return np.asarray(both_parts(dice_weight, dice, ce_weight, entropy))


@dice_ce.finish(when=_pooled)
def _(
    sums: Sequence[float],
    *,
    pool: str,
    dice_weight: float,
    ce_weight: float,
    smooth: float,
    power: int,
    eps: float,
    quotient: str,
    dtype: np.dtype[Any],
    classes: tuple[int, ...] | None,
    background: bool,
    class_weights: Any,
    class_mean: str,
    **rest: Any,
) -> float:
    if pool == "image" and classes is not None:
        dice, entropy, mass, count = sums
        dice = dice / count if count else 0.0
    else:
        *overlap, entropy, mass = sums
        chosen = chosen_classes(classes or (0,), background or classes is None)
        convention = OverlapConvention(smooth, power, eps, quotient=quotient)
        losses = convention.of_terms(overlap, len(chosen), dtype)
        dice = float(mean_over_classes(losses, chosen, class_weights, class_mean))
    return float(both_parts(dice_weight, dice, ce_weight, entropy / mass if mass else 0.0))


@dice_ce.formula
def _(
    m: Any,
    pred: Any,
    label: Any,
    *,
    input: str,
    form: str,
    dice_weight: Any,
    ce_weight: Any,
    smooth: Any,
    power: int,
    activation: str,
    background: bool,
    class_weights: Any,
    label_smoothing: Any,
) -> Any:
    masks = formula_masks(m, pred, label, input, form, activation, background, class_weights)
    one = 1 if class_weights is None else class_weights
    weights = one if isinstance(one, tuple) else [one] * len(pred)
    total, weight = m.number(0), m.number(0)
    for (p, y), w in zip(masks, weights[-len(masks) :], strict=True):
        whole = m.sum(a**power + b**power for a, b in zip(p, y, strict=True)) + m.number(smooth)
        shared = 2 * m.sum(a * b for a, b in zip(p, y, strict=True)) + m.number(smooth)
        total, weight = total + w * (1 - shared / whole if whole else 0), weight + w
    entropy = formula_entropy(
        m, pred, label, input, form, weights, label_smoothing,
        one_mask=len(masks[0][0]) == len(pred), weighted=class_weights is not None,
    )  # fmt: skip
    return m.times(dice_weight, total / weight) + m.times(ce_weight, entropy)


_P = [[[0.5, 0.5], [0.5, 0.5]]]  # two classes of two pixels, all as likely
dice_ce.case(pred=_P, label=[[0, 1]], class_axis=1, expect="0.5 + ln 2")
dice_ce.case(
    pred=[[[0.0, 0.0], [0.0, 0.0]]],
    label=[[0, 1]],
    input="logits",
    class_axis=1,
    ce_weight=0.5,
    expect="0.5 + 0.5 * ln 2",
)
dice_ce.case(pred=_P, label=[[0, 0]], class_axis=1, background=False, class_weights=(1, 3), expect="1 + ln 2")
dice_ce.case(pred=[[[0.5, 0.5]]], label=[[[1, 0]]], expect="0.5 + ln 2")
