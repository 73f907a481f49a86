"""Keras 3: the further loss classes of classes."""

from __future__ import annotations

from collections.abc import Iterator

from ... import draw
from ...ask import Question, Variant, answered, grid
from ...case import Case, Raised
from ...draw import FLOATS, Rng
from ..keras import SOME, VERSIONS, _class, _names

__all__ = ["VERSIONS", "cases"]


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What Keras answers; calls without an answer go to `raises`."""
    return answered("keras", _questions(rng), _names, raises)


def _questions(rng: Rng) -> Iterator[Question]:
    for dtype in FLOATS:
        n, c = draw.sizes(rng)
        for low, name in ((-1, "SquaredHinge"), (0, "SquaredHinge-01")):
            yield from grid(
                _class("squared_hinge", "SquaredHinge").named(name), draw.scores(rng, n, c, dtype, low), rng, SOME
            )
        scores = list(draw.class_logits(rng, n, c, dtype))
        onehot = [data for data in draw.as_rows(rng, iter(scores), dtype) if "inf" not in data.name]
        yield from grid(_class("categorical_hinge", "CategoricalHinge"), onehot, rng, SOME)
        probs = [data for data in draw.class_probs(rng, n, c, dtype) if not data.name.startswith("label-")]
        variants = tuple(Variant(f"q={q}", {"q": q}) for q in (0.3, 0.7))
        way = _class("generalized_cross_entropy", "CategoricalGeneralizedCrossEntropy", variants=variants)
        yield from grid(way, probs, rng, SOME)
