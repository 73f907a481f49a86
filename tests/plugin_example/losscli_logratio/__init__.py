"""A loss of its own package: log_ratio, the squared logarithm of predictions over labels."""

from typing import Annotated, Any

import numpy as np

from losscli.declare import NONNEGATIVE, SYMMETRIC, ZERO_AT_PERFECT, BadValue, Interval, Paper, Param, call, inf, loss


def _first_not_positive(role: str, values: Any) -> None:
    """Name the first row that has no logarithm; losscli adds the file and the column."""
    bad = np.argwhere(~(values > 0))
    if len(bad):
        raise BadValue(role, int(bad[0][0]), f"{role} has {values[tuple(bad[0])]:g}, which has no logarithm")


@loss(
    "log_ratio",
    aliases=("squared_log_ratio", "q_loss"),
    family="relative errors",
    pred=("values",),
    label=("values",),
    formula="min(ln(pred / label)^2, cap)",
    facts={NONNEGATIVE, SYMMETRIC, ZERO_AT_PERFECT},
    source=Paper("Tofallis 2015, A better measure of relative prediction accuracy", "doi:10.1057/jors.2014.103"),
    like={"paper": call("mean(log(prediction / actual) ** 2)")},
    example="preds.npy labels.npy",
)
def log_ratio(
    pred: Any,
    label: Any,
    *,
    cap: Annotated[
        float | None, Param("the most that a row costs; none: no limit", Interval(0, inf, "neither"))
    ] = None,
) -> Any:
    """The squared logarithm of predictions over labels, which costs half as much and twice as much alike.

    Use it for sizes and prices, whose errors are factors. Where labels may be 0, take msle.
    Shapes: (n,) or (n, d...); with several columns a row's loss is the mean over its elements.
    Notes: predictions and labels must be above 0; an infinite prediction costs inf, or the cap.
    """
    _first_not_positive("pred", pred)
    _first_not_positive("label", label)
    ratio = np.log(pred) - np.log(label)
    squares = ratio * ratio
    return squares if cap is None else np.minimum(squares, cap)


@log_ratio.formula
def _(m: Any, pred: Any, label: Any, *, cap: Any) -> Any:
    square = (m.log(pred) - m.log(label)) ** 2
    return square if cap is None else m.minimum(square, cap)


log_ratio.case(pred=[1.0, 2.0], label=[2.0, 1.0], expect="ln(2) * ln(2)")
log_ratio.case(pred=[1.0, 8.0], label=[1.0, 1.0], cap=3.0, reduction="none", expect=[0.0, 3.0])
