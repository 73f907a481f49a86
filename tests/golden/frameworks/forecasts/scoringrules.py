"""scoringrules: scores of forecasts, one a row, of which the mean is taken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import scoringrules

from ...ask import Question, Variant, Way, answered, grid
from ...case import Case, Raised
from ...draw import FLOATS, Data, Dtype, Rng, numbers, probs, rows, sizes

VERSIONS = {"scoringrules": scoringrules.__version__}
MEANS = {"mean": "np.mean(CALL)", "none": "CALL"}
LEVELS = (0.1, 0.25, 0.5, 0.75, 0.9)


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What scoringrules answers; calls without an answer go to `raises`."""
    return answered("scoringrules", _questions(rng), _names, raises)


def _names(question: Question) -> dict[str, Any]:
    return {"sr": scoringrules, "np": np, "levels": np.array(LEVELS), **question.data.arrays()}


def _way(loss: str, name: str, call: str, arguments: Mapping[str, Any] | None = None, **more: Any) -> Way:
    return Way(loss, name, f"sr.{name}({call}{{more}}, backend='numpy')", MEANS, arguments=arguments or {}, **more)


def _questions(rng: Rng) -> Iterator[Question]:
    for dtype in FLOATS:
        n, c = sizes(rng)
        members = list(_members(rng, n, c, dtype))
        plain = tuple(Variant(f"estimator='{each}'", {"estimator": "plain"}) for each in ("nrg", "int"))
        fair = tuple(Variant(f"estimator='{each}'", {"estimator": "fair"}) for each in ("fair", "pwm"))
        yield from grid(
            _way("crps_ensemble", "crps_ensemble", "label, pred", variants=plain + fair), members, rng, None
        )
        normal = list(_normal(rng, n, dtype))
        yield from grid(_way("crps_normal", "crps_normal", "label, pred, sigma"), normal, rng, None)
        yield from grid(_way("log_score_normal", "logs_normal", "label, pred, sigma"), normal, rng, None)
        quantiles = list(_quantiles(rng, n, dtype))
        given = {"quantile": LEVELS}
        yield from grid(_way("crps_quantile", "crps_quantile", "label, pred, levels", given), quantiles, rng, None)
        bounds = [Data(each.name, np.ascontiguousarray(each.pred[:, [0, 4]]), each.label) for each in quantiles]
        for alpha in (0.05, 0.2):
            way = _way("interval_score", "interval_score", f"label, pred[:, 0], pred[:, 1], {alpha}", {"alpha": alpha})
            yield from grid(way.named(f"interval_score-{alpha}"), bounds, rng, None)
        flat = [Data(each.name, each.pred[:, 2].copy(), each.label) for each in quantiles]
        for level in (0.1, 0.5, 0.9):
            way = _way("pinball", "quantile_score", f"label, pred, {level}", {"quantile": level})
            yield from grid(way.named(f"quantile_score-{level}"), flat, rng, None)
        label = rng.integers(0, 2, n).astype(dtype)
        yield from grid(
            _way("brier", "brier_score", "label, pred"), [Data("plain", probs(rng, (n,), dtype), label)], rng, None
        )
    for dtype in FLOATS:  # after the others, whose data stay what they were
        n, c = sizes(rng)
        yield from grid(
            _way("dawid_sebastiani", "dssuv_ensemble", "label, pred"), list(_members(rng, n, c, dtype))[:2], rng, None
        )
        ranked = Data("plain", rows(rng, n, c, dtype), rng.integers(0, c, n))
        yield from grid(_way("rps", "rps_score", "label + 1, pred"), [ranked], rng, None)


def _members(rng: Rng, n: int, c: int, dtype: Dtype) -> Iterator[Data]:
    yield Data("plain", numbers(rng, (n, c), dtype), numbers(rng, (n,), dtype))
    yield Data("many", numbers(rng, (n, 20), dtype), numbers(rng, (n,), dtype))
    yield Data("equal", np.repeat(numbers(rng, (n, 1), dtype), c, axis=1), numbers(rng, (n,), dtype))


def _normal(rng: Rng, n: int, dtype: Dtype) -> Iterator[Data]:
    for name, spread in (("plain", 1.0), ("near", 0.01), ("far", 30.0)):
        pred = numbers(rng, (n,), dtype)
        label = (pred + numbers(rng, (n,), dtype, spread)).astype(dtype)
        sigma = np.round(rng.uniform(0.2, 3.0, n), 3).astype(dtype)
        yield Data(name, pred, label, {"sigma": sigma})


def _quantiles(rng: Rng, n: int, dtype: Dtype) -> Iterator[Data]:
    for name, spread in (("plain", 1.0), ("outside", 20.0)):
        yield Data(name, np.sort(numbers(rng, (n, 5), dtype), axis=1), numbers(rng, (n,), dtype, spread))
