"""segmentation_models_pytorch: its losses of several classes and of several labels a pixel, and Lovasz's."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch

from ...case import Case, Raised
from ...draw import Rng
from ..shapes import Asked, cases_of
from . import cases_of_axes, every_one, images, some_of, weights

NAME = "segmentation_models_pytorch"
VERSIONS = {NAME: importlib.metadata.version(NAME), "torch": torch.__version__}
OVERLAPS = {
    "DiceLoss": ("dice", ("", "smooth=1.0", "eps=0.5")),
    "JaccardLoss": ("jaccard", ("", "smooth=0.5, eps=0.5")),
    "TverskyLoss": ("tversky", ("", "alpha=0.3, beta=0.7")),
    "TverskyLoss(gamma": ("focal_tversky", ("alpha=0.3, beta=0.7, gamma=0.75", "gamma=1.5")),
}


@cache
def _losses() -> Any:
    """Its module of losses, without the models, which need more than torch."""
    spec = importlib.util.find_spec(NAME)
    assert spec is not None
    assert spec.origin is not None
    package = ModuleType(NAME)
    package.__path__ = [str(Path(spec.origin).parent)]
    sys.modules.setdefault(NAME, package)
    return importlib.import_module(f"{NAME}.losses")


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What it answers; calls whose value is not finite go to `raises`."""
    yield from cases_of("smp", rng, raises, lambda *drawn: some_of(drawn[0], _asked(*drawn)), _evaluated)
    yield from cases_of_axes("smp", rng, _of_axes, _evaluated)


def _evaluated(call: str, names: Mapping[str, Any]) -> float:
    tensors = {key: torch.from_numpy(value) for key, value in names.items()}
    return float(eval(call.replace("smp.losses", "losses"), {"losses": _losses(), **tensors}))


def _asked(rng: Rng, shape: tuple[int, ...], classes: int, dtype: Any) -> Iterator[Asked]:
    logits, holes, labels, masks = images(rng, shape, classes, dtype)
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    probs = np.ascontiguousarray(powers / powers.sum(axis=1, keepdims=True)).astype(dtype)
    minus = np.where(rng.random(masks.shape) < 0.2, -1, masks).astype(dtype)
    listed = f"class_weights={weights(rng, classes)}"
    for name, (loss, variants) in OVERLAPS.items():
        begin = f"smp.losses.{name.partition('(')[0]}("
        several = ("", "classes=[1, 2]", listed, f"classes=[0, 2], {listed}")
        for options in every_one(variants, several):
            for mode, kept, label, more in (
                ("'multiclass'", logits, labels, ""), ("'multiclass'", logits, holes, "ignore_index=255"),
                ("'multiclass', from_logits=False", probs, labels, ""), ("'multilabel'", logits, masks, ""),
                ("'multilabel'", logits, minus, "ignore_index=-1"),
            ):  # fmt: skip
                text = ", ".join(filter(None, (mode, options, more)))
                yield loss, f"{begin}{text})(pred, label)", {"pred": kept, "label": label}, "mean", {}
    yield from _others(logits, holes, labels, masks, listed)


def _of_axes(axes: int) -> Iterator[tuple[str, str]]:
    """One mask of everything, and one a channel."""
    for name, loss in (("DiceLoss", "dice"), ("JaccardLoss", "jaccard"), ("TverskyLoss", "tversky")):
        yield loss, f"smp.losses.{name}('binary')(pred, label)"
        yield loss, f"smp.losses.{name}('binary', from_logits=False)(probs, label)"
        yield loss, f"smp.losses.{name}('multilabel')(pred, label)"
    yield "focal_tversky", "smp.losses.TverskyLoss('multilabel', gamma=1.5)(pred, label)"


def _others(logits: Any, holes: Any, labels: Any, masks: Any, listed: str) -> Iterator[Asked]:
    for options in every_one(("'multiclass'", "'multilabel'"), ("", "gamma=1.0, alpha=0.25"), ("", listed)):
        names = {"pred": logits, "label": labels if "class'" in options else masks}
        yield "focal", f"smp.losses.FocalLoss({options})(pred, label)", names, "mean", {}
    names = {"pred": logits, "label": holes}
    yield "focal", "smp.losses.FocalLoss('multiclass', ignore_index=255)(pred, label)", names, "mean", {}
    for per_image in ("", ", per_image=True") if logits.dtype == np.float32 else ():  # it takes no other floats
        call = f"smp.losses.LovaszLoss('multiclass'{per_image})(pred, label)"
        yield "lovasz_softmax", call, {"pred": logits, "label": labels}, "mean", {}
        call = f"smp.losses.LovaszLoss('multiclass', ignore_index=255{per_image})(pred, label)"
        yield "lovasz_softmax", call, {"pred": logits, "label": holes}, "mean", {}
        one = np.ascontiguousarray(logits[:, 0])
        for mode, pred, label in (
            ("'binary'", one, labels > 0), ("'binary', ignore_index=255", one, np.where(holes == 255, 255, holes > 0)),
            ("'multilabel'", logits, masks),
        ):  # fmt: skip
            call = f"smp.losses.LovaszLoss({mode}{per_image})(pred, label)"
            yield "lovasz_hinge", call, {"pred": pred, "label": np.asarray(label, logits.dtype)}, "mean", {}
