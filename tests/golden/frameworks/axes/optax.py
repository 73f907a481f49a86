"""Optax: arrays of three to five axes."""

from __future__ import annotations

from collections.abc import Iterator

from ...case import Case, Raised
from ...draw import Rng
from .. import optax
from ..classes import optax as classes
from ..optax import VERSIONS
from ..regression import optax as regression
from . import cases_of

__all__ = ["VERSIONS", "cases"]


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What it answers; calls without an answer go to `raises`."""
    asked = [(each._questions, optax._names) for each in (optax, classes, regression)]
    yield from cases_of("optax", rng, raises, asked)
