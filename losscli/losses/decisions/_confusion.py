"""Scores of decisions: how often each class is decided, how often it is the label, and how often both.

They are functions of these sums alone, of yes-or-no decisions, of the largest of several scores, and of decided
classes, whose numbers a first pass over the data collects.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import numpy as np

from ...core.declarations.domain import Choice
from ...core.declarations.param import Param, Role
from ...core.errors import BadValue, UsageProblem
from ...core.loss import Blocks
from ...core.record import record
from ...core.scratch import Array
from ..binary._decisions import KINDS, THRESHOLD

DECISIONS: dict[str, Any] = {
    "family": "calibration and decisions",
    "pred": KINDS,
    "label": ("index", "match"),
    "pred_dims": (1, 2),
    "reductions": ("mean",),
    "single": False,
    "example": "cancer/probs.npy cancer/labels.npy",
}
AVERAGE = Param(
    "binary: of class 1; macro: the mean of the classes'; micro: of the sums over classes; weighted: the mean, "
    "weighted by how many labels a class has",
    Choice("binary", "macro", "micro", "weighted"),
)
Threshold = Annotated[float | None, THRESHOLD]
Average = Annotated[str, AVERAGE]
Seen = Annotated[Array | None, Role("the classes that occur", "(k,)", rows=False, internal=True)]
_MOST = 2_000  # classes: three sums each
WHEN: Callable[[Any], bool] = lambda given: given["input"] == "classes" and given.get("seen") is None  # noqa: E731


def classes_that_occur(blocks: Blocks, **_: Any) -> dict[str, Array]:
    """The numbers of the classes among decisions and labels."""
    seen = np.zeros(0)
    for block in blocks:
        for role in ("pred", "label"):
            values = np.asarray(block[role], dtype=np.float64)
            seen = np.union1d(seen, values[np.isfinite(values)])
        if len(seen) > _MOST:
            raise BadValue(
                "label", 0, f"more than {_MOST} different classes occur", "Is it --input probs or --input scores?"
            )
    return {"seen": seen}


def confusion_terms(
    pred: Array,
    label: Array,
    input: str,
    form: str,
    threshold: float | None,
    seen: Array | None,
    average: str = "macro",
) -> tuple[Array, ...]:
    """Of each class whether a row is it and decided as it; then whether it is decided as it; then whether it is it."""
    unknown = np.isnan(pred) if pred.ndim == 1 else np.isnan(pred).any(axis=1)
    decided, truth, classes = _decided(pred, label, input, form, threshold, seen)
    of_pred, of_label = decided[:, None] == classes, truth[:, None] == classes
    if average == "binary" and len(classes) and not set(classes.tolist()) <= {0.0, 1.0}:
        raise UsageProblem(
            "--average binary is for two classes, 0 and 1, and here are others.",
            "Say --average macro, micro or weighted.",
            options=("average",),
        )
    parts = (of_pred & of_label, of_pred, of_label)
    return tuple(np.where(unknown, np.nan, part[:, k]) for part in parts for k in range(len(classes)))


def _decided(
    pred: Array, label: Array, input: str, form: str, threshold: float | None, seen: Array | None
) -> tuple[Array, Array, Array]:
    """The decision of each row, its label, and all classes."""
    if form == "index":
        if input == "classes":
            raise UsageProblem("Predicted classes stand one beside each label; several columns are scores or probs.")
        if threshold is not None:
            raise UsageProblem("--threshold is for one prediction a label; of several classes the largest is taken.")
        return pred.argmax(axis=1), label, np.arange(pred.shape[1])
    if pred.ndim == 2 and pred.shape[1] > 1:
        raise UsageProblem(
            f"Labels of {pred.shape[1]} columns are several tasks.",
            "Name one column with --pred and --label, or give class numbers beside a column of predictions a class.",
        )
    pred, label = pred.reshape(len(pred)), label.reshape(len(pred))
    if input == "classes":
        if threshold is not None:
            raise UsageProblem("--threshold is for scores and probabilities; classes are compared as they are.")
        rough = (np.floor(pred) != pred) & ~np.isnan(pred)
        if rough.any():
            at = int(np.argmax(rough))
            raise BadValue("pred", at, f"{pred[at]:.6g} is not a class number", "Probabilities are --input probs.")
        return pred, label, np.union1d(pred, label) if seen is None else seen
    beyond = (label != 0) & (label != 1)
    if beyond.any():
        at = int(np.argmax(beyond))
        hint = "Class numbers need one column of predictions a class, or predicted classes with --input classes."
        raise BadValue("label", at, f"{label[at]:.6g} is not 0 or 1", hint)
    limit = threshold if threshold is not None else 0.5 if input == "probs" else 0.0
    return (pred > limit).astype(np.int64), label, np.arange(2)


@record
class Confusion:
    """The sums of the classes that occur, by their places: hits, decisions and labels; and of all rows."""

    hits: tuple[float, ...]
    decided: tuple[float, ...]
    labels: tuple[float, ...]
    classes: tuple[float, ...]

    @property
    def rows(self) -> float:
        """The sum of the weights of all rows."""
        return math.fsum(self.labels)

    def averaged(self, average: str, score: Callable[[float, float, float], float]) -> float:
        """A score of hits, decisions and labels of one class, as a score of all."""
        if average == "micro":
            return score(math.fsum(self.hits), math.fsum(self.decided), math.fsum(self.labels))
        if average == "binary":
            at = self.classes.index(1.0) if 1.0 in self.classes else None
            return score(0.0, 0.0, 0.0) if at is None else score(self.hits[at], self.decided[at], self.labels[at])
        each = [score(*sums) for sums in zip(self.hits, self.decided, self.labels, strict=True)]
        if average == "macro":
            return math.fsum(each) / len(each) if each else math.nan
        return quotient(math.fsum(value * count for value, count in zip(each, self.labels, strict=True)), self.rows)


def confusion(sums: Sequence[float], seen: Array | None) -> Confusion:
    """The sums of the classes that occur."""
    count = len(sums) // 3
    numbers = [float(k) for k in (range(count) if seen is None else seen)]
    every = [(sums[k], sums[count + k], sums[2 * count + k], numbers[k]) for k in range(count)]
    occur = [each for each in every if each[1] or each[2]]
    hits, decided, labels, classes = zip(*occur, strict=True) if occur else ((), (), (), ())
    return Confusion(hits, decided, labels, classes)


def quotient(top: float, bottom: float) -> float:
    """top / bottom, 0 where there is nothing to divide by."""
    return top / bottom if bottom else 0.0


def exact_counts(pred: Any, label: Any, input: str, form: str, threshold: Any) -> dict[int, tuple[int, int, int]]:
    """Of rows of scalars, for formulas: hits, decisions and labels of each class that occurs."""
    limit = threshold if threshold is not None else 0.5 if input == "probs" else 0.0
    if form == "index":
        decided = [row.index(max(row)) for row in pred]
    elif input == "classes":
        decided = list(map(int, pred))
    else:
        decided = [int(value > limit) for value in pred]
    truth = list(map(int, label))
    pairs = list(zip(decided, truth, strict=True))
    classes = sorted({*decided, *truth})
    return {each: (pairs.count((each, each)), decided.count(each), truth.count(each)) for each in classes}


def exact_average(
    m: Any, counts: dict[int, tuple[int, int, int]], average: str, parts: Callable[[int, int, int], tuple[Any, Any]]
) -> Any:
    """The score of all classes, for formulas; `parts` are what is divided by what of one class."""

    def score(hits: int, decided: int, labels: int) -> Any:
        top, bottom = parts(hits, decided, labels)
        return m.number(top) / bottom if bottom else m.number(0)

    if average == "binary":
        return score(*counts.get(1, (0, 0, 0)))
    if average == "micro":
        return score(*map(sum, zip(*counts.values(), strict=True)))
    shares = [labels if average == "weighted" else 1 for _, _, labels in counts.values()]
    return sum(share * score(*each) for share, each in zip(shares, counts.values(), strict=True)) / sum(shares)
