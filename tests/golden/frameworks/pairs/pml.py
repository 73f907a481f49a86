"""PyTorch Metric Learning: NTXentLoss, SupConLoss, CircleLoss and MultiSimilarityLoss."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytorch_metric_learning
import torch
from pytorch_metric_learning import losses

from ...ask import Question, Variant, Way, answered, grid
from ...case import Case, Raised
from ...draw import FLOATS, Rng
from ..torch import names
from ._embeddings import classes

VERSIONS = {"pytorch_metric_learning": pytorch_metric_learning.__version__, "torch": torch.__version__}


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What it answers; calls without an answer go to `raises`."""
    return answered("pml", _questions(rng), _names, raises)


def _names(question: Question) -> dict[str, Any]:
    return names(question) | {"losses": losses}


def _questions(rng: Rng) -> Iterator[Question]:
    every = ("plain", "alone", "several", "near")
    cooler = tuple(Variant(f"temperature={t}", {"temperature": t}, only=every) for t in (0.2, 1.0))
    rounder = (
        Variant("m=0.25, gamma=32.0", {"margin": 0.25, "gamma": 32.0}, only=every),
        Variant("m=0.0, gamma=1.0", {"margin": 0.0, "gamma": 1.0}, only=every),
    )
    for dtype in FLOATS:
        for loss, name, variants in (
            ("ntxent", "NTXentLoss", cooler),
            ("supcon", "SupConLoss", cooler),
            ("circle", "CircleLoss", rounder),
        ):
            way = Way(loss, name, f"losses.{name}({{args}})(pred, label)", {"mean": ""}, variants=variants)
            yield from grid(way, list(classes(rng, dtype)), rng, None)
    sharper = (
        Variant("alpha=1.0, beta=10.0, base=0.0", {"alpha": 1.0, "beta": 10.0, "base": 0.0}, only=every),
        Variant("alpha=5.0, beta=40.0, base=1.0", {"alpha": 5.0, "beta": 40.0, "base": 1.0}, only=every),
    )
    for dtype in FLOATS:  # after the others, whose data stay what they were
        call = "losses.MultiSimilarityLoss({args})(pred, label)"
        way = Way("multi_similarity", "MultiSimilarityLoss", call, {"mean": ""}, variants=sharper)
        yield from grid(way, list(classes(rng, dtype)), rng, None)
