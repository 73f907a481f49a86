from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Choice
from ...core.declarations.param import Param
from ...core.loss import Paper, loss
from ...core.scratch import Array
from ._class_masks import Activation, Background, IgnoreIndex, by_class, chosen_classes, formula_masks, masks_of
from ._overlap import EPS, MASKS, OVERLAP, calls_of_monai
from ._tversky import POOL, QUOTIENT, SMOOTH, parts

_MONAI: dict[str, Any] = {"smooth": 1e-5, "quotient": "floats"}


@loss(
    "generalized_dice",
    aliases=("generalized_dice_loss", "gdl"),
    family="segmentation",
    formula="1 - (2 sum_c w_c I_c + smooth) / (sum_c w_c S_c + smooth),  w_c = 1 / (sum y_c)^2, I_c = sum p_c y_c, "
    "S_c = sum p_c + sum y_c, sums over an image's pixels",
    source=Paper(
        "Sudre et al. 2017, Generalised Dice overlap as a deep learning loss for highly unbalanced segmentations",
        "arXiv:1707.03237",
    ),
    like={"monai": calls_of_monai("GeneralizedDiceLoss", **_MONAI)},
    elsewhere={"torchmetrics": "torchmetrics.functional.segmentation.generalized_dice_score, a score of decisions"},
    errata="It is no mean of the classes' Dice losses: a class of few pixels weighs as much as one of many. The paper "
    "says nothing of a class without a pixel; as in NiftyNet and MONAI it weighs as much as the rarest that is there.",
    **MASKS,
)
def generalized_dice(
    pred: Array,
    label: Array,
    *,
    input: str,
    form: str,
    dtype: np.dtype[Any],
    counted: Array | None,
    classes: tuple[int, ...] | None,
    pool: Annotated[str, POOL] = "image",
    weighting: Annotated[
        str,
        Param(
            "the weight of a class by its pixels N: square: 1 / N^2, simple: 1 / N, uniform: 1",
            Choice("square", "simple", "uniform"),
        ),
    ] = "square",
    smooth: Annotated[float, SMOOTH] = 0.0,
    activation: Activation = "auto",
    background: Background = True,
    ignore_index: IgnoreIndex = None,
    eps: Annotated[float, EPS] = 0.0,
    overlap: Annotated[str, OVERLAP] = "product",
    quotient: Annotated[str, QUOTIENT] = "exact",
) -> Array | tuple[Array, ...]:
    """Dice over all classes at once, each weighted by how rare it is.

    Use it where classes differ in size by orders of magnitude; with few pixels of a class it is noisy, since that class
    decides.
    Shapes: pred (n, c, ...) or (n, ..., c) with class numbers (n, ...), or with labels of its shape and --class-axis;
    the first axis counts images. Images without classes, pred and label (n, ...), have one mask.
    Notes: a class without a pixel weighs as much as the rarest that is there; without any, all weigh the same. Empty
    masks of all classes that agree cost 0.
    """
    masks = masks_of(
        pred, label, classes, background,
        counted=counted, input=input, form=form, activation=activation, ignore_index=ignore_index,
    )  # fmt: skip
    both, excess, missed = masks.sums(lambda p, q, y: parts(p, q, y, overlap))
    sums = both, excess + missed, masks.sums(lambda p, q, y: (y,))[0]
    return (
        by_class(sums) if pool == "batch" or pred.ndim == 1 else _value(sums, weighting, smooth, eps, quotient, dtype)
    )


