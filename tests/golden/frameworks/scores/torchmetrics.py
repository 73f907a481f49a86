"""TorchMetrics: explained variance, and errors relative to the range of the labels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torchmetrics.functional as metrics

from ... import draw
from ...ask import Question, Variant, Way, answered, grid
from ...case import Case, Raised
from ...draw import FLOATS, Data, Rng
from ..regression.torchmetrics import VERSIONS
from ..torch import names

__all__ = ["VERSIONS", "cases"]


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What TorchMetrics answers; calls without an answer go to `raises`."""
    return answered("torchmetrics", _questions(rng), _names, raises)


def _names(question: Question) -> dict[str, Any]:
    return names(question) | {"metrics": metrics}


def _questions(rng: Rng) -> Iterator[Question]:
    for dtype in FLOATS:
        n, c = draw.sizes(rng)
        label = draw.numbers(rng, (n,), dtype) + dtype(5)
        flat = Data("plain", (label + draw.numbers(rng, (n,), dtype)).astype(dtype), label)
        wide = draw.numbers(rng, (n, c), dtype)
        columns = Data("columns", (wide + draw.numbers(rng, (n, c), dtype)).astype(dtype), wide)
        call = "metrics.explained_variance(pred, label{more})"
        yield from grid(Way("explained_variance", "explained_variance", call, {"mean": ""}), [flat, columns], rng, None)
        ranges = tuple(Variant(f"data_range={size}", {"data_range": size}) for size in (1.0, 255.0))
        call = "metrics.image.peak_signal_noise_ratio(pred, label{more})"
        way = Way("psnr", "peak_signal_noise_ratio", call, {"mean": ""}, base=False, variants=ranges)
        yield from grid(way, [flat, columns], rng, None)
        by = tuple(Variant(f"normalization='{each}'", {"divisor": each}) for each in ("mean", "std"))
        call = "metrics.normalized_root_mean_squared_error(pred, label{more})"
        way = Way("nrmse", "normalized_root_mean_squared_error", call, {"mean": ""}, base=False, variants=by)
        yield from grid(way, [flat], rng, None)
