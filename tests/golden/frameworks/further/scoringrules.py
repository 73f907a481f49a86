"""scoringrules: the error-spread score."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...ask import Question, answered, grid
from ...case import Case, Raised
from ...draw import FLOATS, Data, Rng, numbers, sizes
from ..forecasts.scoringrules import VERSIONS, _names, _way

__all__ = ["VERSIONS", "cases"]


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What scoringrules answers; calls without an answer go to `raises`."""
    return answered("scoringrules", _questions(rng), _names, raises)


def _questions(rng: Rng) -> Iterator[Question]:
    for dtype in FLOATS:
        n, c = sizes(rng)
        plain = Data("plain", numbers(rng, (n, max(c, 3)), dtype), numbers(rng, (n,), dtype))
        many = Data("many", numbers(rng, (n, 20), dtype), numbers(rng, (n,), dtype))
        pred = numbers(rng, (n,), dtype)
        sizes_of = {"scale": np.round(rng.uniform(0.2, 3.0, n), 3).astype(dtype)}
        forecasts = [Data("plain", pred, numbers(rng, (n,), dtype), sizes_of)]
        for name, loss in (("crps", "crps_parametric"), ("logs", "log_score_parametric")):
            for kind in ("laplace", "logistic"):
                of = {"distribution": kind}
                yield from grid(_way(loss, f"{name}_{kind}", "label, pred, scale", of), forecasts, rng, None)
        yield from grid(_way("error_spread", "error_spread_score", "label, pred"), [plain, many], rng, None)
