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
    "jaccard_score",
    aliases=("jaccard_index_of_decisions", "critical_success_index", "csi", "threat_score"),
    best=1.0,
    formula="hits / (labels + decisions - hits),  of each class",
    unit="",
    facts={NONNEGATIVE},
    source=Paper(
        "Jaccard 1912, The distribution of the flora in the alpine zone", "doi:10.1111/j.1469-8137.1912.tb05611.x"
    ),
    like={
        "sklearn": call(
            "sklearn.metrics.jaccard_score(labels, classes, sample_weight=, average=)", input="classes", form="match"
        ),
    },
    elsewhere={"torchmetrics": "jaccard_index"},
    errata="Forecasters call it critical success index or threat score. The loss jaccard is of masks.",
    **DECISIONS,
)
def jaccard_score(
    pred: Array,
    label: Array,
    *,
    input: str,
    form: str,
    average: Average = "binary",
    threshold: Threshold = None,
    seen: Seen = None,
) -> tuple[Array, ...]:
    """Jaccard index of decisions: hits relative to all rows that are of a class or decided to be.

    Use it like f_score, than which it is lower; of warnings, to count hits, misses and false alarms. Larger is better.
    Shapes: pred and label (n,); pred (n, c) with class numbers (n,), where the largest prediction decides, the first
    of equal ones; decided classes are --input classes, beside labels of the same numbers.
    Notes: a prediction equal to the threshold says 0. A class that is neither decided nor a label anywhere does not
    count; where nothing can be divided the score is 0. There is no score a row: take zero_one.
    """
    return confusion_terms(pred, label, input, form, threshold, seen, average)


jaccard_score.prepare(when=WHEN)(classes_that_occur)


@jaccard_score.finish()
def _(sums: Sequence[float], *, average: str, seen: Array | None, **_: Any) -> float:
    def score(hits: float, decided: float, labels: float) -> float:
        return quotient(hits, decided + labels - hits)

    return confusion(sums, seen).averaged(average, score)


@jaccard_score.formula
def _(m: Any, pred: Any, label: Any, *, input: str, form: str, average: str, threshold: Any, **_: Any) -> Any:
    if not isinstance(pred, tuple):
        return NotImplemented  # of all rows; of one row there is none
    counts = exact_counts(pred, label, input, form, threshold)
    return exact_average(m, counts, average, lambda hits, decided, labels: (hits, decided + labels - hits))


jaccard_score.case(pred=[0.9, 0.6, 0.2, 0.7], label=[1, 0, 1, 1], expect="2 / 4")
jaccard_score.case(
    pred=[2, 0, 1, 1], label=[2, 0, 0, 1], input="classes", average="macro", expect="(1 / 2 + 1 / 2 + 1) / 3"
)
