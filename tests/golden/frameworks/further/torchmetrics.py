"""TorchMetrics: correlations, and the ranking of labels."""

from __future__ import annotations

from collections.abc import Iterator

from ... import draw
from ...ask import Question, Variant, Way, answered, grid
from ...case import Case, Raised
from ...draw import FLOATS, Data, Rng
from ..scores.torchmetrics import VERSIONS, _names

__all__ = ["VERSIONS", "cases"]


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What TorchMetrics answers; calls without an answer go to `raises`."""
    return answered("torchmetrics", _questions(rng), _names, raises)


def _questions(rng: Rng) -> Iterator[Question]:
    for dtype in FLOATS:
        n, c = draw.sizes(rng)
        datas = []
        for name, shape in (("plain", (n,)), ("columns", (n, c)), ("many", (200,))):
            label = draw.numbers(rng, shape, dtype)
            datas.append(Data(name, (label + draw.numbers(rng, shape, dtype)).astype(dtype), label))
        for loss, name in (
            ("pearson_correlation", "pearson_corrcoef"),
            ("concordance_correlation", "concordance_corrcoef"),
        ):
            way = Way(loss, name, f"metrics.{name}(pred, label{{more}})", {"mean": "CALL.mean()"})
            yield from grid(way, datas, rng, None)
        label = draw.hard(rng, (n, c), dtype).astype("int64")
        label[0], label[1] = 0, 1
        lists = [Data("plain", draw.numbers(rng, (n, c), dtype), label)]
        call = "metrics.classification.multilabel_coverage_error(pred, label, num_labels=label.shape[1])"
        ranges = (Variant("normalization='range'", {"divisor": "range"}),)
        call_of_range = "metrics.normalized_root_mean_squared_error(pred, label{more})"
        way = Way(
            "nrmse", "normalized_root_mean_squared_error", call_of_range, {"mean": ""}, base=False, variants=ranges
        )
        yield from grid(way, [datas[0]], rng, None)
        yield from grid(Way("coverage_error", "multilabel_coverage_error", call, {"mean": ""}), lists, rng, None)
