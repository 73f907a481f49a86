"""PyTorch: arrays of three to five axes."""

from __future__ import annotations

from collections.abc import Iterator

from ...case import Case, Raised
from ...draw import Rng
from .. import torch
from ..classes import torch as classes
from ..regression import torch as regression
from ..torch import VERSIONS
from . import cases_of

__all__ = ["VERSIONS", "cases"]


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What it answers; calls without an answer go to `raises`."""
    asked = [(each._questions, torch.names) for each in (torch, classes, regression)]
    yield from cases_of("torch", rng, raises, asked)
