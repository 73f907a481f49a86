"""torchmetrics: its functional metrics of classes, divergences and text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
import torchmetrics
from torchmetrics.functional import classification, regression, text

from ... import draw
from ...ask import Question, Variant, Way, answered, grid
from ...case import Case, Raised
from ...draw import FLOATS, Data, Rng

VERSIONS = {"torchmetrics": torchmetrics.__version__, "torch": torch.__version__}
MEAN = {"mean": ""}
REDUCTIONS = {"mean": "", "sum": "reduction='sum'", "none": "reduction=None"}


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What torchmetrics answers; calls without an answer go to `raises`."""
    return answered("torchmetrics", _questions(rng), _names, raises)


def _names(question: Question) -> dict[str, Any]:
    arrays = {key: torch.from_numpy(np.asarray(x)) for key, x in question.data.arrays().items()}
    return {"classification": classification, "regression": regression, "text": text, **arrays}


def _questions(rng: Rng) -> Iterator[Question]:
    for dtype in FLOATS:
        n, c = draw.sizes(rng)
        distributions = [data for data in draw.distributions(rng, n, c, dtype) if data.name not in ("empty", "nan")]
        call = "regression.jensen_shannon_divergence(label, pred{more})"
        yield from grid(Way("js_divergence", "jensen_shannon_divergence", call, REDUCTIONS), distributions, rng)
        yield from _perplexity(rng, n, c, dtype)
        yield from _calibration(rng, n, c, dtype)
        hard = [
            Data("plain", draw.probs(rng, (n,), dtype), rng.integers(0, 2, n)),
            Data("columns", draw.probs(rng, (n, c), dtype), rng.integers(0, 2, (n, c))),
        ]
        call = "classification.binary_hamming_distance(pred, label{more})"
        variants = (Variant("threshold=0.3", {"threshold": 0.3}),)
        way = Way("hamming", "binary_hamming_distance", call, MEAN, arguments={"input": "probs"}, variants=variants)
        yield from grid(way, hard, rng)


def _perplexity(rng: Rng, n: int, c: int, dtype: draw.Dtype) -> Iterator[Question]:
    plain = Data("plain", draw.numbers(rng, (n, c), dtype), draw.classes(rng, n, c))
    call = "text.perplexity(pred[None], label[None]{more})"
    ignoring = (Variant("ignore_index=-100", {"ignore_index": -100}, only=("ignored(-100)",)),)
    way = Way("perplexity", "perplexity", call, MEAN, arguments={"input": "logits"})
    yield from grid(way, [plain], rng)
    way = Way("perplexity", "perplexity", call, MEAN, arguments={"input": "logits"}, variants=ignoring, base=False)
    yield from grid(way, [data for data in draw.ignored(plain, -100) if not data.name.startswith("all")], rng)


def _calibration(rng: Rng, n: int, c: int, dtype: draw.Dtype) -> Iterator[Question]:
    binary = Data("plain", draw.probs(rng, (5 * n,), dtype), rng.integers(0, 2, 5 * n))
    edges = Data("edges", np.array([0, 0.2, 0.4, 0.6, 1, 1], dtype), np.array([0, 1, 0, 1, 1, 0]))
    classes = Data("plain", draw.rows(rng, 5 * n, c, dtype), draw.classes(rng, 5 * n, c))
    for name, datas, options in (("binary", [binary, edges], ""), ("multiclass", [classes], f"num_classes={c}, ")):
        call = f"classification.{name}_calibration_error(pred, label, {options}{{args}})"
        for norm in ("l1", "l2", "max"):
            for bins in (5, 15):
                arguments = {"norm": norm, "bins": bins}
                way = Way(
                    "calibration_error", f"{name}-{norm}-{bins}", call, MEAN, f"n_bins={bins}, norm='{norm}'", arguments
                )
                yield from grid(way, datas, rng)
