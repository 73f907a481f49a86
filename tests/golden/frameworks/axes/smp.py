"""segmentation_models_pytorch: one mask, and class numbers of any number of axes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

import numpy as np

from ...case import Case, Raised
from ...draw import Rng
from ..calls.smp import VERSIONS, _evaluated
from . import Asked, cases_by_call, flat, of_classes, with_holes

__all__ = ["VERSIONS", "cases"]

LOSSES = {
    "dice": ("DiceLoss", "", {}), "jaccard": ("JaccardLoss", "", {}), "tversky": ("TverskyLoss", "", {}),
    "focal_tversky": ("TverskyLoss", ", gamma=2.0", {"gamma": 2.0}), "focal": ("FocalLoss", "", {}),
}  # fmt: skip


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What it answers."""
    yield from cases_by_call("smp", chain(_asked(rng), _options(rng)), _evaluated, raises)


def _asked(rng: Rng) -> Iterator[Asked]:
    one = {key: x.astype(np.float32) for key, x in flat(rng).items()}
    names = {"pred": one["logits"][None, None], "label": one["label"][None, None]}
    given = {"pred": one["logits"], "label": one["label"]}
    for loss, (name, options, more) in {**LOSSES, "lovasz_hinge": ("LovaszLoss", "", {})}.items():
        if loss != "focal":
            yield loss, f"smp.losses.{name}('binary'{options})(pred, label)", given, {"input": "logits", **more}, names
    for drawn in of_classes(rng, last=False):
        arrays = {"pred": drawn["logits"].astype(np.float32), "label": drawn["label"]}
        for loss, (name, options, more) in {**LOSSES, "lovasz_softmax": ("LovaszLoss", "", {})}.items():
            if loss == "lovasz_softmax" or drawn["label"].ndim == 1:
                arguments = {"input": "logits", **more}
                yield loss, f"smp.losses.{name}('multiclass'{options})(pred, label)", arrays, arguments, arrays


def _options(rng: Rng) -> Iterator[Asked]:
    """What an overlap loss takes beside its own options."""
    rest = ", classes=[1, 2]"
    given: list[tuple[str, str, str, dict[str, Any]]] = [
        (loss, name, more + rest, {**arguments, "background": False})
        for loss, (name, more, arguments) in LOSSES.items()
        if loss != "focal"
    ]
    given += [
        ("focal_tversky", "TverskyLoss", ", smooth=0.5, gamma=1.5", {"smooth": 0.5, "gamma": 1.5}),
        ("lovasz_softmax", "LovaszLoss", ", ignore_index=255", {"ignore_index": 255}),
    ]
    for drawn in with_holes(rng):
        for loss, name, options, arguments in given:
            label = drawn["holes" if "ignore_index" in arguments else "label"]
            arrays = {"pred": drawn["logits"].astype(np.float32), "label": label}
            call = f"smp.losses.{name}('multiclass'{options})(pred, label)"
            yield loss, call, arrays, {"input": "logits", **arguments}, arrays
