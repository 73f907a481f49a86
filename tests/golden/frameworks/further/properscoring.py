"""properscoring: the Brier score of a threshold."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...ask import Question, Variant, Way, answered, grid
from ...case import Case, Raised
from ...draw import FLOATS, Data, Rng, numbers, sizes
from ..forecasts.properscoring import MEANS, VERSIONS, _names

__all__ = ["VERSIONS", "cases"]


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What properscoring answers; calls without an answer go to `raises`."""
    return answered("properscoring", _questions(rng), _names, raises)


def _questions(rng: Rng) -> Iterator[Question]:
    for dtype in FLOATS:
        n, c = sizes(rng)
        plain = Data("plain", numbers(rng, (n, c), dtype), numbers(rng, (n,), dtype))
        on = Data("columns", np.round(numbers(rng, (n, 8), dtype)), np.round(numbers(rng, (n,), dtype)))
        limits = tuple(Variant(f"threshold={t}", {"threshold": t}) for t in (0.0, 1.0))
        call = "ps.threshold_brier_score(label, pred{more})"
        way = Way("threshold_brier", "threshold_brier_score", call, MEANS, base=False, variants=limits)
        yield from grid(way, [plain, on], rng, None)
