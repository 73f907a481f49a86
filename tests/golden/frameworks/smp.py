"""segmentation_models_pytorch: FocalLoss and DiceLoss of two classes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch

from . import _operators

_operators.declare()

import segmentation_models_pytorch as smp  # noqa: E402

from .. import draw  # noqa: E402
from ..ask import Question, Variant, Way, answered, grid  # noqa: E402
from ..case import Case, Raised  # noqa: E402
from ..draw import FLOATS, Rng  # noqa: E402
from .torch import names  # noqa: E402

VERSIONS = {"segmentation_models_pytorch": smp.__version__, "torch": torch.__version__}

REDUCTIONS = {"mean": "", "sum": "reduction='sum'", "none": "reduction='none'"}
LOGITS = {True: ("", {"input": "logits"}), False: ("from_logits=False", {"input": "probs"})}


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What segmentation_models_pytorch answers; calls without an answer go to `raises`."""
    return answered("smp", _questions(rng), _names, raises)


def _names(question: Question) -> dict[str, Any]:
    """Predictions and masks have one channel, as their second axis."""
    found = names(question) | {"smp": smp}
    return found | {key: found[key][:, None] for key in ("pred", "label")}


def _questions(rng: Rng) -> Iterator[Question]:
    for dtype in FLOATS:
        n, c = draw.sizes(rng)
        for logits in (True, False):
            binary = draw.binary_logits if logits else draw.binary_probs
            yield from grid(_focal(logits), binary(rng, n, c, dtype), rng)
            yield from grid(_dice(logits), draw.masks(rng, dtype, logits), rng)


def _focal(logits: bool) -> Way:
    options, arguments = LOGITS[logits]
    variants = [Variant(f"gamma={gamma}", {"gamma": gamma}) for gamma in (0.0, 1.5)]
    variants.append(Variant("alpha=0.25", {"alpha": 0.25}))
    variants.append(Variant("alpha=0.8, gamma=3.0", {"alpha": 0.8, "gamma": 3.0}))
    call, name = "smp.losses.FocalLoss('binary'{more})(pred, label)", f"FocalLoss-{arguments['input']}"
    arguments = {**arguments, "activation": "sigmoid"}
    return Way("focal", name, call, REDUCTIONS, options, arguments, variants=tuple(variants))


def _dice(logits: bool) -> Way:
    """losscli's smooth is twice that of smp, whose numerator is I where ours is 2 I."""
    options, arguments = LOGITS[logits]
    only = ("plain", "soft", "absent", "nothing")
    variants = tuple(Variant(f"smooth={s}", {"smooth": 2 * s}, only=only) for s in (0.5, 2.0))
    call, name = "smp.losses.DiceLoss('binary'{more})(pred, label)", f"DiceLoss-{arguments['input']}"
    return Way("dice", name, call, {"mean": ""}, options, arguments, variants=variants)
