"""MONAI: arrays of other numbers of axes, one mask, and class numbers that it is given as one-hot labels."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

import torch
from monai import losses

from ...case import Case, Raised
from ...draw import Rng
from .. import monai
from ..monai import VERSIONS
from . import Asked, cases_by_call, cases_of, flat, of_classes, with_holes

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
    yield from cases_by_call("monai", chain(_asked(rng), _options(rng)), _evaluated, raises)


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


def _options(rng: Rng) -> Iterator[Asked]:
    """What an overlap loss takes beside its own options."""
    each = (0.5, 2.0, 1.25)
    given: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("jaccard", f"DiceLoss(jaccard=True, softmax=True, weight={list(each)})", {"class_weights": each}),
        ("dice_focal", "DiceFocalLoss(softmax=True, lambda_dice=0.5)", {"dice_weight": 0.5}),
        ("dice_focal", "DiceFocalLoss(softmax=True, squared_pred=True)", {"power": 2}),
        ("dice_ce", "DiceCELoss(softmax=True, smooth_nr=1.0, smooth_dr=1.0)", {"smooth": 1.0}),
        ("generalized_dice", "GeneralizedDiceLoss(softmax=True, smooth_nr=0.5, smooth_dr=0.5)", {"smooth": 0.5}),
        ("jaccard", "DiceLoss(jaccard=True, softmax=True, to_onehot_y=True, ignore_index=255)", {"ignore_index": 255}),
    )
    for drawn in with_holes(rng):
        for loss, call, arguments in given:
            holes = "ignore_index" in arguments
            label = drawn["holes"] if holes else drawn["label"]
            names = {"pred": drawn["logits"], "label": label[:, None] if holes else drawn["onehot"]}
            arrays = {"pred": drawn["logits"], "label": label}
            yield loss, f"losses.{call}(pred, label)", arrays, {"input": "logits", **arguments}, names
