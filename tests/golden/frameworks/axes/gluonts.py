"""GluonTS: arrays of three to five axes."""

from __future__ import annotations

from collections.abc import Iterator

from ...case import Case, Raised
from ...draw import Rng
from ..forecasts import gluonts
from ..forecasts.gluonts import VERSIONS
from . import cases_of

__all__ = ["VERSIONS", "cases"]


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What it answers; calls without an answer go to `raises`."""
    asked = [(gluonts._questions, gluonts._names)]
    yield from cases_of("gluonts", rng, raises, asked)
