import math
from collections.abc import Sequence
from typing import Any

from ...core.errors import DataProblem
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
)


@loss(
    "cohen_kappa",
    aliases=("kappa", "cohen_kappa_score", "cohens_kappa"),
    best=1.0,
    formula="(share of hits - e) / (1 - e),  e = sum over classes of decisions x labels / n^2",
    unit="",
    facts=(),
    source=Paper("Cohen 1960, A coefficient of agreement for nominal scales", "doi:10.1177/001316446002000104"),
    like={
        "sklearn": call(
            "sklearn.metrics.cohen_kappa_score(labels, classes, sample_weight=)", input="classes", form="match"
        ),
    },
    elsewhere={"catboost": "Kappa", "torchmetrics": "cohen_kappa"},
    errata="Kappas with weights for classes that are near each other (linear, quadratic) are other numbers.",
    **DECISIONS,
)
def cohen_kappa(
    pred: Array,
    label: Array,
    *,
    input: str,
    form: str,
    threshold: Threshold = None,
    seen: Seen = None,
) -> tuple[Array, ...]:
    """Agreement of decisions and labels beyond what their frequencies give by chance.

    Use it for ratings and labels of two raters; mcc has another divisor and is near it. Larger is better.
    Shapes: pred and label (n,); pred (n, c) with class numbers (n,), where the largest prediction decides, the first
    of equal ones; decided classes are --input classes, beside labels of the same numbers.
    Notes: a prediction equal to the threshold says 0. Where all decisions and all labels are of one class it is an
    error, since nothing can be said beyond chance. There is no score a row: take zero_one.
    """
    return confusion_terms(pred, label, input, form, threshold, seen)


cohen_kappa.prepare(when=WHEN)(classes_that_occur)


@cohen_kappa.finish()
def _(sums: Sequence[float], *, seen: Array | None, **_: Any) -> float:
    counts = confusion(sums, seen)
    n = counts.rows
    chance = math.fsum(p * t for p, t in zip(counts.decided, counts.labels, strict=True))
    if n and n * n == chance:
        raise DataProblem(
            "All decisions and all labels are of one class, so chance explains everything.", "Take zero_one."
        )
    return (n * math.fsum(counts.hits) - chance) / (n * n - chance) if n else math.nan


@cohen_kappa.formula
def _(m: Any, pred: Any, label: Any, *, input: str, form: str, threshold: Any, **_: Any) -> Any:
    if not isinstance(pred, tuple):
        return NotImplemented  # of all rows; of one row there is none
    counts = exact_counts(pred, label, input, form, threshold).values()
    n = sum(labels for _, _, labels in counts)
    chance = sum(decided * labels for _, decided, labels in counts)
    return m.number(n * sum(hits for hits, _, _ in counts) - chance) / (n * n - chance)


cohen_kappa.case(pred=[0.9, 0.6, 0.2, 0.7], label=[1, 0, 1, 1], expect="(4 * 2 - 10) / (16 - 10)")
cohen_kappa.case(pred=[2, 0, 1, 1], label=[2, 0, 0, 1], input="classes", expect="(4 * 3 - 5) / (16 - 5)")
