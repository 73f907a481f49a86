"""MONAI: TverskyLoss, and DiceLoss with jaccard=True."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ... import draw
from ...ask import Question, Variant, Way, answered, grid
from ...case import Case, Raised
from ...draw import FLOATS, Rng
from ..monai import REDUCTIONS, VERSIONS
from ..monai import losses as monai_losses
from ..torch import names

__all__ = ["VERSIONS", "cases"]

EDGES = ("plain", "absent", "all-absent", "nothing", "perfect")
INPUTS: dict[bool, tuple[str, dict[str, Any]]] = {
    True: ("sigmoid=True", {"input": "logits"}),
    False: ("", {"input": "probs"}),
}


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What MONAI answers; calls without an answer go to `raises`."""
    return answered("monai", _questions(rng), _names, raises)


def _names(question: Question) -> dict[str, Any]:
    return names(question) | {"losses": monai_losses}


def _questions(rng: Rng) -> Iterator[Question]:
    for dtype in FLOATS:
        for logits in (True, False):
            yield from grid(_tversky(logits), draw.with_channel(draw.masks(rng, dtype, logits)), rng)
            yield from grid(_jaccard(logits), draw.with_channel(draw.masks(rng, dtype, logits)), rng)


def _tversky(logits: bool) -> Way:
    options, arguments = INPUTS[logits]
    variants = [
        Variant("batch=True", {"pool": "batch"}, only=("soft", *EDGES)),
        Variant("alpha=0.3, beta=0.7", {"fp_weight": 0.3, "fn_weight": 0.7}, only=("soft", *EDGES)),
        Variant("alpha=1.0, beta=0.0, batch=True", {"fp_weight": 1.0, "fn_weight": 0.0, "pool": "batch"}),
        *(Variant(f"smooth_nr={s}, smooth_dr={s}", {"smooth": s}, only=EDGES) for s in (0.0, 0.5)),
    ]
    call = "losses.TverskyLoss({args})(pred, label)"
    name = f"TverskyLoss-{arguments['input']}"
    return Way("tversky", name, call, REDUCTIONS, options, arguments, variants=tuple(variants))


def _jaccard(logits: bool) -> Way:
    """losscli's smooth is half of that of MONAI, whose numerator is 2 I where ours is I."""
    options, arguments = INPUTS[logits]
    variants = [Variant("batch=True", {"pool": "batch"}, only=("soft", *EDGES))]
    variants += [Variant(f"smooth_nr={s}, smooth_dr={s}", {"smooth": s / 2}, only=EDGES) for s in (0.0, 0.5)]
    call = "losses.DiceLoss(jaccard=True{more})(pred, label)"
    name = f"DiceLoss-jaccard-{arguments['input']}"
    return Way("jaccard", name, call, REDUCTIONS, options, arguments, variants=tuple(variants))
