import math
from collections.abc import Sequence
from typing import Any

from ...core.loss import Paper, call, loss
from ...core.scratch import Array
from ._confusion import (
    DECISIONS,
    WHEN,
    Seen,
    Threshold,
    classes_that_occur,
    confusion,
    confusion_terms,
    exact_counts,
    quotient,
)


@loss(
    "mcc",
    aliases=("matthews", "matthews_corrcoef", "matthews_correlation", "matthews_corr_coef", "phi_coefficient"),
    best=1.0,
    formula="(n hits - sum over classes of decisions x labels) / sqrt((n^2 - sum decisions^2) (n^2 - sum labels^2))",
    unit="",
    facts=(),
    source=Paper(
        "Matthews 1975, Comparison of the predicted and observed structure; Gorodkin 2004, of several classes",
        "doi:10.1016/j.compbiolchem.2004.09.006",
    ),
    like={
        "sklearn": call(
            "sklearn.metrics.matthews_corrcoef(labels, classes, sample_weight=)", input="classes", form="match"
        ),
    },
    elsewhere={
        "catboost": "MCC",
        "torchmetrics": "matthews_corrcoef",
        "smp": "MCCLoss: 1 - this, of probabilities in place of decisions",
        "monai": "MCCLoss: 1 - this, of probabilities in place of decisions",
    },
    errata="It is the correlation of decisions and labels: 0 for a model that guesses, -1 for one always wrong.",
    **DECISIONS,
)
def mcc(
    pred: Array,
    label: Array,
    *,
    input: str,
    form: str,
    threshold: Threshold = None,
    seen: Seen = None,
) -> tuple[Array, ...]:
    """Matthews correlation coefficient of decisions and labels.

    Use it as one number for decisions on classes of any size: it is near 1 only where every class is decided rightly.
    Larger is better.
    Shapes: pred and label (n,); pred (n, c) with class numbers (n,), where the largest prediction decides, the first
    of equal ones; decided classes are --input classes, beside labels of the same numbers.
    Notes: a prediction equal to the threshold says 0. It is 0 where all decisions, or all labels, are of one class.
    There is no score a row: take zero_one.
    """
    return confusion_terms(pred, label, input, form, threshold, seen)


mcc.prepare(when=WHEN)(classes_that_occur)


@mcc.finish()
def _(sums: Sequence[float], *, seen: Array | None, **_: Any) -> float:
    counts = confusion(sums, seen)
    n = counts.rows
    chance = math.fsum(p * t for p, t in zip(counts.decided, counts.labels, strict=True))
    ours = n * n - math.fsum(p * p for p in counts.decided)
    theirs = n * n - math.fsum(t * t for t in counts.labels)
    product = math.sqrt(max(ours, 0.0)) * math.sqrt(max(theirs, 0.0))
    return quotient(n * math.fsum(counts.hits) - chance, product)


@mcc.formula
def _(m: Any, pred: Any, label: Any, *, input: str, form: str, threshold: Any, **_: Any) -> Any:
    if not isinstance(pred, tuple):
        return NotImplemented  # of all rows; of one row there is none
    counts = exact_counts(pred, label, input, form, threshold).values()
    n = sum(labels for _, _, labels in counts)
    shared = n * sum(hits for hits, _, _ in counts) - sum(decided * labels for _, decided, labels in counts)
    spreads = [n * n - sum(each[k] ** 2 for each in counts) for k in (1, 2)]
    return shared / m.sqrt(m.number(spreads[0] * spreads[1])) if all(spreads) else m.number(0)


mcc.case(pred=[0.9, 0.6, 0.2, 0.7], label=[1, 0, 1, 1], expect="(2 * 0 - 1 * 1) / sqrt(3 * 3 * 1 * 1)")
mcc.case(pred=[2, 0, 1, 1], label=[2, 0, 0, 1], input="classes", expect="(4 * 3 - 5) / sqrt(10 * 10)")
mcc.case(pred=[0.9, 0.8], label=[1, 0], expect="0")
