from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Interval, inf
from ...core.declarations.param import Param, Role
from ...core.loss import NONNEGATIVE, SYMMETRIC, ZERO_AT_PERFECT, Blocks, Paper, loss
from ...core.scratch import Array
from ._errors import absolute_error


@loss(
    "berhu",
    aliases=("reverse_huber",),
    family="regression",
    pred=("values",),
    label=("values",),
    formula="|e| where |e| <= c, else (e^2 + c^2) / (2 c),  e = pred - label,  c = threshold or share max |e|",
    unit="label units",
    facts={NONNEGATIVE, SYMMETRIC, ZERO_AT_PERFECT},
    source=Paper("Owen 2007, A robust hybrid of lasso and ridge regression; Laina et al. 2016", "arXiv:1606.00373"),
    errata="Huber the other way round: linear for small errors, quadratic for large ones. Laina et al. take a fifth of "
    "the largest error of each batch for c; here it is the largest of all rows.",
    example="diabetes/pred.npy diabetes/label.npy",
)
def berhu(
    pred: Array,
    label: Array,
    *,
    threshold: Annotated[
        float | None,
        Param(
            "error from which the loss is quadratic; none: a share of the largest error", Interval(0, inf, "neither")
        ),
    ] = None,
    share: Annotated[
        float, Param("share of the largest error, where no threshold is given", Interval(0, 1, "right"), usual=(0.2,))
    ] = 0.2,
    largest: Annotated[Array | None, Role("the largest error", "()", rows=False, internal=True)] = None,
) -> Array:
    """Reverse Huber loss: the absolute error for small errors, a square for large ones.

    Use it in depth estimation, where it pushes small errors more than mse does; it is not robust against outliers.
    Without a threshold the data are read twice, first for the largest error.
    Shapes: (n,) or (n, d...); with several columns a row's loss is the mean over its elements.
    Notes: infinite errors give inf; neither they nor rows of weight 0 count for the largest error.
    """
    size = absolute_error(pred, label)
    corner = size.dtype.type(threshold if threshold is not None else share * float(0.0 if largest is None else largest))
    if corner == 0:
        return size
    # (e^2 + c^2) / 2c = |e| + (|e| - c)^2 / 2c
    beyond = np.maximum(size - corner, 0.0)
    losses: Array = size + beyond * (beyond / (2 * corner))
    return losses


@berhu.prepare(when=lambda given: given["threshold"] is None and given.get("largest") is None)
def _(blocks: Blocks, *, threshold: float | None, share: float) -> dict[str, Array]:
    """The largest error of all rows."""
    largest = 0.0
    for block in blocks:
        size = np.abs(np.subtract(block["pred"], block["label"], dtype=np.float64))
        counted = np.isfinite(size)
        if (weight := block.get("weight")) is not None:
            counted &= (weight > 0).reshape(weight.shape + (1,) * (size.ndim - weight.ndim))
        largest = max(largest, float(size.max(initial=0.0, where=counted)))
    return {"largest": np.array(largest)}


@berhu.formula
def _(m: Any, pred: Any, label: Any, *, threshold: Any, share: Any, largest: Any) -> Any:
    e = abs(pred - label)
    c = threshold if threshold is not None else share * largest
    return e if e <= c or c == 0 else (e**2 + c**2) / (2 * c)


berhu.case(pred=[1.0, 2.0, 10.0], label=[0.0, 0.0, 0.0], reduction="none", expect=[1.0, 2.0, 26.0])
berhu.case(pred=[1.0, 3.0], label=[0.0, 0.0], threshold=2, reduction="none", expect=[1.0, 3.25])
berhu.case(pred=[0.0], label=[0.0], expect="0")
