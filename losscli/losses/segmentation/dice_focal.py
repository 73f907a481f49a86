from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Choice, Interval, inf
from ...core.declarations.param import Param
from ...core.loss import Paper, loss
from ...core.scratch import Array
from ..binary._focal_exact import sigmoid
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
from ._tversky import POOL, SMOOTH


@loss(
    "dice_focal",
    aliases=("dice_focal_loss",),
    family="segmentation",
    formula="dice_weight dice + focal_weight (mean over pixels of the focal loss), each for a class by itself",
    source=Paper("Zhu et al. 2018, AnatomyNet, section 2.3", "arXiv:1808.05238"),
    like={"monai": calls_of_monai("DiceFocalLoss", of_logits=True, smooth=1e-5, quotient="parts", class_mean="plain")},
    errata="Its focal loss is the sigmoid one of each class, also where Dice takes a softmax.",
    **MASKS,
)
def dice_focal(
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
    focal_weight: Annotated[
        float, Param("factor of the focal loss", Interval(0, inf, "left"), usual=(0.0, 0.2, 0.5, 1.0, 2.0))
    ] = 1.0,
    gamma: Annotated[
        float, Param("focusing exponent", Interval(0, inf, "left"), usual=(0.0, 0.5, 1.0, 1.5, 2.0, 3.0))
    ] = 2.0,
    alpha: Annotated[
        float | None, Param("weight of positives, negatives get 1 - alpha", Interval(0, 1), usual=(None, 0.25, 0.75))
    ] = None,
    smooth: Annotated[float, SMOOTH] = 0.0,
    power: Annotated[int, Param("power of p and y in Dice's denominator", Choice(1, 2))] = 1,
    activation: Activation = "auto",
    background: Background = True,
    class_weights: ClassWeights = None,
    ignore_index: IgnoreIndex = None,
    eps: Annotated[float, EPS] = 0.0,
    quotient: Annotated[str, QUOTIENT] = "exact",
    class_mean: ClassMean = "weighted",
) -> Array | tuple[Array, ...]:
    """Dice and the focal loss together.

    Use it like dice_ce where few pixels are hard: the focal loss fades on the easy ones.
    Shapes: pred (n, c, ...) or (n, ..., c) with class numbers (n, ...), or with labels of its shape and --class-axis;
    the first axis counts images. Images without classes, pred and label (n, ...), have one mask.
    Notes: of probabilities the focal loss takes each class's own. An image of which no pixel counts has none.
    """
    masks = masks_of(
        pred, label, classes, background,
        counted=counted, input=input, form=form, activation=activation, class_weights=class_weights,
        ignore_index=ignore_index,
    )  # fmt: skip
    convention = OverlapConvention(smooth, power, eps, quotient=quotient)
    pooled = pool == "batch" or pred.ndim == 1
    sums = convention.of_classes(masks, pooled=pooled)
    focal, pixels = masks.label_sums(lambda x, y: sigmoid(x, y, input, alpha, gamma))
    if pooled:
        return by_class((*sums, focal, pixels))
    faded = np.divide(focal, pixels, out=np.zeros_like(focal), where=pixels != 0)
    losses = both_parts(dice_weight, convention.value(sums, dtype), focal_weight, faded)
    return mean_over_classes(losses, masks.chosen, class_weights, class_mean, reduction)


@dice_focal.finish(when=lambda params: params["pool"] == "batch")
def _(
    sums: Sequence[float],
    *,
    dice_weight: float,
    focal_weight: float,
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
    chosen = chosen_classes(classes or (0,), background or classes is None)
    k = len(chosen)
    dice = OverlapConvention(smooth, power, eps, quotient=quotient).of_terms(sums[: -2 * k], k, dtype)
    focal, pixels = np.array(sums[-2 * k : -k]), np.array(sums[-k:])
    faded = np.divide(focal, pixels, out=np.zeros(k), where=pixels != 0)
    losses = both_parts(dice_weight, dice, focal_weight, faded)
    return float(mean_over_classes(losses, chosen, class_weights, class_mean))


@dice_focal.formula
def _(
    m: Any,
    pred: Any,
    label: Any,
    *,
    input: str,
    form: str,
    dice_weight: Any,
    focal_weight: Any,
    gamma: Any,
    alpha: Any,
    smooth: Any,
    power: int,
    activation: str,
    background: bool,
    class_weights: Any,
) -> Any:
    masks = formula_masks(m, pred, label, input, form, activation, background, class_weights)
    weights = class_weights if isinstance(class_weights, tuple) else [1] * len(pred)
    logs = [m.binary_logs(x, input) for x in pred]
    logs = logs[len(logs) - sum(len(y) for _, y in masks) :]  # without the background's
    total, weight, at = m.number(0), m.number(0), 0
    for (p, y), w in zip(masks, weights[-len(masks) :], strict=True):
        whole = m.sum(a**power + b**power for a, b in zip(p, y, strict=True)) + m.number(smooth)
        shared = 2 * m.sum(a * b for a, b in zip(p, y, strict=True)) + m.number(smooth)
        focal = m.number(0)
        for b, (hit, miss) in zip(y, logs[at : at + len(y)], strict=True):
            balance = 1 if alpha is None else b * alpha + (1 - b) * (1 - alpha)
            fade = m.power(b * m.exp(miss) + (1 - b) * m.exp(hit), gamma)
            focal -= m.times(balance, m.times(fade, m.times(b, hit) + m.times(1 - b, miss))) / len(y)
        at += len(y)
        one = m.times(dice_weight, 1 - shared / whole if whole else 0) + m.times(focal_weight, focal)
        total, weight = total + m.times(w, one), weight + w
    return total / weight


dice_focal.case(pred=[[[0.5, 0.5]]], label=[[[1, 0]]], expect="0.5 + 0.25 * ln 2")
dice_focal.case(
    pred=[[[0.0, 0.0], [0.0, 0.0]]],
    label=[[0, 1]],
    input="logits",
    class_axis=1,
    focal_weight=2,
    gamma=1,
    expect="0.5 + ln 2",
)
dice_focal.case(
    pred=[[[0.0, 0.0], [0.0, 0.0]]],
    label=[[0, 1]],
    input="logits",
    class_axis=1,
    alpha=0.25,
    background=False,
    pool="batch",
    expect="0.5 + 0.125 * ln 2",
)
