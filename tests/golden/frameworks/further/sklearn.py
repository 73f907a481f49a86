"""scikit-learn: scores of decisions, and of the order of items."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ... import draw
from ...ask import Question, Variant, Way, answered, grid
from ...case import Case, Raised
from ...draw import FLOATS, Data, Rng
from ..order.sklearn import VERSIONS, _names

__all__ = ["VERSIONS", "cases"]

WEIGHTS = "sample_weight=w"
AVERAGED = {"f1_score": "f_score", "precision_score": "precision_score", "recall_score": "recall_score",
            "jaccard_score": "jaccard_score"}  # fmt: skip
WHOLE = {"matthews_corrcoef": "mcc", "cohen_kappa_score": "cohen_kappa", "balanced_accuracy_score": "balanced_error"}


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What scikit-learn answers; calls without an answer go to `raises`."""
    return answered("sklearn", _questions(rng), _names, raises)


def _questions(rng: Rng) -> Iterator[Question]:
    for dtype in FLOATS:
        n, c = draw.sizes(rng)
        label = draw.hard(rng, (n, c), dtype)
        label[0], label[1] = 0, 1
        ties = np.round(draw.numbers(rng, (n, c), dtype))
        lists = [Data("plain", draw.numbers(rng, (n, c), dtype), label), Data("ties", ties, label)]
        way = Way("coverage_error", "coverage_error", _call("coverage_error"), {"mean": ""}, weights=WEIGHTS)
        yield from grid(way, lists, rng, None)
        grades = rng.integers(0, 4, (n, c)).astype(dtype)
        grades[0] = 0
        ranked = [Data("plain", draw.numbers(rng, (n, c), dtype), grades), Data("ties", ties, grades)]
        cut = tuple(Variant(f"k={k}", {"k": k}, only=("plain", "ties")) for k in (1, 2))
        last = (Variant("ignore_ties=True", {"ties": "last"}, only=("plain",)),)  # of ties it follows an unstable sort
        way = Way("ndcg", "ndcg_score", _call("ndcg_score"), {"mean": ""}, weights=WEIGHTS, variants=(*cut, *last))
        yield from grid(way, ranked, rng, None)
    for count in (2, 3, 5):
        yield from _decisions(rng, count)


def _decisions(rng: Rng, count: int) -> Iterator[Question]:
    """Predicted classes beside others."""
    n = 40
    label = rng.integers(0, count, n)
    right = rng.random(n) < 0.6
    data = [Data("plain", np.where(right, label, rng.integers(0, count, n)), label)]
    missed = np.where(label == count - 1, 0, label)  # a class that is never decided
    data.append(Data("never", missed, label))
    averages = ("macro", "micro", "weighted", *(("binary",) if count == 2 else ()))
    variants = tuple(Variant(f"average='{a}'", {"average": a}, only=("plain", "never")) for a in averages)
    for name, loss in AVERAGED.items():
        way = Way(loss, f"{name}-{count}", _call(name), {"mean": ""}, weights=WEIGHTS, variants=variants,
                  arguments={"input": "classes"}, base=count == 2)  # fmt: skip
        yield from grid(way, data, rng, None)
        if name == "f1_score":
            halves = tuple(
                Variant(f"beta={b}, average='macro'", {"beta": b, "average": "macro"}, only=("plain",))
                for b in (0.5, 2.0)
            )
            way = Way(loss, f"fbeta_score-{count}", _call("fbeta_score"), {"mean": ""}, variants=halves,
                      arguments={"input": "classes"}, base=False)  # fmt: skip
            yield from grid(way, data, rng, None)
    for name, loss in WHOLE.items():
        minus = "1 - " if loss == "balanced_error" else ""
        way = Way(loss, f"{name}-{count}", minus + _call(name), {"mean": ""}, weights=WEIGHTS,
                  arguments={"input": "classes"})  # fmt: skip
        yield from grid(way, data, rng, None)


def _call(name: str) -> str:
    return f"metrics.{name}(label, pred{{more}}{{weights}})"
