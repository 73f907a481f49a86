"""Optax: the further losses of classes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ... import draw
from ...ask import Question, Variant, answered, grid
from ...case import Case, Raised
from ...draw import FLOATS, Data, Rng
from ..optax import VERSIONS, _names, _way

__all__ = ["VERSIONS", "cases"]


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What Optax answers; calls without an answer go to `raises`."""
    return answered("optax", _questions(rng), _names, raises)


def _questions(rng: Rng) -> Iterator[Question]:
    n, c = draw.sizes(rng)
    for dtype in FLOATS:
        logits = [data for data in draw.class_logits(rng, n, c, dtype) if not data.name.startswith("label-")]
        finite = [data for data in logits if "inf" not in data.name]
        yield from grid(_way("multiclass_hinge", "multiclass_hinge_loss"), finite, rng)
        onehot = list(draw.as_rows(rng, iter(logits), dtype))
        variants = tuple(Variant(f"epsilon={eps}", {"eps": eps}) for eps in (-1.0, 0.5))
        yield from grid(_way("poly", "poly_loss_cross_entropy", variants=variants), onehot, rng)
        amounts = [_amounts(data) for data in draw.distributions(rng, n, c, dtype)]
        call = "optax.losses.generalized_kl_divergence(jnp.log(pred), label)"
        yield from grid(_way("generalized_kl", "generalized_kl_divergence", call), amounts, rng)


def _amounts(data: Data) -> Data:
    """The same with predictions and labels that do not sum to one."""
    assert data.label is not None
    grown = data.pred * data.pred.dtype.type(3.0)
    return Data(
        data.name,
        grown,
        data.label * np.arange(1, data.label.shape[1] + 1, dtype=data.label.dtype),
        {},
        data.reductions,
    )
