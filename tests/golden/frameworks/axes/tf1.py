"""TensorFlow 1: arrays of three to five axes."""

from __future__ import annotations

from collections.abc import Iterator

from ...case import Case, Raised
from ...draw import Rng
from .. import tf1
from ..classes import tf1 as classes
from ..regression import tf1 as regression
from ..tf1 import VERSIONS
from . import cases_of

__all__ = ["VERSIONS", "cases"]


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What it answers; calls without an answer go to `raises`."""
    asked = [(each._questions, tf1._names) for each in (tf1, classes, regression)]
    yield from cases_of("tf1", rng, raises, asked)
