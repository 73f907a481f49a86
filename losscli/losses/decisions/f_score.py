from collections.abc import Sequence
from typing import Annotated, Any

from ...core.declarations.domain import Interval, inf
from ...core.declarations.param import Param
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
    "f_score",
    aliases=("f1", "f1_score", "fbeta", "fbeta_score", "f_beta", "fscore", "f_measure"),
    best=1.0,
    formula="(1 + b^2) hits / (b^2 labels + decisions),  of each class",
    unit="",
    facts={NONNEGATIVE},
    source=Paper("van Rijsbergen 1979, Information retrieval, chapter 7"),
    like={
        "sklearn": (
            call(
                "sklearn.metrics.f1_score(labels, classes, sample_weight=, average=)",
                input="classes",
                form="match",
                accepts=lambda given: given.get("beta", 1.0) == 1.0,
            ),
            call(
                "sklearn.metrics.fbeta_score(labels, classes, beta=, sample_weight=, average=)",
                input="classes",
                form="match",
            ),
        ),
    },
    elsewhere={"torchmetrics": "fbeta_score", "catboost": "F1, F:beta=", "keras": "keras.metrics.FBetaScore"},
    errata="It is of class 1 unless --average is said.",
    **DECISIONS,
)
def f_score(
    pred: Array,
    label: Array,
    *,
    input: str,
    form: str,
    beta: Annotated[
        float,
        Param("how much recall counts beside precision", Interval(0, inf, "left"), usual=(0.5, 1.0, 2.0)),
    ] = 1.0,
    average: Average = "binary",
    threshold: Threshold = None,
    seen: Seen = None,
) -> tuple[Array, ...]:
    """F-score: the harmonic mean of precision and recall of decisions.

    Use it where one class is rare and its hits count; it does not see how sure a prediction was, so train and compare
    with a cross entropy. Larger is better.
    Shapes: pred and label (n,); pred (n, c) with class numbers (n,), where the largest prediction decides, the first
    of equal ones; decided classes are --input classes, beside labels of the same numbers.
    Notes: a prediction equal to the threshold says 0. A class that is neither decided nor a label anywhere does not
    count; where nothing can be divided the score is 0. There is no score a row: take zero_one.
    """
    return confusion_terms(pred, label, input, form, threshold, seen, average)


f_score.prepare(when=WHEN)(classes_that_occur)


@f_score.finish()
def _(sums: Sequence[float], *, beta: float, average: str, seen: Array | None, **_: Any) -> float:
    square = beta * beta

    def score(hits: float, decided: float, labels: float) -> float:
        return quotient((1.0 + square) * hits, square * labels + decided)

    return confusion(sums, seen).averaged(average, score)


@f_score.formula
def _(
    m: Any, pred: Any, label: Any, *, input: str, form: str, beta: Any, average: str, threshold: Any, seen: Any = None
) -> Any:
    if not isinstance(pred, tuple):
        return NotImplemented  # of all rows; of one row there is none
    counts = exact_counts(pred, label, input, form, threshold)
    return exact_average(
        m, counts, average, lambda hits, decided, labels: ((1 + beta**2) * hits, beta**2 * labels + decided)
    )


f_score.case(pred=[0.9, 0.6, 0.2, 0.7], label=[1, 0, 1, 1], expect="4 / 6")
f_score.case(pred=[0.9, 0.6, 0.2, 0.7], label=[1, 0, 1, 1], beta=2, expect="10 / (12 + 3)")
f_score.case(pred=[0.9, 0.6, 0.2, 0.7], label=[1, 0, 1, 1], weight=[2, 1, 1, 1], expect="6 / 8")
_P, _Y = [2, 0, 1, 1, 2, 0], [2, 0, 0, 1, 1, 2]
f_score.case(pred=_P, label=_Y, input="classes", average="macro", expect="1 / 2")
f_score.case(pred=_P, label=_Y, input="classes", average="micro", expect="1 / 2")
f_score.case(pred=[2, 0, 1, 1], label=[2, 0, 0, 1], input="classes", average="macro", expect="(2 / 3 + 2 / 3 + 1) / 3")
f_score.case(
    pred=[2, 0, 1, 1], label=[2, 0, 0, 1], input="classes", average="weighted", expect="(2 * 2 / 3 + 2 / 3 + 1) / 4"
)
