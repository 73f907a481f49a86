"""properscoring: scores of forecasts, one a row, of which the mean is taken."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import properscoring

from ...ask import Question, Way, answered, grid
from ...case import Case, Raised
from ...draw import FLOATS, Data, Rng, numbers, probs, sizes

VERSIONS = {"properscoring": properscoring.__version__}
MEANS = {"mean": "np.mean(CALL)", "none": "CALL"}


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What properscoring answers; calls without an answer go to `raises`."""
    return answered("properscoring", _questions(rng), _names, raises)


def _names(question: Question) -> dict[str, Any]:
    return {"ps": properscoring, "np": np, **question.data.arrays()}


def _questions(rng: Rng) -> Iterator[Question]:
    for dtype in FLOATS:
        n, c = sizes(rng)
        members = [Data("plain", numbers(rng, (n, c), dtype), numbers(rng, (n,), dtype))]
        members.append(Data("many", numbers(rng, (n, 20), dtype), numbers(rng, (n,), dtype)))
        yield from grid(
            Way("crps_ensemble", "crps_ensemble", "ps.crps_ensemble(label, pred)", MEANS), members, rng, None
        )
        sigma = np.round(rng.uniform(0.2, 3.0, n), 3).astype(dtype)
        normal = [Data("plain", numbers(rng, (n,), dtype), numbers(rng, (n,), dtype), {"sigma": sigma})]
        way = Way("crps_normal", "crps_gaussian", "ps.crps_gaussian(label, pred, sigma)", MEANS)
        yield from grid(way, normal, rng, None)
        label = rng.integers(0, 2, n).astype(dtype)
        pairs = [Data("plain", probs(rng, (n,), dtype), label)]
        yield from grid(Way("brier", "brier_score", "ps.brier_score(label, pred)", MEANS), pairs, rng, None)
