"""scikit-learn: the further metrics of classes in sklearn.metrics."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ... import draw
from ...ask import Question, Variant, answered, grid
from ...case import Case, Raised
from ...draw import FLOATS, Data, Rng
from ..sklearn import BINARY, LOGS, MEAN, VERSIONS, _names, _way

__all__ = ["VERSIONS", "cases"]


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What scikit-learn answers; calls without an answer go to `raises`."""
    return answered("sklearn", _questions(rng), _names, raises)


def _questions(rng: Rng) -> Iterator[Question]:
    for dtype in FLOATS:
        n, c = draw.sizes(rng)
        binary = [data for data in draw.binary_probs(rng, n, c, dtype) if data.name in BINARY]
        classes = [data for data in draw.class_probs(rng, n, c, dtype) if not data.name.startswith("label-")]
        for name, datas, labels in (("binary", binary, "[0, 1]"), ("classes", classes, f"range({c})")):
            way = _way("log_loss", "log_loss", LOGS, options=f"labels={labels}")
            yield from grid(way.named(f"log_loss-{name}"), datas, rng, None)
            yield from grid(_brier(f"labels={labels}").named(f"brier_score_loss-{name}"), datas, rng, None)
        scores = [data for data in draw.class_logits(rng, n, c, dtype) if _known(data)]
        way = _way("multiclass_hinge", "hinge_loss", MEAN, options=f"labels=range({c})")
        yield from grid(way, scores, rng, None)
        variants = tuple(Variant(f"k={k}", {"k": k}, only=("plain", "ties")) for k in (1, 3))
        way = _way(
            "top_k_error", "top_k_accuracy_score", {"mean": "1 - CALL"}, options=f"labels=range({c})", variants=variants
        )
        yield from grid(way, [*scores, _ties(rng, n, c, dtype)], rng, None)
    yield from _decided(rng)
    yield from _ranked(rng)


def _ranked(rng: Rng) -> Iterator[Question]:
    """Of predictions of other kinds only the order decides."""
    n, c = draw.sizes(rng)
    probs = [data for data in draw.class_probs(rng, n, c, np.float64) if data.name == "plain"]
    logs = [replace(data, pred=np.log(data.pred)) for data in probs]
    logits = [data for data in draw.class_logits(rng, n, c, np.float64) if data.name == "plain"]
    for kind, datas in (("probs", probs), ("logprobs", logs), ("logits", logits)):
        way = _way(
            "top_k_error", "top_k_accuracy_score", {"mean": "1 - CALL"}, options=f"labels=range({c})",
            variants=(Variant("k=2", {"k": 2}),), arguments={"input": kind},
        )  # fmt: skip
        yield from grid(way.named(f"top_k_accuracy_score-{kind}"), datas, rng, None)


def _brier(options: str) -> draw.Any:
    variants = (
        Variant("scale_by_half=True", {"scale_by_half": "yes"}),
        Variant("scale_by_half=False", {"scale_by_half": "no"}),
    )
    return _way("brier", "brier_score_loss", MEAN, options=options, variants=variants)


def _known(data: Data) -> bool:
    return "inf" not in data.name and not data.name.startswith("label-")


def _ties(rng: Rng, n: int, c: int, dtype: draw.Dtype) -> Data:
    return Data("ties", rng.integers(0, 3, (n, c)).astype(dtype), draw.classes(rng, n, c))


def _decided(rng: Rng) -> Iterator[Question]:
    """Labels that were decided, of two classes and of several."""
    n, c = draw.sizes(rng)
    two = Data("plain", rng.integers(0, 2, n), draw.hard(rng, (n,), np.float64).astype(int))
    several = Data("several", rng.integers(0, c, n), draw.classes(rng, n, c))
    matrix = Data("columns", rng.integers(0, 2, (n, c)), draw.hard(rng, (n, c), np.float64).astype(int))
    for loss, name, reductions in (("zero_one", "zero_one_loss", LOGS), ("hamming", "hamming_loss", MEAN)):
        way = _way(loss, name, reductions, arguments={"input": "classes"})
        yield from grid(way, [two, several], rng, None)
        if loss == "zero_one":
            way = replace(way, arguments={**way.arguments, "activation": "sigmoid"})
        yield from grid(way.named(f"{name}-matrix"), [matrix], rng, None)