def _value(
    sums: Sequence[Array], weighting: str, smooth: float, eps: float, quotient: str, dtype: np.dtype[Any]
) -> Array:
    """The loss from what the masks of each class share, what they are apart, and the labels' pixels."""
    both, apart, pixels = sums
    power = {"square": 2.0, "simple": 1.0, "uniform": 0.0}[weighting]
    if quotient == "floats":
        with np.errstate(divide="ignore", over="ignore"):
            weight = pixels**-power
        return _in_floats(both, apart, weight, smooth, eps, dtype)
    rarest = np.where(pixels > 0, pixels, np.inf).min(axis=-1, keepdims=True)
    rarest = np.where(np.isinf(rarest), 1.0, rarest)
    with np.errstate(under="ignore"):
        # beside the largest weight, that of the rarest class, so that nothing overflows
        weight = np.divide(rarest, pixels, out=np.ones_like(pixels), where=pixels > 0) ** power
        apart, shared = (weight * apart).sum(axis=-1), 2.0 * (weight * both).sum(axis=-1)
        scale = rarest[..., 0] ** power
        apart, whole = apart + eps * scale, apart + shared + (smooth + eps) * scale
    losses: Array = np.divide(apart, whole, out=np.zeros_like(whole), where=whole != 0)
    return losses


def _in_floats(both: Array, apart: Array, weight: Array, smooth: float, eps: float, dtype: np.dtype[Any]) -> Array:
    """The loss in a framework's floats; where no class has a pixel all weights are 0."""
    none = np.isinf(weight)
    weight = np.where(none, 0.0, weight)
    weight = np.where(none, weight.max(axis=-1, keepdims=True), weight)
    shared, whole = 2.0 * (weight * both).sum(axis=-1), (weight * (apart + 2.0 * both)).sum(axis=-1)
    one, top, rest = (dtype.type(each) for each in (1.0, smooth, smooth + eps))
    with np.errstate(divide="ignore", invalid="ignore"):
        losses = one - (shared.astype(dtype) + top) / (whole.astype(dtype) + rest)
    return np.asarray(losses, dtype=np.float64)


@generalized_dice.finish(when=lambda params: params["pool"] == "batch")
def _(
    sums: Sequence[float],
    *,
    weighting: str,
    smooth: float,
    eps: float,
    quotient: str,
    background: bool,
    dtype: np.dtype[Any],
    classes: tuple[int, ...] | None,
    **knobs: Any,
) -> float:
    rows = np.reshape(
        np.asarray(sums, dtype=np.float64), (3, 1 if classes is None else len(chosen_classes(classes, background)))
    )
    return float(_value(tuple(rows), weighting, smooth, eps, quotient, dtype))


@generalized_dice.formula
def _(
    m: Any,
    pred: Any,
    label: Any,
    *,
    input: str,
    form: str,
    activation: str,
    background: bool,
    weighting: str,
    smooth: Any,
) -> Any:
    power = {"square": 2, "simple": 1, "uniform": 0}[weighting]
    top = whole = m.number(smooth)
    masks = formula_masks(m, pred, label, input, form, activation, background)
    sizes = [m.sum(y) for _, y in masks]
    known = [1 / m.number(size) ** power for size in sizes if size or not power]
    for (p, y), size in zip(masks, sizes, strict=True):
        weight = 1 / m.number(size) ** power if size or not power else max(known, default=1)
        top += weight * 2 * m.sum(a * b for a, b in zip(p, y, strict=True))
        whole += weight * m.sum([*p, *y])
    return 1 - top / whole if whole else m.number(0)


_P = [[[0.75, 0.5], [0.25, 0.5]]]  # two classes, two pixels
# of labels 0 and 0, N = 2 and 0: w = 1/4 for both; of 0 and 1: w = 1 for both
generalized_dice.case(pred=_P, label=[[0, 0]], class_axis=1, expect="1 - 2 * 1.25 / 4")
generalized_dice.case(pred=_P, label=[[0, 1]], class_axis=1, expect="1 - 2 * 1.25 / 4")
generalized_dice.case(
    pred=[[[0.5, 0.5, 0.5], [0.5, 0.5, 0.5]]],
    label=[[0, 0, 1]],
    class_axis=1,
    weighting="simple",
    smooth=1,
    expect="1 - (2 * (0.5 + 0.5) + 1) / (0.5 * 3.5 + 2.5 + 1)",
)
generalized_dice.case(
    pred=[[[0.5, 0.5, 0.5], [0.5, 0.5, 0.5]]],
    label=[[0, 0, 1]],
    class_axis=1,
    pool="batch",
    expect="1 - 2 * (0.25 + 0.5) / (0.25 * 3.5 + 2.5)",
)
