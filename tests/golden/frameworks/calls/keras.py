"""Keras: Dice and Tversky over everything, over images, and over images and classes; the channels last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import keras
import numpy as np

from ...case import Case, Raised
from ...draw import Rng
from ..shapes import Asked, cases_of
from . import cases_of_axes, every_one, images, some_of

VERSIONS = {"keras": keras.__version__, "backend": keras.backend.backend()}


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What Keras answers; calls whose value is not finite go to `raises`."""
    yield from cases_of("keras", rng, raises, lambda *drawn: some_of(drawn[0], _asked(*drawn)), _evaluated)
    yield from cases_of_axes("keras", rng, _of_axes, _evaluated)


def _evaluated(call: str, names: Mapping[str, Any]) -> float:
    return float(eval(call, {"keras": keras, **names}))


def _asked(rng: Rng, shape: tuple[int, ...], classes: int, dtype: Any) -> Iterator[Asked]:
    logits, _, _, masks = images(rng, shape, classes, dtype)
    last = np.ascontiguousarray(np.moveaxis(1 / (1 + np.exp(-logits)), 1, -1)).astype(dtype)
    names = {"pred": last, "label": np.ascontiguousarray(np.moveaxis(masks, 1, -1))}
    every = tuple(range(1, last.ndim))
    over = ("", f"axis={every}", f"axis={every[:-1]}", f"axis={(0, *every[:-1])}", f"axis={every[1:]}")
    for axis in over:
        for options in every_one((axis,), ("", "reduction='sum'") if axis else ("",)):
            yield "dice", f"keras.losses.Dice({options})(label, pred)", names, "mean", {}
        for options in every_one(("", "alpha=0.3, beta=0.7"), (axis,)):
            yield "tversky", f"keras.losses.Tversky({options})(label, pred)", names, "mean", {}


def _of_axes(axes: int) -> Iterator[tuple[str, str]]:
    """Everything, images, and images and channels, as far as the axes go."""
    every = tuple(range(1, axes))
    for axis in dict.fromkeys((None, every, every[:-1] or every, (0, *every), (0, *every[:-1]))):
        yield "dice", f"keras.losses.Dice(axis={axis})(label, probs)"
        yield "tversky", f"keras.losses.Tversky(axis={axis})(label, probs)"
