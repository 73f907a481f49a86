from collections.abc import Sequence
from typing import Any

from ...core.loss import NONNEGATIVE, Paper, call, loss
from ...core.scratch import Array
from ._confusion import (
    DECISIONS,
    WHEN,
    Average,
    Seen,
    Threshold,
    classes_that_occur,
    confusion,
    confusion_terms,
    exact_average,
    exact_counts,
    quotient,
)


@loss(
    "precision_score",
    aliases=("precision", "positive_predictive_value", "ppv"),
    best=1.0,
    formula="hits / decisions,  of each class",
    unit="",
    facts={NONNEGATIVE},
    source=Paper("van Rijsbergen 1979, Information retrieval, chapter 7"),
    like={
        "sklearn": call(
            "sklearn.metrics.precision_score(labels, classes, sample_weight=, average=)", input="classes", form="match"
        ),
    },
    elsewhere={"catboost": "Precision", "keras": "keras.metrics.Precision", "torchmetrics": "precision"},
    errata="It says nothing of labels that were missed: one right decision for a class, and no other, is precision 1.",
    **DECISIONS,
)
def precision_score(
    pred: Array,
    label: Array,
    *,
    input: str,
    form: str,
    average: Average = "binary",
    threshold: Threshold = None,
    seen: Seen = None,
) -> tuple[Array, ...]:
    """Precision: of what is decided to be of a class, the share that is.

    Use it beside recall_score, never alone; f_score is of both. Larger is better.
    Shapes: pred and label (n,); pred (n, c) with class numbers (n,), where the largest prediction decides, the first
    of equal ones; decided classes are --input classes, beside labels of the same numbers.
    Notes: a prediction equal to the threshold says 0. A class that is never decided has precision 0, one that is
    not even a label anywhere does not count. There is no score a row: take zero_one.
    """
    return confusion_terms(pred, label, input, form, threshold, seen, average)


precision_score.prepare(when=WHEN)(classes_that_occur)


@precision_score.finish()
def _(sums: Sequence[float], *, average: str, seen: Array | None, **_: Any) -> float:
    return confusion(sums, seen).averaged(average, lambda hits, decided, labels: quotient(hits, decided))


@precision_score.formula
def _(m: Any, pred: Any, label: Any, *, input: str, form: str, average: str, threshold: Any, **_: Any) -> Any:
    if not isinstance(pred, tuple):
        return NotImplemented  # of all rows; of one row there is none
    counts = exact_counts(pred, label, input, form, threshold)
    return exact_average(m, counts, average, lambda hits, decided, labels: (hits, decided))


precision_score.case(pred=[0.9, 0.6, 0.2, 0.7], label=[1, 0, 1, 1], expect="2 / 3")
precision_score.case(
    pred=[2, 0, 1, 1], label=[2, 0, 0, 1], input="classes", average="macro", expect="(1 + 1 / 2 + 1) / 3"
)
precision_score.case(pred=[0.1, 0.2], label=[1, 0], expect="0")
