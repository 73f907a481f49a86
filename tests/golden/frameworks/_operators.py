"""Lets torchvision be imported where its compiled part is of another build than torch: its losses are plain Python."""

from __future__ import annotations

import torch

MISSED = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)
_kept: list[torch.library.Library] = []


def declare() -> None:
    """Declares the operators that torchvision's import looks for, unless the compiled part has done so."""
    try:
        import torchvision  # noqa: F401
    except RuntimeError:
        library = torch.library.Library("torchvision", "FRAGMENT")
        for schema in MISSED:
            library.define(schema)
        _kept.append(library)
