"""segmentation_models_pytorch: JaccardLoss, and TverskyLoss with and without an exponent, of two classes."""

from __future__ import annotations

from collections.abc import Iterator

from ... import draw
from ...ask import Question, Variant, Way, answered, grid
from ...case import Case, Raised
from ...draw import FLOATS, Rng
from ..smp import LOGITS, VERSIONS, _names

__all__ = ["VERSIONS", "cases"]

EDGES = ("plain", "soft", "absent", "nothing")


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What segmentation_models_pytorch answers; calls without an answer go to `raises`."""
    return answered("smp", _questions(rng), _names, raises)


def _questions(rng: Rng) -> Iterator[Question]:
    for dtype in FLOATS:
        for logits in (True, False):
            yield from grid(_jaccard(logits), draw.masks(rng, dtype, logits), rng)
            yield from grid(_tversky(logits), draw.masks(rng, dtype, logits), rng)
            yield from grid(_focal_tversky(logits), draw.masks(rng, dtype, logits), rng)


def _way(loss: str, name: str, logits: bool, *variants: Variant, base: bool = True) -> Way:
    options, arguments = LOGITS[logits]
    call, name = f"smp.losses.{name}('binary'{{more}})(pred, label)", f"{name}-{arguments['input']}"
    return Way(loss, name, call, {"mean": ""}, options, arguments, variants=variants, base=base)


def _smooth() -> Iterator[Variant]:
    for smooth in (0.5, 2.0):
        yield Variant(f"smooth={smooth}", {"smooth": smooth}, only=EDGES)


def _jaccard(logits: bool) -> Way:
    return _way("jaccard", "JaccardLoss", logits, *_smooth(), Variant("eps=0.01", {"floor": 0.01}, only=EDGES))


def _tversky(logits: bool) -> Way:
    weighing = Variant("alpha=0.3, beta=0.7", {"fp_weight": 0.3, "fn_weight": 0.7}, only=EDGES)
    return _way("tversky", "TverskyLoss", logits, *_smooth(), weighing)


def _focal_tversky(logits: bool) -> Way:
    weights = {"fp_weight": 0.3, "fn_weight": 0.7}
    variants = [
        Variant(f"alpha=0.3, beta=0.7, gamma={gamma}", {**weights, "gamma": gamma}, only=(*EDGES, "full", "opposite"))
        for gamma in (0.75, 2.0)
    ]
    return _way("focal_tversky", "TverskyLoss", logits, *variants, base=False)
