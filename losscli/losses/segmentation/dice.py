from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Choice, Interval, inf
from ...core.declarations.param import Param
from ...core.loss import Paper, loss
from ...core.scratch import Array, like
from ...core.sums.exact import row_sums
from .._hard import is_hard
from .._stable import complement, sigmoid
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
    mean_formula,
    mean_over_classes,
    no_classes,
)
from ._overlap import ABSENT, EPS, FLOOR, KNOBS, LIKE, MASKS, OVERLAP, QUOTIENT, OverlapConvention


@loss(
    "dice",
    aliases=("dice_loss", "soft_dice"),
    family="segmentation",
    formula="1 - (2 sum p y + smooth) / (sum p + sum y + smooth), sums over an image's pixels",
    source=Paper("Milletari et al. 2016, V-Net (squares: --power 2); Dice 1945", "arXiv:1606.04797"),
    like=LIKE,
    errata="With an epsilon in the denominator only, two empty masks cost 1 although they agree. V-Net squares in the "
    "denominator; |A| + |B| is not the union.",
    **MASKS,
)
def dice(
    pred: Array,
    label: Array,
    *,
    input: str,
    form: str,
    dtype: np.dtype[Any],
    reduction: str,
    counted: Array | None,
    classes: tuple[int, ...] | None,
    pool: Annotated[
        str,
        Param("image: mean of a loss an image; batch: one loss over all pixels", Choice("image", "batch")),
    ] = "image",
    smooth: Annotated[
        float,
        Param(
            "added to numerator and denominator",
            Interval(0, inf, "left"),
            usual=(0.0, 1e-7, 1e-6, 1e-5, 1e-4, 0.1, 0.5, 1.0, 2.0, 4.0),
        ),
    ] = 0.0,
    power: Annotated[int, Param("power of p and y in the denominator", Choice(1, 2))] = 1,
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
    """Soft Dice loss: one minus the overlap of a predicted and a true mask.

    Use it where the object is a small part of the image; it ignores true negatives.
    Shapes: pred and label (n, ...), the first axis counts images; a 1-D array is one mask. Labels may be soft.
    Classes: pred (n, c, ...) or (n, ..., c) with class numbers (n, ...), or with labels of its shape and --channels
    each or --activation softmax: a loss for each image and class, and their mean.
    Notes: two empty masks agree, loss 0; an empty mask against any other costs 1.
    """
    convention = OverlapConvention(smooth, power, eps, floor, overlap, absent, quotient)
    if classes is not None:
        masks = ClassMasks(
            pred, label, counted, classes,
            input=input, form=form, activation=activation, background=background, class_weights=class_weights,
            ignore_index=ignore_index,
        )  # fmt: skip
        sums = convention.of_classes(masks, pooled=pool == "batch")
        if pool == "batch":
            return by_class(sums)
        losses = convention.value(sums, dtype)
        return mean_over_classes(losses, masks.chosen, class_weights, class_mean, reduction)
    no_classes(class_weights, background, ignore_index)
    if not convention.neutral:
        sums = convention.sums(pred, label, input)
        return sums if pred.ndim == 1 or pool == "batch" else convention.value(sums, dtype)
    if pred.ndim == 1:
        apart, p, y = _pixels(pred, label, input, power)
        return apart, np.add(p, y, out=like("dice size", pred))
    flat, truth = pred.reshape(len(pred), -1), label.reshape(len(label), -1)
    apart, size = np.zeros(len(pred)), np.zeros(len(pred))
    step = max(1, _PIECE // len(pred)) if pred.size > 2 * _PIECE else flat.shape[1]
    for at in range(0, flat.shape[1], step):  # a large image in pieces that stay in the cache
        part = slice(at, at + step)
        differing, p, y = _pixels(flat[:, part], truth[:, part], input, power)
        apart += row_sums(differing)
        size += row_sums(p) + row_sums(y, whole=is_hard(label))
    return (apart, size) if pool == "batch" else _share(apart, size + smooth)


_PIECE = 1 << 18


def _pixels(pred: Array, label: Array, kind: str, power: int) -> tuple[Array, Array, Array]:
    """For each pixel p + y - 2 p y, p and y, or (p - y)^2, p^2 and y^2: the first is what is apart of the others' sum.

    It is a sum of parts that are not negative, so nothing cancels near a perfect overlap.
    """
    p = sigmoid(pred, "dice p") if kind == "logits" else pred
    y, apart = label, like("dice apart", pred)
    if label.dtype != pred.dtype:
        y = like("dice y", pred)
        np.copyto(y, label)
    np.subtract(p, y, out=apart)
    if power == 2:
        apart *= apart
        return apart, np.multiply(p, p, out=like("dice p2", pred)), np.multiply(y, y, out=like("dice y2", pred))
    if is_hard(label):
        return np.abs(apart, out=apart), p, y
    _, q = complement(pred, kind)
    np.multiply(y, q, out=apart)
    rest = np.subtract(1.0, y, out=q)
    rest *= p
    apart += rest
    return apart, p, y


def _share(apart: Array, whole: Array) -> Array:
    return np.divide(apart, whole, out=np.zeros_like(apart), where=whole != 0)


@dice.finish(when=lambda params: params["pool"] == "batch")
def _(
    sums: Sequence[float],
    *,
    smooth: float,
    power: int,
    dtype: np.dtype[Any],
    classes: tuple[int, ...] | None,
    background: bool,
    class_weights: Any,
    class_mean: str,
    **knobs: Any,
) -> float:
    convention = OverlapConvention(smooth, power, **{name: knobs[name] for name in KNOBS})
    if classes is not None:
        chosen = chosen_classes(classes, background)
        losses = convention.of_terms(sums, len(chosen), dtype)
        return float(mean_over_classes(losses, chosen, class_weights, class_mean))
    if not convention.neutral:
        return float(convention.value(sums, dtype))
    apart, whole = sums[0], sums[1] + smooth
    return apart / whole if whole else 0.0


@dice.formula
def _(m: Any, pred: Any, label: Any, *, input: str, form: str, smooth: float, power: int, **said: Any) -> Any:
    def one(p: Any, y: Any) -> Any:
        overlap = 2 * m.sum(a * b for a, b in zip(p, y, strict=True)) + m.number(smooth)
        whole = m.sum(a**power + b**power for a, b in zip(p, y, strict=True)) + m.number(smooth)
        return 1 - overlap / whole if whole else m.number(0)

    return mean_formula(m, pred, label, one, input, form, **said)


_P, _Y = [0.9, 0.2, 0.6, 0.1], [1, 0, 1, 1]
dice.case(pred=_P, label=_Y, expect="1 / 3")
dice.case(pred=_P, label=_Y, power=2, expect=0.2417062)
dice.case(pred=_P, label=_Y, smooth=2, expect="4 / 17")
dice.case(pred=[_P[:2], _P[2:]], label=[_Y[:2], _Y[2:]], expect=0.3121693)
dice.case(pred=[_P[:2], _P[2:]], label=[_Y[:2], _Y[2:]], pool="batch", expect="1 / 3")
dice.case(pred=[[0.0, 0.0]], label=[[0, 0]], expect="0")
