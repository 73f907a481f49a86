"""torchvision: torchvision.ops.sigmoid_focal_loss."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch

from . import _operators

_operators.declare()

import torchvision  # noqa: E402
from torchvision.ops import sigmoid_focal_loss  # noqa: E402

from .. import draw  # noqa: E402
from ..ask import Question, Variant, Way, answered, grid  # noqa: E402
from ..case import Case, Raised  # noqa: E402
from ..draw import FLOATS, Rng  # noqa: E402
from .torch import names  # noqa: E402

VERSIONS = {"torchvision": torchvision.__version__, "torch": torch.__version__}

REDUCTIONS = {"mean": "reduction='mean'", "sum": "reduction='sum'", "none": ""}


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What torchvision answers; calls without an answer go to `raises`."""
    return answered("torchvision", _questions(rng), _names, raises)


def _names(question: Question) -> dict[str, Any]:
    return names(question) | {"sigmoid_focal_loss": sigmoid_focal_loss}


def _questions(rng: Rng) -> Iterator[Question]:
    for dtype in FLOATS:
        yield from grid(_focal(), draw.binary_logits(rng, *draw.sizes(rng), dtype), rng)


def _focal() -> Way:
    variants = [Variant(f"gamma={gamma}", {"gamma": gamma}) for gamma in (0.0, 1.5)]
    only = ("plain", "columns", "soft", "saturated", "infinite-right", "infinite-wrong")
    variants.append(Variant("alpha=-1", {"alpha": None}, only=only))
    variants.append(Variant("alpha=0.8, gamma=3.0", {"alpha": 0.8, "gamma": 3.0}))
    call, arguments = "sigmoid_focal_loss(pred, label{more})", {"input": "logits", "activation": "sigmoid"}
    return Way("focal", "sigmoid_focal_loss", call, REDUCTIONS, arguments=arguments, variants=tuple(variants))
