from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Choice
from ...core.declarations.param import Param
from ...core.errors import UsageProblem
from ...core.loss import NONNEGATIVE, ZERO_AT_PERFECT, Paper, Rows, call, loss
from ...core.scratch import Array
from .._classes import ClassWeights, IgnoreIndex
from ._cross_entropy import cross_entropy


@loss(
    "nll",
    aliases=("nll_loss", "negative_log_likelihood"),
    family="multiclass",
    pred=("logprobs",),
    label=("index", "distribution", "none"),
    pred_dims=(1, 2),
    formula="-pred of the label's class",
    unit="nats",
    facts={NONNEGATIVE, ZERO_AT_PERFECT},
    source=Paper("Good 1952, Rational decisions", "doi:10.1111/j.2517-6161.1952.tb00104.x"),
    like={
        "torch": call(
            "torch.nn.functional.nll_loss(logprobs, labels)",
            form="index",
            denominator="weights",
            weights=False,
            ignore_index=-100,
            formula="plain",
        ),
    },
    errata="torch's nll_loss does not check that it is given logarithms: of probabilities it is a negative number.",
    example="digits/logprobs.npy digits/labels.npy",
)
def nll(
    pred: Array,
    label: Array | None,
    *,
    form: str,
    dtype: np.dtype[Any],
    class_weights: ClassWeights = None,
    ignore_index: IgnoreIndex = None,
    formula: Annotated[
        str,
        Param("exact, or plain: a class weight of 0 times inf is NaN", Choice("exact", "plain"), knob=True),
    ] = "exact",
) -> Array | Rows:
    """Negative log-likelihood: minus the log-probability that a row gave its label.

    Use it where a model wrote log-probabilities, of all classes or of the labels alone (of tokens, say); from logits
    take softmax_cross_entropy, from probabilities log_loss.
    Shapes: pred (n, c) with class numbers (n,) or label rows (n, c); or pred (n,) without labels, the log-probabilities
    of the labels themselves. Class weights w count as sum_c w_c label_c in the denominator.
    Notes: a log-probability of -inf costs inf. Rows of log-probabilities are not made to sum to one.
    """
    if form == "none":
        if pred.ndim > 1:
            raise UsageProblem(
                f"nll of {pred.shape[1]} log-probabilities a row needs labels.",
                "Give labels too; without labels predictions are one log-probability a row.",
            )
        if class_weights is not None or ignore_index is not None:
            raise UsageProblem("class_weights and ignore_index are for labels, and there are none.")
        return np.negative(pred)
    assert label is not None
    return cross_entropy(
        pred,
        label,
        "logprobs",
        form,
        dtype,
        class_weights=class_weights,
        ignore_index=ignore_index,
        formula=formula,
    )


@nll.formula
def _(m: Any, pred: Any, label: Any, *, form: str, class_weights: Any) -> Any:
    if form == "none":
        return -pred
    weights = (
        class_weights
        if isinstance(class_weights, tuple)
        else [1 if class_weights is None else class_weights] * len(pred)
    )
    truth = m.onehot(label, len(pred)) if form == "index" else label
    return -m.sum(m.times(w * y, log) for w, y, log in zip(weights, truth, pred, strict=True))


_L = [[-0.2, -2.0, -3.0], [-1.5, -0.5, -2.0], [-1.0, -1.25, -1.0]]
nll.case(pred=_L, label=[0, 1, 1], expect=0.65)
nll.case(pred=_L, label=[0, 1, 1], class_weights=(1, 2, 5), expect="(0.2 + 1 + 2.5) / 5")
nll.case(pred=_L, label=[0, 1, -100], ignore_index=-100, expect=0.35)
nll.case(pred=[-0.5, -1.5, -0.25], weight=[1, 1, 2], expect="2.5 / 4")
