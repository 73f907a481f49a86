"""MONAI: arrays of other numbers of axes, one mask, and class numbers that it is given as one-hot labels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from monai import losses

from ...case import Case, Raised
from ...draw import Rng
from .. import monai
from ..monai import VERSIONS
from . import Asked, cases_by_call, cases_of, flat, of_classes

__all__ = ["VERSIONS", "cases"]

OVERLAPS = {
    "dice": ("losses.DiceLoss({})", "probs", ""), "jaccard": ("losses.DiceLoss(jaccard=True{})", "probs", ""),
    "tversky": ("losses.TverskyLoss({})", "probs", ""),
    "generalized_dice": ("losses.GeneralizedDiceLoss({})", "probs", ""),
    "dice_ce": ("losses.DiceCELoss({})", "logits", "softmax=True"),
    "dice_focal": ("losses.DiceFocalLoss({})", "logits", "softmax=True"),
    "focal": ("losses.FocalLoss({})", "logits", "use_softmax=True"),
}  # fmt: skip


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What it answers; calls without an answer go to `raises`."""
    yield from cases_of("monai", rng, raises, [(monai._questions, monai._names)])
    yield from cases_by_call("monai", _asked(rng), _evaluated, raises)


def _evaluated(call: str, names: dict[str, Any]) -> float:
    return float(eval(call, {"losses": losses, **{key: torch.from_numpy(x) for key, x in names.items()}}))


def _asked(rng: Rng) -> Iterator[Asked]:
    one = flat(rng)
    for loss, (call, kind, softmax) in OVERLAPS.items():
        if loss != "focal":
            text = call.format("sigmoid=True" if softmax else "") + "(pred, label)"
            names = {"pred": one[kind][None, None], "label": one["label"][None, None]}
            yield loss, text, {"pred": one[kind], "label": one["label"]}, {"input": kind}, names
    for drawn in of_classes(rng, last=False):
        for loss, (call, kind, softmax) in OVERLAPS.items():
            if drawn["label"].ndim > 1:
                names = {"pred": drawn[kind], "label": drawn["onehot"]}
                arguments = {"input": kind, **({"activation": "softmax"} if loss == "focal" else {})}
                text = call.format(softmax) + "(pred, label)"
                yield loss, text, {"pred": drawn[kind], "label": drawn["label"]}, arguments, names
