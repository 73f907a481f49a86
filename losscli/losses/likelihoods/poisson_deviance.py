from typing import Any

from ...core.loss import NONNEGATIVE, ZERO_AT_PERFECT, Paper, call, loss
from ...core.scratch import Array
from ._deviances import poisson_terms
from ._rates import counts


@loss(
    "poisson_deviance",
    aliases=("mean_poisson_deviance",),
    family="likelihoods and deviances",
    pred=("rates",),
    label=("values",),
    formula="2 (label log(label / pred) - label + pred)",
    unit="",
    facts={NONNEGATIVE, ZERO_AT_PERFECT},
    source=Paper("Nelder and Wedderburn 1972, Generalized linear models", "doi:10.2307/2344614"),
    like={"sklearn": call("sklearn.metrics.mean_poisson_deviance(labels, rates, sample_weight=)")},
    errata="Twice the difference of log-likelihoods, the perfect fit's less the model's: not poisson_nll. scikit-learn "
    "refuses a rate of 0, which here costs 0 for a label of 0 and inf for any other.",
    example="diabetes/pred.npy diabetes/label.npy",
)
def poisson_deviance(pred: Array, label: Array) -> Array:
    """Deviance of counts under Poisson distributions with the predicted rates.

    Use it for counts where a loss that is 0 at a perfect fit is wanted; tweedie at power 1 is the same.
    Shapes: pred and label (n,) or (n, d...); with several columns a row's loss is the mean over its elements.
    Notes: labels are at least 0. A rate of 0 costs 0 for a label of 0 and inf for any other.
    """
    return poisson_terms(pred, counts(label, pred.dtype))


@poisson_deviance.formula
def _(m: Any, pred: Any, label: Any) -> Any:
    return 2 * (pred - label - m.times(label, m.log(pred / label) if label else 0))


poisson_deviance.case(pred=[0.5, 2, 3, 1], label=[0, 1, 4, 2], expect=0.6719377)
poisson_deviance.case(pred=[2.0, 1.0], label=[0.0, 1.0], expect="2")
