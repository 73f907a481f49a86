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
    "recall_score",
    aliases=("recall", "sensitivity", "true_positive_rate", "tpr"),
    best=1.0,
    formula="hits / labels,  of each class",
    unit="",
    facts={NONNEGATIVE},
    source=Paper("van Rijsbergen 1979, Information retrieval, chapter 7"),
    like={
        "sklearn": call(
            "sklearn.metrics.recall_score(labels, classes, sample_weight=, average=)", input="classes", form="match"
        ),
    },
    elsewhere={"catboost": "Recall", "keras": "keras.metrics.Recall", "torchmetrics": "recall"},
    errata="It says nothing of false alarms: a model that always says a class has recall 1 of it.",
    **DECISIONS,
)
def recall_score(
    pred: Array,
    label: Array,
    *,
    input: str,
    form: str,
    average: Average = "binary",
    threshold: Threshold = None,
    seen: Seen = None,
) -> tuple[Array, ...]:
    """Recall: of what is of a class, the share that is decided to be.

    Use it beside precision_score, never alone; f_score is of both. Larger is better.
    Shapes: pred and label (n,); pred (n, c) with class numbers (n,), where the largest prediction decides, the first
    of equal ones; decided classes are --input classes, beside labels of the same numbers.
    Notes: a prediction equal to the threshold says 0. A class that is decided and never a label has recall 0, one that
    does not occur at all does not count. There is no score a row: take zero_one.
    """
    return confusion_terms(pred, label, input, form, threshold, seen, average)


recall_score.prepare(when=WHEN)(classes_that_occur)


@recall_score.finish()
def _(sums: Sequence[float], *, average: str, seen: Array | None, **_: Any) -> float:
    return confusion(sums, seen).averaged(average, lambda hits, decided, labels: quotient(hits, labels))


@recall_score.formula
def _(m: Any, pred: Any, label: Any, *, input: str, form: str, average: str, threshold: Any, **_: Any) -> Any:
    if not isinstance(pred, tuple):
        return NotImplemented  # of all rows; of one row there is none
    counts = exact_counts(pred, label, input, form, threshold)
    return exact_average(m, counts, average, lambda hits, decided, labels: (hits, labels))


recall_score.case(pred=[0.9, 0.6, 0.2, 0.7], label=[1, 0, 1, 1], expect="2 / 3")
recall_score.case(pred=[2, 0, 1, 1], label=[2, 0, 0, 1], input="classes", average="macro", expect="(1 / 2 + 1 + 1) / 3")
recall_score.case(pred=[0.1, 0.9], label=[0, 0], expect="0")
