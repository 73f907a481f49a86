"""PyTorch: the further losses of classes in torch.nn.functional."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import torch

from ... import draw
from ...ask import Question, Variant, answered, grid
from ...case import Case, Raised
from ...draw import FLOATS, Data, Rng
from ..torch import _ignoring, _numbers, _way, _weighed, names

VERSIONS = {"torch": torch.__version__}


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What PyTorch answers; calls without an answer go to `raises`."""
    return answered("torch", _questions(rng), names, raises)


def _questions(rng: Rng) -> Iterator[Question]:
    for dtype in FLOATS:
        n, c = draw.sizes(rng)
        signs = list(draw.scores(rng, n, c, dtype, -1))
        yield from grid(_way("soft_margin", "soft_margin_loss"), [*signs, *_zeros(rng, n, c, dtype)], rng)
        way = _way("hinge_embedding", "hinge_embedding_loss", variants=_numbers("margin", 0.3, 2.0))
        yield from grid(replace(way, arguments={"input": "values"}), [*signs, *_zeros(rng, n, c, dtype)], rng)
        apart = [replace(data, pred=np.abs(data.pred)) for data in signs]
        yield from grid(way.named("hinge_embedding_loss-distances"), apart, rng)
        yield from _multilabel(rng, n, c, dtype)
        yield from _classes(rng, n, c, dtype)


def _zeros(rng: Rng, n: int, c: int, dtype: draw.Dtype) -> Iterator[Data]:
    """Labels of 0, which these functions do not take for -1."""
    for data in list(draw.scores(rng, n, c, dtype, 0))[:2]:
        yield replace(data, name=f"zeros-{data.name}")


def _multilabel(rng: Rng, n: int, c: int, dtype: draw.Dtype) -> Iterator[Question]:
    factors = draw.factors(rng, c, dtype)
    weighed = Variant(
        "weight=factors", {"class_weights": tuple(float(str(x)) for x in factors)}, {"factors": factors}, ("columns",)
    )
    way = _way("multilabel_soft_margin", "multilabel_soft_margin_loss", variants=(weighed,))
    wide = [data for data in draw.binary_logits(rng, n, c, dtype) if data.pred.ndim == 2]
    far = Data("infinite-wrong", np.array([[np.inf, -np.inf], [1, 2]], dtype), np.array([[0, 1], [1, 0]], dtype))
    yield from grid(way, [*wide, replace(far, reductions=draw.EDGE)], rng)
    label = np.array([rng.permutation(c) for _ in range(n)])
    label[np.arange(c) >= rng.integers(0, c + 1, n)[:, None]] = -1
    scores = draw.numbers(rng, (n, c), dtype)
    listed = [Data("plain", scores, label), Data("all", scores, np.tile(np.arange(c), (n, 1)), reductions=draw.EDGE)]
    yield from grid(_way("multilabel_margin", "multilabel_margin_loss"), listed, rng)


def _classes(rng: Rng, n: int, c: int, dtype: draw.Dtype) -> Iterator[Question]:
    factors = draw.factors(rng, c, dtype)
    weights = {"class_weights": tuple(float(str(x)) for x in factors)}
    variants = (
        *_numbers("margin", 0.3, 2.0),
        Variant("p=2", {"p": 2}),
        Variant("weight=factors", weights, {"factors": factors}),
        Variant("p=2, margin=0.5, weight=factors", {**weights, "p": 2, "margin": 0.5}, {"factors": factors}),
    )
    logits = list(draw.class_logits(rng, n, c, dtype))
    known = [data for data in logits if "inf" not in data.name and data.name != "empty"]  # it leaves that unset
    yield from grid(_way("multi_margin", "multi_margin_loss", variants=variants), known, rng)
    datas = [*logits, *draw.ignored(logits[0], -100), *draw.ignored(logits[0], 1)]
    logs = [Data(data.name, draw.log_softmax(data.pred), data.label, {}, data.reductions) for data in datas]
    weighed = (_weighed(rng, c, dtype), _weighed(rng, c, dtype, zero=True), *_ignoring(rng, c, dtype)[::2])
    nll = _way("nll", "nll_loss", variants=weighed)
    yield from grid(nll, (data for data in logs if not data.name.startswith("plus-inf")), rng)
    yield from _linear(rng, n, c, dtype)


def _linear(rng: Rng, n: int, c: int, dtype: draw.Dtype) -> Iterator[Question]:
    roles = {"class_weights_matrix": draw.numbers(rng, (c, 4), dtype, 0.5)}
    call = "F.linear_cross_entropy(pred, class_weights_matrix, label{more})"
    plain = Data("plain", draw.numbers(rng, (n, 4), dtype, 1.0), draw.classes(rng, n, c), roles)
    smoothed = Variant("label_smoothing=0.1", {"label_smoothing": 0.1})
    way = _way("linear_cross_entropy", "linear_cross_entropy", call=call, variants=(smoothed, _weighed(rng, c, dtype)))
    yield from grid(way, [replace(data, roles=roles) for data in (plain, *draw.ignored(plain, -100))], rng)
    biased = replace(plain, roles={**roles, "bias": draw.numbers(rng, (c,), dtype)})
    call = "F.linear_cross_entropy(pred, class_weights_matrix, label, linear_bias=bias{more})"
    yield from grid(_way("linear_cross_entropy", "linear_cross_entropy-bias", call=call), [biased], rng)
