from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Interval, inf
from ...core.declarations.param import Param
from ...core.errors import UsageProblem
from ...core.loss import NONNEGATIVE, ZERO_AT_PERFECT, Paper, call, loss
from ...core.scratch import Array
from ._errors import error


@loss(
    "linex",
    aliases=("linear_exponential", "mean_linex_error"),
    family="regression",
    pred=("values",),
    label=("values",),
    errors_alone=True,
    formula="exp(a e) - a e - 1,  e = label - pred",
    unit="",
    facts={NONNEGATIVE, ZERO_AT_PERFECT},
    source=Paper("Varian 1975, A Bayesian approach to real estate assessment"),
    like={"utilsforecast": call("utilsforecast.losses.linex(df, models, a=)")},
    elsewhere={"sktime": "MeanLinexError (b times this, of b=1)"},
    errata="Some take e = pred - label: the sign of a is then the other way round.",
    example="diabetes/pred.npy diabetes/label.npy --a 0.01",
)
def linex(
    pred: Array,
    label: Array,
    *,
    a: Annotated[
        float,
        Param(
            "above 0 predictions that are too low cost exponentially, below 0 those that are too high; not 0",
            Interval(-inf, inf, "neither"),
            usual=(-1.0, -0.5, 0.5, 1.0, 2.0),
        ),
    ] = 1.0,
) -> Array:
    """Linear-exponential loss: errors to one side cost exponentially, those to the other about linearly.

    Use it where one side is far worse, as promising a delivery too early; of small errors it is a^2 e^2 / 2. Scale
    labels so that a times the error is mostly within a few units. pinball is linear on both sides.
    Shapes: (n,) or (n, d...); with several columns a row's loss is the mean over its elements.
    Notes: an a of 0 is an error. Beyond the range of floats it is inf; an infinite prediction costs inf.
    """
    if a == 0.0:
        raise UsageProblem("a must not be 0, with which every prediction costs nothing.", options=("a",))
    x = error(pred, label)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        x *= x.dtype.type(-a)
        near = np.abs(x) < 0.5
        small = np.where(near, x, 0.0)
        series = np.ones_like(small)
        for k in range(18, 2, -1):  # e^x - 1 - x = x^2 / 2 (1 + x / 3 (1 + x / 4 (...)))
            series *= small / k
            series += 1.0
        losses = np.where(near, 0.5 * small * small * series, np.expm1(x) - x)
    return np.where(np.isinf(x), np.inf, losses)


@linex.formula
def _(m: Any, pred: Any, label: Any, *, a: Any) -> Any:
    if a == 0:
        return NotImplemented
    x = a * (label - pred)
    return m.exp(x) - x - 1


linex.case(pred=[0.0, 1.0], label=[1, 0], reduction="none", expect=[0.7182818285, 0.3678794412])
linex.case(pred=[0.0, 1.0], label=[1, 0], a=-2.0, expect="(exp(-2) + 2 - 1 + exp(2) - 2 - 1) / 2")
linex.case(pred=[1e-9], label=[0.0], expect="4.999999998333333e-19")
