"""MONAI: ContrastiveLoss."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...ask import Question, Variant, Way, answered, grid
from ...case import Case, Raised
from ...draw import FLOATS, Rng
from ..monai import VERSIONS
from ..monai import losses as monai_losses
from ..torch import names
from ._embeddings import views

__all__ = ["VERSIONS", "cases"]


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What MONAI answers; calls without an answer go to `raises`."""
    return answered("monai", _questions(rng), _names, raises)


def _names(question: Question) -> dict[str, Any]:
    return names(question) | {"losses": monai_losses}


def _questions(rng: Rng) -> Iterator[Question]:
    variants = tuple(Variant(f"temperature={t}", {"temperature": t}, only=("plain", "near")) for t in (0.07, 1.0))
    way = Way(
        "ntxent", "ContrastiveLoss", "losses.ContrastiveLoss({args})(pred, other)", {"mean": ""}, variants=variants
    )
    for dtype in FLOATS:
        yield from grid(way, list(views(rng, dtype)), rng, None)
