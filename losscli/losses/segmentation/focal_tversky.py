from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Interval, inf
from ...core.declarations.param import Param
from ...core.loss import Paper, call, loss
from ...core.scratch import Array
from ._overlap import ABSENT, EPS, FLOOR, MASKS, OVERLAP
from ._tversky import FN_WEIGHT, FP_WEIGHT, POOL, QUOTIENT, SMOOTH, Tversky, formula, terms

_SMP: dict[str, Any] = {
    "pool": "batch",
    "fp_weight": 0.5,
    "fn_weight": 0.5,
    "gamma": 1.0,
    "floor": 1e-7,
    "overlap": "lesser",
    "absent": "zero",
    "quotient": "floats",
}


@loss(
    "focal_tversky",
    aliases=("focal_tversky_loss",),
    family="segmentation",
    formula="(1 - (I + smooth) / (I + fp_weight FP + fn_weight FN + smooth))^gamma,  I = sum p y, FP = sum p (1 - y), "
    "FN = sum (1 - p) y, sums over an image's pixels",
    source=Paper("Abraham and Khan 2018, A novel focal Tversky loss function", "arXiv:1810.07842"),
    like={
        "smp": (
            call("smp.losses.TverskyLoss('binary', gamma=GAMMA)(logits, labels)", input="logits", **_SMP),
            call(
                "smp.losses.TverskyLoss('binary', from_logits=False, gamma=GAMMA)(probs, labels)", input="probs", **_SMP
            ),
        ),
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
    dtype: np.dtype[Any],
    pool: Annotated[str, POOL] = "image",
    fp_weight: Annotated[float, FP_WEIGHT] = 0.3,
    fn_weight: Annotated[float, FN_WEIGHT] = 0.7,
    gamma: Annotated[
        float,
        Param("exponent of the loss; 1 is tversky", Interval(0, inf, "neither"), usual=(0.5, 0.75, 1.0, 1.5, 2.0)),
    ] = 0.75,
    smooth: Annotated[float, SMOOTH] = 0.0,
    eps: Annotated[float, EPS] = 0.0,
    floor: Annotated[float, FLOOR] = 0.0,
    overlap: Annotated[str, OVERLAP] = "product",
    absent: Annotated[str, ABSENT] = "counts",
    quotient: Annotated[str, QUOTIENT] = "exact",
) -> Array | tuple[Array, ...]:
    """The Tversky loss of each image to a power.

    Use it for small objects, where Tversky alone leaves images that are hard; values of different gamma do not compare.
    Shapes: pred and label (n, ...), the first axis counts images; a 1-D array is one mask. Labels may be soft.
    Edges: two empty masks agree, loss 0; an empty mask against any other costs 1, unless its weight is 0.
    """
    sums = terms(pred, label, input, overlap)
    if pred.ndim == 1 or pool == "batch":
        return sums
    return _powered(Tversky(fp_weight, fn_weight, smooth, eps, floor, absent, quotient), sums, gamma, dtype)


def _powered(index: Tversky, sums: Sequence[Any], gamma: float, dtype: np.dtype[Any]) -> Array:
    with np.errstate(invalid="ignore"):  # a framework's loss may be rounded to less than 0, whose power is NaN
        return np.asarray(np.power(index.value(sums, dtype), gamma))


@focal_tversky.finish(when=lambda params: params["pool"] == "batch")
def _(
    sums: Sequence[float],
    *,
    pool: str,
    fp_weight: float,
    fn_weight: float,
    gamma: float,
    smooth: float,
    dtype: np.dtype[Any],
    overlap: str,
    **knobs: Any,
) -> float:
    return float(_powered(Tversky(fp_weight, fn_weight, smooth, **knobs), sums, gamma, dtype))


@focal_tversky.formula
def _(
    m: Any, pred: Any, label: Any, *, input: str, fp_weight: float, fn_weight: float, gamma: float, smooth: float
) -> Any:
    return m.power(formula(m, pred, label, input, fp_weight, fn_weight, smooth), m.number(gamma))


_P, _Y = [0.9, 0.2, 0.6, 0.1], [1, 0, 1, 1]  # I = 1.6, FP = 0.2, FN = 1.4
focal_tversky.case(pred=_P, label=_Y, gamma=1, expect="1.04 / 2.64")
focal_tversky.case(pred=_P, label=_Y, gamma=2, expect="1.04 * 1.04 / 2.64 / 2.64")
focal_tversky.case(pred=_P, label=_Y, fp_weight=1, fn_weight=1, gamma=0.5, expect=0.7071068)
focal_tversky.case(pred=[[0.0, 0.0], [0.5, 0.5]], label=[[0, 0], [0, 0]], expect="1 / 2")
