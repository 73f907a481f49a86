from typing import Annotated, Any

from ...core.declarations.domain import Interval, inf
from ...core.declarations.param import Param
from ...core.loss import NONNEGATIVE, SYMMETRIC, ZERO_AT_PERFECT, Paper, call, loss
from ...core.scratch import Array
from ._errors import clipped_parts


@loss(
    "huber",
    aliases=("huber_loss",),
    family="regression",
    pred=("values",),
    label=("values",),
    errors_alone=True,
    formula="e^2 / 2 where |e| <= delta, else delta (|e| - delta / 2),  e = pred - label",
    unit="squared label units",
    facts={NONNEGATIVE, SYMMETRIC, ZERO_AT_PERFECT},
    source=Paper("Huber 1964, Robust estimation of a location parameter", "doi:10.1214/aoms/1177703732"),
    like={
        "tf1": call("tf.compat.v1.losses.huber_loss(labels, preds, weights, delta=)"),
        "keras": call("keras.losses.Huber(delta=)(labels, preds, sample_weight)"),
        "torch": call("torch.nn.functional.huber_loss(preds, labels, delta=, weight=)"),
        "optax": call("optax.huber_loss(preds, labels, delta=)"),
        "lightgbm": call("lightgbm metric='huber', alpha=delta", note="its alpha is delta, by default 0.9", delta=0.9),
        "catboost": call("catboost.utils.eval_metric(labels, preds, 'Huber:delta=', weight)"),
    },
    errata="Common summaries say that delta to 0 gives MAE and delta to infinity MSE. It gives 0 (only huber / delta "
    "tends to MAE) and half the squared error.",
    example="diabetes/pred.npy diabetes/label.npy",
)
def huber(
    pred: Array,
    label: Array,
    *,
    delta: Annotated[
        float,
        Param(
            "error from which the loss grows linearly",
            Interval(0, inf, "neither"),
            usual=(0.1, 0.2, 0.5, 1.0, 1.345, 1.35, 1.5, 2.0, 2.5, 3.0, 5.0, 10.0),
        ),
    ] = 1.0,
) -> Array:
    """Quadratic for small errors, linear for large ones.

    Use it for regression with outliers; smooth_l1 is the same over delta.
    Shapes: (n,) or (n, d...); with several columns a row's loss is the mean over its elements.
    Notes: infinite predictions give inf.
    """
    clipped, rest = clipped_parts(pred, label, delta)
    rest *= clipped
    return rest


@huber.formula
def _(m: Any, pred: Any, label: Any, *, delta: float) -> Any:
    e = abs(pred - label)
    return e**2 / 2 if e <= delta else delta * (e - m.number(delta) / 2)


huber.case(pred=[1.5, 2, 5, 3], label=[1, 2, 3, 4], expect=0.53125)
huber.case(pred=[1.5, 2, 5, 3], label=[1, 2, 3, 4], delta=0.5, reduction="none", expect=[0.125, 0.0, 0.875, 0.375])
huber.case(pred=[1.5, 2, 5, 3], label=[1, 2, 3, 4], weight=[1, 2, 0, 2], denominator="count", expect=0.28125)
