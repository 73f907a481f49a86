import math
from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Interval, inf
from ...core.declarations.param import Param
from ...core.loss import Paper, call, loss
from ...core.scratch import Array
from ._errors import absolute_error


@loss(
    "psnr",
    aliases=("peak_signal_noise_ratio", "peak_signal_to_noise_ratio"),
    family="regression",
    pred=("values",),
    label=("values",),
    reductions=("mean",),
    best=None,
    formula="10 log10(data_range^2 / mean (pred - label)^2)",
    unit="dB",
    source=Paper("Huynh-Thu and Ghanbari 2008, Scope of validity of PSNR in image/video quality assessment"),
    like={
        "torchmetrics": call("torchmetrics.functional.image.peak_signal_noise_ratio(preds, labels, data_range=)"),
    },
    elsewhere={"kornia": "kornia.losses.psnr_loss (minus it)", "scikit-image": "peak_signal_noise_ratio"},
    errata="A score, larger for better images, and infinite for a perfect one. The mean of the values of images is "
    "another number than that of all pixels together: --by image --macro gives it.",
    example="masks/probs.npy masks/masks.npy --stack",
)
def psnr(
    pred: Array,
    label: Array,
    *,
    data_range: Annotated[
        float,
        Param(
            "what pixels may differ by at most: 1 for values from 0 to 1, 255 for bytes",
            Interval(0, inf, "neither"),
            usual=(1.0, 2.0, 255.0),
        ),
    ] = 1.0,
) -> Array:
    """Peak signal-to-noise ratio of images, in decibels: the mean squared error beside the range of pixels.

    Use it to report the quality of reconstructed images; it is mse on another scale, so as a loss take mse.
    Shapes: pred and label (n,) or (n, ...), one value over all elements.
    Notes: perfect predictions give inf, infinite ones -inf. There is no score a row: take mse for those.
    """
    size = absolute_error(pred, label)
    with np.errstate(over="ignore", under="ignore"):
        return np.asarray(size * size)


@psnr.finish(of="means")
def _(means: Sequence[float], *, data_range: float) -> float:
    if means[0] == 0:
        return math.inf
    if means[0] == math.inf:
        return -math.inf
    return 20.0 * math.log10(data_range) - 10.0 * math.log10(means[0])


@psnr.formula
def _(m: Any, pred: Any, label: Any) -> Any:
    return (pred - label) ** 2


psnr.case(pred=[0.0, 0.1], label=[0.0, 0.0], expect="(ln(200)) * 10 / ln(10)")
psnr.case(pred=[0.0, 3.0], label=[4.0, 3.0], data_range=255, expect="ln(255 * 255 / 8) * 10 / ln(10)")
