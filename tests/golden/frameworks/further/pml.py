"""PyTorch Metric Learning: losses with proxies, which are put in the place of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from pytorch_metric_learning import losses

from ...ask import Question, Variant, Way, answered, grid
from ...case import Case, Raised
from ...draw import FLOATS, Data, Dtype, Rng, numbers
from ..pairs._embeddings import classes
from ..pairs.pml import VERSIONS
from ..torch import names

__all__ = ["VERSIONS", "cases"]


def of_proxies(kind: Any, pred: Any, label: Any, proxies: Any, **options: Any) -> Any:
    """The loss of embeddings, with these proxies."""
    loss = kind(num_classes=len(proxies), embedding_size=pred.shape[1], **options)
    if hasattr(loss, "proxies"):
        loss.proxies = torch.nn.Parameter(proxies)
    else:
        loss.W = torch.nn.Parameter(proxies.T)
    return loss(pred, label).detach()


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What it answers; calls without an answer go to `raises`."""
    return answered("pml", _questions(rng), _names, raises)


def _names(question: Question) -> dict[str, Any]:
    return names(question) | {"losses": losses, "of_proxies": of_proxies}


def _questions(rng: Rng) -> Iterator[Question]:
    every = ("plain", "alone", "several", "near")
    knobs = {
        "normalized_softmax": ("NormalizedSoftmaxLoss", ({"temperature": 0.5}, {"temperature": 1.0})),
        "proxy_nca": ("ProxyNCALoss", ({"scale": 3.0}, {"scale": 9.0})),
        "proxy_anchor": ("ProxyAnchorLoss", ({"alpha": 8.0, "margin": 0.3}, {"alpha": 32.0, "margin": 0.0})),
    }
    for dtype in FLOATS:
        datas = [_with_proxies(rng, each, dtype) for each in classes(rng, dtype)]
        for loss, (name, settings) in knobs.items():
            variants = tuple(Variant(_written(each), each, only=every) for each in settings)
            call = f"of_proxies(losses.{name}, pred, label, proxies{{more}})"
            yield from grid(Way(loss, name, call, {"mean": ""}, variants=variants), datas, rng, None)


def _written(options: dict[str, float]) -> str:
    return ", ".join(f"{'softmax_scale' if name == 'scale' else name}={value}" for name, value in options.items())


def _with_proxies(rng: Rng, data: Data, dtype: Dtype) -> Data:
    return Data(data.name, data.pred, data.label, {"proxies": numbers(rng, (4, 4), dtype)}, ("mean",))
