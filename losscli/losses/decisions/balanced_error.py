import math
from collections.abc import Sequence
from typing import Any

from ...core.loss import NONNEGATIVE, Paper, call, loss
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
    "balanced_error",
    aliases=("balanced_error_rate", "ber"),
    best=0.0,
    formula="1 - mean over classes of hits / labels",
    unit="",
    facts={NONNEGATIVE},
    source=Paper(
        "Brodersen et al. 2010, The balanced accuracy and its posterior distribution", "doi:10.1109/ICPR.2010.764"
    ),
    like={
        "sklearn": call(
            "1 - sklearn.metrics.balanced_accuracy_score(labels, classes, sample_weight=)",
            input="classes",
            form="match",
        ),
    },
    elsewhere={"catboost": "BalancedErrorRate; BalancedAccuracy is one less it"},
    errata="It is one minus the balanced accuracy: a model that always says the same class has 0.5 of two classes.",
    **DECISIONS,
)
def balanced_error(
    pred: Array,
    label: Array,
    *,
    input: str,
    form: str,
    threshold: Threshold = None,
    seen: Seen = None,
) -> tuple[Array, ...]:
    """Mean over classes of the share of their labels that are decided wrongly: one minus the balanced accuracy.

    Use it in place of zero_one where classes differ in size and each should count alike.
    Shapes: pred and label (n,); pred (n, c) with class numbers (n,), where the largest prediction decides, the first
    of equal ones; decided classes are --input classes, beside labels of the same numbers.
    Notes: a prediction equal to the threshold says 0. A class without labels does not count. There is no loss a row:
    take zero_one.
    """
    return confusion_terms(pred, label, input, form, threshold, seen)


balanced_error.prepare(when=WHEN)(classes_that_occur)


@balanced_error.finish()
def _(sums: Sequence[float], *, seen: Array | None, **_: Any) -> float:
    counts = confusion(sums, seen)
    rates = [hits / labels for hits, labels in zip(counts.hits, counts.labels, strict=True) if labels]
    return 1.0 - math.fsum(rates) / len(rates) if rates else math.nan


@balanced_error.formula
def _(m: Any, pred: Any, label: Any, *, input: str, form: str, threshold: Any, **_: Any) -> Any:
    if not isinstance(pred, tuple):
        return NotImplemented  # of all rows; of one row there is none
    counts = exact_counts(pred, label, input, form, threshold).values()
    rates = [m.number(hits) / labels for hits, _, labels in counts if labels]
    return 1 - sum(rates) / len(rates)


balanced_error.case(pred=[0.9, 0.6, 0.2, 0.7], label=[1, 0, 1, 1], expect="1 - (0 + 2 / 3) / 2")
balanced_error.case(pred=[2, 0, 1, 1], label=[2, 0, 0, 1], input="classes", expect="1 - (1 / 2 + 1 + 1) / 3")
balanced_error.case(pred=[[0.4, 0.6], [0.3, 0.7]], label=[0, 1], expect="0.5")
