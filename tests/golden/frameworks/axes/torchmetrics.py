"""TorchMetrics: arrays of three to five axes."""

from __future__ import annotations

from collections.abc import Iterator

from ...case import Case, Raised
from ...draw import Rng
from ..classes import torchmetrics as classes
from ..regression import torchmetrics as regression
from ..regression.torchmetrics import VERSIONS
from . import cases_of

__all__ = ["VERSIONS", "cases"]


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What it answers; calls without an answer go to `raises`."""
    asked = [(each._questions, each._names) for each in (classes, regression)]
    yield from cases_of("torchmetrics", rng, raises, asked)
