from collections.abc import Sequence
from typing import Annotated, Any

from ...core.loss import Paper, call, loss
from ...core.scratch import Array
from ._variation import CONSTANT, EACH, residual_and_spread, slopes_of, unexplained


@loss(
    "r2",
    aliases=("r2_score", "r_squared", "coefficient_of_determination"),
    family="explained variation",
    pred=("values",),
    label=("values",),
    reductions=("mean",),
    best=1.0,
    formula="1 - sum (pred - label)^2 / sum (label - mean label)^2",
    unit="",
    source=Paper("Wright 1921, Correlation and causation"),
    like={
        "sklearn": call("sklearn.metrics.r2_score(labels, preds, sample_weight=)", constant="finite"),
        "keras": call("keras.metrics.R2Score()(labels, preds, sample_weight)", denominator="weights"),
        "torchmetrics": call("torchmetrics.functional.r2_score(preds, labels)"),
        "catboost": call("catboost.utils.eval_metric(labels, preds, 'R2', weight)"),
    },
    errata="Not the square of a correlation: a model that is worse than the mean of the labels is below 0. It is a "
    "score, largest at 1; as a loss take relative_squared_error, which is 1 - R2. With several columns libraries "
    "average the scores of the columns.",
    example="diabetes/pred.npy diabetes/label.npy",
)
def r2(
    pred: Array,
    label: Array,
    *,
    columns: Annotated[str, EACH] = "each",
    constant: Annotated[str, CONSTANT] = "error",
) -> tuple[Array, ...]:
    """Coefficient of determination: the share of the labels' variation that the model explains.

    Use it to report regression without units. It depends on how much the labels of a data set vary, so it does not
    compare data sets; and it is a score, which grows with quality.
    Shapes: (n,) or (n, d...); the mean of a score a column, or one score over all with columns "all".
    Notes: labels that do not vary are an error, for there is nothing to explain; an infinite prediction gives -inf.
    There is no score a row: take mse for those.
    """
    return residual_and_spread(pred, label)


@r2.finish(of="means", slopes=slopes_of(-1.0))
def _(means: Sequence[float], *, columns: str, constant: str) -> float:
    return 1.0 - unexplained(means, columns, constant)


@r2.formula
def _(m: Any, pred: Any, label: Any) -> Any:
    """1 - SSE / SST of all rows; of one row there is none."""
    if not isinstance(pred, tuple):
        return NotImplemented
    mean = m.sum(label) / len(label)
    return 1 - m.sum((x - y) ** 2 for x, y in zip(pred, label, strict=True)) / m.sum((y - mean) ** 2 for y in label)


r2.case(pred=[2.5, 0.0, 2, 8], label=[3, -0.5, 2, 7], expect="1 - 1.5 / 29.1875")
r2.case(pred=[1.5, 2, 5, 3], label=[1, 2, 3, 4], expect="1 - 5.25 / 5")
r2.case(pred=[[0.0, 0], [0, 2]], label=[[0, 1], [2, 3]], expect="1 - (4 / 2 + 2 / 2) / 2")
r2.case(pred=[[0.0, 0], [0, 2]], label=[[0, 1], [2, 3]], columns="all", expect="1 - 6 / 4")
