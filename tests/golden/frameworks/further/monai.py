"""MONAI: BoxGIoULoss."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...ask import Question, Way, answered, grid
from ...case import Case, Raised
from ...draw import Array, Data, Dtype, Rng
from ..monai import REDUCTIONS, VERSIONS
from ..pairs.monai import _names

__all__ = ["VERSIONS", "cases"]


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What MONAI answers; calls without an answer go to `raises`."""
    return answered("monai", _questions(rng), _names, raises)


def _questions(rng: Rng) -> Iterator[Question]:
    way = Way("box_iou", "BoxGIoULoss", "losses.BoxGIoULoss({args})(pred, label)", REDUCTIONS)
    for dtype in (np.float32,):  # it computes in float32 whatever it is given
        boxes = [Data("plain", _boxes(rng, 2, dtype), _boxes(rng, 2, dtype))]
        boxes.append(Data("columns", _boxes(rng, 3, dtype), _boxes(rng, 3, dtype)))
        same = _boxes(rng, 2, dtype)
        boxes.append(Data("equal", same, same.copy()))
        yield from grid(way, boxes, rng, None)


def _boxes(rng: Rng, dimensions: int, dtype: Dtype) -> Array:
    low = np.round(rng.uniform(0, 20, (7, dimensions)), 2)
    return np.concatenate([low, low + np.round(rng.uniform(1, 12, low.shape), 2)], axis=1).astype(dtype)
