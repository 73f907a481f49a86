"""MONAI: the overlap losses and the focal loss of several classes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import torch
from monai import losses

from ...case import Case, Raised
from ...draw import Rng
from ..monai import VERSIONS
from ..shapes import Asked, cases_of
from . import cases_of_axes, every_one, images, some_of, weights

__all__ = ["VERSIONS", "cases"]

REDUCTIONS = ("", "reduction='sum'")
PARTS = ("", "batch=True", "include_background=False", "include_background=False, batch=True")
OVERLAPS = {
    "DiceLoss": ("dice", ("", "squared_pred=True", "smooth_nr=0, smooth_dr=1e-5", "soft_label=True")),
    "DiceLoss(jaccard=True": ("jaccard", ("", "smooth_nr=0.5, smooth_dr=1.0")),
    "TverskyLoss": ("tversky", ("", "alpha=0.3, beta=0.7", "alpha=1.0, beta=0.0, soft_label=True")),
    "GeneralizedDiceLoss": ("generalized_dice", ("", "w_type='simple'", "w_type='uniform', soft_label=True")),
    "DiceCELoss": ("dice_ce", ("", "lambda_ce=0.5, lambda_dice=2.0", "label_smoothing=0.1, squared_pred=True")),
    "DiceFocalLoss": ("dice_focal", ("", "lambda_focal=0.5, gamma=1.0", "alpha=0.25, smooth_nr=1, smooth_dr=1")),
}


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What MONAI answers; calls whose value is not finite go to `raises`."""
    yield from cases_of("monai", rng, raises, lambda *drawn: some_of(drawn[0], _asked(*drawn)), _evaluated)
    yield from cases_of_axes("monai", rng, _of_axes, _evaluated)


def _evaluated(call: str, names: Mapping[str, Any]) -> float:
    tensors = {key: torch.from_numpy(value) for key, value in names.items()}
    return float(eval(call.replace("monai.losses", "losses"), {"losses": losses, "torch": torch, **tensors}))


def _asked(rng: Rng, shape: tuple[int, ...], classes: int, dtype: Any) -> Iterator[Asked]:
    logits, holes, labels, masks = images(rng, shape, classes, dtype)
    index = {"pred": logits, "label": labels[:, None]}
    several = {"pred": logits, "label": masks}
    for name, (loss, variants) in OVERLAPS.items():
        begin = name if "(" in name else f"{name}("
        begin = f"monai.losses.{begin}" + (", " if "jaccard" in name else "")
        for options in every_one(("to_onehot_y=True, softmax=True", "to_onehot_y=True, sigmoid=True"), variants, PARTS):
            reductions = ("",) if loss in ("dice_ce", "dice_focal") and "batch=True" in options else REDUCTIONS
            for each in every_one((options,), reductions):
                yield loss, f"{begin}{each})(pred, label)", index, "mean", {}
        for options in every_one(("sigmoid=True",), variants, PARTS[:2]) if len(shape) > 2 else ():
            yield loss, f"{begin}{options})(pred, label)", several, "mean", {}
    yield from _weighted(rng, index, classes)
    left_out = {"pred": logits, "label": holes[:, None]}
    for name, loss in (("DiceLoss", "dice"), ("TverskyLoss", "tversky")):
        for options in every_one(("ignore_index=255",), PARTS):
            call = f"monai.losses.{name}(to_onehot_y=True, softmax=True, {options})(pred, label)"
            yield loss, call, left_out, "mean", {}
        call = f"monai.losses.{name}(to_onehot_y=True, softmax=True, ignore_index=1)(pred, label)"
        yield loss, call, index, "mean", {}
    yield from _focal(rng, index, several, classes)


def _of_axes(axes: int) -> Iterator[tuple[str, str]]:
    """Masks as labels; of two axes MONAI has an overlap of each column where it takes the rows together."""
    for name, (loss, _) in OVERLAPS.items():
        begin = name if "(" in name else f"{name}("
        begin = f"monai.losses.{begin}" + (", " if "jaccard" in name else "")
        for part in ("batch=True", "", "reduction='sum'")[: 3 if axes > 2 else 1]:
            yield loss, f"{begin}{', '.join(filter(None, ('sigmoid=True', part)))})(pred, label)"
            if loss not in ("dice_ce", "dice_focal"):
                yield loss, f"{begin}{part})(probs, label)"


def _weighted(rng: Rng, index: Any, classes: int) -> Iterator[Asked]:
    each = weights(rng, classes)
    begin = "to_onehot_y=True, softmax=True"
    for name, loss in (("DiceLoss", "dice"), ("DiceFocalLoss", "dice_focal")):
        for part, listed in (("", each), ("include_background=False", each[1:]), ("batch=True", each)):
            options = ", ".join(filter(None, (begin, part, f"weight={listed}")))
            yield loss, f"monai.losses.{name}({options})(pred, label)", index, "mean", {}
    for part in PARTS:
        options = ", ".join(filter(None, (begin, part, f"weight=torch.tensor({each})")))
        yield "dice_ce", f"monai.losses.DiceCELoss({options})(pred.float(), label)", index, "mean", {}


def _focal(rng: Rng, index: Any, several: Any, classes: int) -> Iterator[Asked]:
    each = weights(rng, classes)
    variants = ("", "gamma=1.0, alpha=0.25", f"weight={each}", f"weight={each}, alpha=0.25")
    for options in every_one(("to_onehot_y=True", "to_onehot_y=True, use_softmax=True"), variants, REDUCTIONS):
        yield "focal", f"monai.losses.FocalLoss({options})(pred, label)", index, "mean", {}
    for options in (f"weight={each[1:]}", "alpha=0.25", "reduction='sum'"):
        call = f"monai.losses.FocalLoss(include_background=False, to_onehot_y=True, {options})(pred, label)"
        yield "focal", call, index, "mean", {}
    for options in every_one(("", "include_background=False"), ("", "gamma=0.5"), REDUCTIONS):
        yield "focal", f"monai.losses.FocalLoss({options})(pred, label)", several, "mean", {}
