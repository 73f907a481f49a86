"""scikit-learn: arrays of three to five axes."""

from __future__ import annotations

from collections.abc import Iterator

from ...case import Case, Raised
from ...draw import Rng
from .. import sklearn
from ..classes import sklearn as classes
from ..order import sklearn as order
from ..regression import sklearn as regression
from ..sklearn import VERSIONS
from . import cases_of

__all__ = ["VERSIONS", "cases"]


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What it answers; calls without an answer go to `raises`."""
    asked = [(each._questions, sklearn._names) for each in (sklearn, classes, regression, order)]
    yield from cases_of("sklearn", rng, raises, asked)
