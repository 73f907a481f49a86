from collections.abc import Sequence
from typing import Annotated, Any

from ...core.loss import Paper, call, loss
from ...core.scratch import Array
from ._variation import CONSTANT, EACH, residual_and_spread, slopes_of, unexplained


@loss(
    "relative_squared_error",
    aliases=("rse", "one_minus_r2", "fraction_of_variance_unexplained"),
    family="explained variation",
    pred=("values",),
    label=("values",),
    reductions=("mean",),
    formula="sum (pred - label)^2 / sum (label - mean label)^2",
    unit="",
    source=Paper("Witten, Frank and Hall 2011, Data Mining, section 5.8"),
    like={
        "torchmetrics": call("torchmetrics.functional.relative_squared_error(preds, labels)"),
    },
    errata="1 - R2: 0 is perfect, 1 is no better than the mean of the labels of these very rows.",
    example="diabetes/pred.npy diabetes/label.npy",
)
def relative_squared_error(
    pred: Array,
    label: Array,
    *,
    columns: Annotated[str, EACH] = "each",
    constant: Annotated[str, CONSTANT] = "error",
) -> tuple[Array, ...]:
    """Squared error relative to that of the labels' mean.

    Use it as r2 where a loss is wanted, one that falls with quality; it does not compare data sets of other labels.
    Shapes: (n,) or (n, d...); the mean of a value a column, or one value over all with columns "all".
    Notes: labels that do not vary are an error; an infinite prediction gives inf. There is no loss a row: take mse.
    """
    return residual_and_spread(pred, label)


@relative_squared_error.finish(of="means", slopes=slopes_of(1.0))
def _(means: Sequence[float], *, columns: str, constant: str) -> float:
    return unexplained(means, columns, constant)


@relative_squared_error.formula
def _(m: Any, pred: Any, label: Any) -> Any:
    """SSE / SST of all rows; of one row there is none."""
    if not isinstance(pred, tuple):
        return NotImplemented
    mean = m.sum(label) / len(label)
    return m.sum((x - y) ** 2 for x, y in zip(pred, label, strict=True)) / m.sum((y - mean) ** 2 for y in label)


relative_squared_error.case(pred=[2.5, 0.0, 2, 8], label=[3, -0.5, 2, 7], expect="1.5 / 29.1875")
relative_squared_error.case(pred=[2.0, 2, 2], label=[1, 2, 3], expect="1")
