from typing import Annotated, Any

from ...core.declarations.domain import Interval, inf
from ...core.declarations.param import Param
from ...core.loss import Paper, call, loss
from ...core.scratch import Array
from ._rates import counts, log_rate, minus_times


@loss(
    "poisson",
    aliases=("poisson_loss",),
    family="likelihoods and deviances",
    pred=("rates",),
    label=("values",),
    formula="pred - label log(pred)",
    unit="nats",
    source=Paper("Poisson 1837, Recherches sur la probabilité des jugements"),
    like={
        "keras": call("keras.losses.Poisson()(labels, rates, sample_weight)", eps=1e-7),
    },
    errata="The likelihood without log label!, so that it can be below 0: poisson_nll --input rates is the same, and "
    "has --full. Keras adds 1e-7 inside the logarithm.",
    example="diabetes/pred.npy diabetes/label.npy",
)
def poisson(
    pred: Array,
    label: Array,
    *,
    eps: Annotated[
        float, Param("added to the rate in its logarithm", Interval(0, inf, "left"), knob=True, usual=(0.0, 1e-7, 1e-8))
    ] = 0.0,
) -> Array:
    """Poisson loss of predicted rates, the constant of the label left out.

    Use it to compare with Keras; poisson_nll takes logarithms of rates too, and poisson_deviance is 0 at a perfect fit.
    Shapes: pred and label (n,) or (n, d...); with several columns a row's loss is the mean over its elements.
    Notes: labels are at least 0. A rate of 0 costs 0 for a label of 0 and inf for any other.
    """
    y = counts(label, pred.dtype)
    log = log_rate(pred + pred.dtype.type(eps) if eps else pred, "rates")
    return minus_times(pred, y, log)


@poisson.formula
def _(m: Any, pred: Any, label: Any) -> Any:
    return pred - m.times(label, m.log(pred))


poisson.case(pred=[0.5, 2, 3, 1], label=[0, 1, 4, 2], expect="(6.5 - ln 2 - 4 * ln 3) / 4")
poisson.case(pred=[1.0, 0.0], label=[5.0, 0.0], reduction="none", expect=[1.0, 0.0])
poisson.case(pred=[0.0], label=[1.0], expect="inf")
