import math
from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Choice, Interval
from ...core.declarations.param import Param
from ...core.errors import BadValue, UsageProblem
from ...core.loss import Paper, Rows, call, loss
from ...core.scratch import Array


@loss(
    "calibration_error",
    aliases=("ece", "expected_calibration_error"),
    family="calibration and decisions",
    pred=("probs",),
    label=("index", "match"),
    pred_dims=(1, 2),
    reductions=("pooled",),
    formula="sum over bins of n_b / n |mean confidence of the bin - share of hits in it|",
    unit="probability",
    source=Paper("Guo et al. 2017, On calibration of modern neural networks, eq. 3 and 5", "arXiv:1706.04599"),
    like={
        "torchmetrics": (
            call(
                "torchmetrics.functional.classification.multiclass_calibration_error(probs, labels, n_bins=, norm=)",
                form="index",
                edges="torchmetrics",
            ),
            call(
                "torchmetrics.functional.classification.binary_calibration_error(probs, labels, n_bins=, norm=)",
                form="match",
                edges="torchmetrics",
            ),
        ),
    },
    errata="It depends on the bins: values of different numbers of bins do not compare. Of few rows it is above 0 even "
    "for a perfectly calibrated model.",
    example="digits/probs.npy digits/labels.npy",
)
def calibration_error(
    pred: Array,
    label: Array,
    *,
    form: str,
    dtype: np.dtype[Any],
    bins: Annotated[int, Param("bins of equal width from 0 to 1", Interval(1, 100), usual=(5, 10, 15, 20))] = 15,
    norm: Annotated[
        str,
        Param(
            "l1: the weighted mean of the gaps (ECE); l2: the root of that of squares; max: the largest (MCE)",
            Choice("l1", "l2", "max"),
        ),
    ] = "l1",
    edges: Annotated[
        str,
        Param(
            "the bin of a confidence on an edge: right: the one it ends, as in the paper; left: the one it begins; "
            "torchmetrics: left, and confidences of 1 are a bin of their own",
            Choice("right", "left", "torchmetrics"),
            knob=True,
        ),
    ] = "right",
) -> Rows:
    """Expected calibration error: how far confidences are from the share of predictions that are right.

    Use it beside a loss, to see whether probabilities mean what they say; a model that always says the base rate is
    perfectly calibrated and useless.
    Shapes: pred (n, c) with class numbers (n,), of which the most probable class counts; or pred and label (n,), where
    the confidence is the probability of 1.
    Notes: empty bins add nothing. Rows of probabilities are not made to sum to one.
    """
    if form == "index":
        top = pred.argmax(axis=1)
        sure, hit = pred[np.arange(len(pred)), top], top == label
    else:
        if pred.ndim > 1:
            raise UsageProblem("Labels of several columns are several tasks.", "Name one with --pred and --label.")
        wrong = (label != 0) & (label != 1)
        if wrong.any():
            raise BadValue("label", int(np.argwhere(wrong)[0][0]), f"label {label[wrong][0]} is not 0 or 1")
        sure, hit = pred, label == 1
    place = _bins(sure.astype(dtype), bins, edges, dtype)
    count = bins + (edges == "torchmetrics")
    gap = sure - hit
    if pred.ndim > 1:
        gap[np.isnan(pred).any(axis=1)] = np.nan
    inside = [place == each for each in range(count)]
    unknown = np.isnan(gap)
    gaps = [np.where(each | unknown, gap, 0.0) for each in inside]
    return Rows((*gaps, *(each.astype(np.float64) for each in inside)))


def _bins(sure: Array, bins: int, edges: str, dtype: np.dtype[Any]) -> Array:
    """The number of the bin of each confidence."""
    borders = np.linspace(0.0, 1.0, bins + 1).astype(dtype)
    place = np.searchsorted(borders, sure, side="left" if edges == "right" else "right") - 1
    return np.clip(place, 0, bins - (edges != "torchmetrics"))


@calibration_error.finish()
def _(losses: Sequence[float], *, bins: int, norm: str, edges: str) -> float:
    count = len(losses) // 2
    filled = [(gap, rows) for gap, rows in zip(losses[:count], losses[count:], strict=True) if rows]
    if not filled or any(map(math.isnan, losses)):
        return math.nan
    total = math.fsum(rows for _, rows in filled)
    if norm == "max":
        return max(abs(gap) / rows for gap, rows in filled)
    if norm == "l2":
        return math.sqrt(math.fsum(gap * gap / rows for gap, rows in filled) / total)
    return math.fsum(abs(gap) for gap, _ in filled) / total


@calibration_error.formula
def _(m: Any, pred: Any, label: Any, *, form: str) -> Any:
    if form == "index":
        top = pred.index(max(pred))
        return abs(pred[top] - (top == label))
    return abs(pred - label)


_P = [0.05, 0.15, 0.75, 0.95]
calibration_error.case(pred=_P, label=[0, 0, 1, 1], bins=10, expect=0.125)
calibration_error.case(pred=_P, label=[0, 0, 1, 1], bins=2, expect="(0.2 + 0.3) / 4")
calibration_error.case(pred=_P, label=[0, 1, 1, 0], bins=2, norm="max", expect="0.4")
calibration_error.case(pred=[[0.75, 0.25], [0.375, 0.625]], label=[0, 0], bins=4, expect="(0.625 - 0.25) / 2")
