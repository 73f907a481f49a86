"""MONAI: FocalLoss and DiceLoss."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import monai
import torch
from monai import losses

from .. import draw
from ..ask import Question, Variant, Way, answered, grid
from ..case import Case, Raised
from ..draw import FLOATS, Rng
from .torch import names

VERSIONS = {"monai": monai.__version__, "torch": torch.__version__}

REDUCTIONS = {"mean": "", "sum": "reduction='sum'", "none": "reduction='none'"}


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What MONAI answers; calls without an answer go to `raises`."""
    return answered("monai", _questions(rng), _names, raises)


def _names(question: Question) -> dict[str, Any]:
    """The second axis is that of channels: data of one dimension has one."""
    found = names(question) | {"losses": losses}
    for key in ("pred", "label"):
        found[key] = found[key][:, None] if found[key].ndim == 1 else found[key]
    return found


def _questions(rng: Rng) -> Iterator[Question]:
    for dtype in FLOATS:
        n, c = draw.sizes(rng)
        yield from grid(_sigmoid(), draw.binary_logits(rng, n, c, dtype), rng)
        classes = list(draw.class_logits(rng, n, c, dtype))
        yield from grid(_softmax("index", rng, c), classes, rng)
        yield from grid(_softmax("rows", rng, c), draw.as_rows(rng, iter(classes), dtype), rng)
        for logits in (True, False):
            yield from grid(_dice(logits), draw.with_channel(draw.masks(rng, dtype, logits)), rng)


def _gammas() -> list[Variant]:
    variants = [Variant(f"gamma={gamma}", {"gamma": gamma}) for gamma in (0.0, 1.5)]
    return [*variants, Variant("alpha=0.25", {"alpha": 0.25})]


def _focal(name: str, options: str, arguments: dict[str, Any], variants: list[Variant]) -> Way:
    call = "losses.FocalLoss({args})(pred, label)"
    return Way("focal", name, call, REDUCTIONS, options, {"input": "logits", **arguments}, variants=tuple(variants))


def _sigmoid() -> Way:
    variants = [*_gammas(), Variant("alpha=0.8, gamma=3.0", {"alpha": 0.8, "gamma": 3.0})]
    return _focal("FocalLoss-sigmoid", "", {"activation": "sigmoid"}, variants)


def _softmax(labels: str, rng: Rng, c: int) -> Way:
    each = tuple(round(float(x), 2) for x in rng.uniform(0.1, 0.9, c))
    variants = [*_gammas(), Variant(f"alpha={list(each)}, gamma=3.0", {"alpha": each, "gamma": 3.0})]
    options = "use_softmax=True, to_onehot_y=True" if labels == "index" else "use_softmax=True"
    return _focal(f"FocalLoss-softmax-{labels}", options, {"activation": "softmax"}, variants)


def _dice(logits: bool) -> Way:
    options, arguments = ("sigmoid=True", {"input": "logits"}) if logits else ("", {"input": "probs"})
    edges = ("plain", "absent", "all-absent", "nothing")
    variants = [
        Variant("batch=True", {"pool": "batch"}, only=("soft", *edges)),
        Variant("squared_pred=True", {"power": 2}, only=("soft", *edges)),
        Variant("batch=True, squared_pred=True", {"pool": "batch", "power": 2}),
    ]
    variants += [Variant(f"smooth_nr={s}, smooth_dr={s}", {"smooth": s}, only=edges) for s in (0.0, 0.5)]
    call = "losses.DiceLoss({args})(pred, label)"
    name = f"DiceLoss-{arguments['input']}"
    return Way("dice", name, call, REDUCTIONS, options, arguments, variants=tuple(variants))
