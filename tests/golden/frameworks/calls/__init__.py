"""Calls of segmentation losses on images of several classes, as they stand in programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ...draw import Array, Rng

Images = tuple[Array, Array, Array, Array]  # logits, class numbers with some of them 255, class numbers, masks a class
ABSENT = 2  # a class that no label has where there are more


def images(rng: Rng, shape: tuple[int, ...], classes: int, dtype: Any) -> Images:
    """Images of a shape (n, ...), the classes at axis 1; class 2 has no pixel."""
    logits = np.round(rng.normal(0.0, 2.0, (shape[0], classes, *shape[1:])), 4).astype(dtype)
    labels = rng.integers(0, classes, shape)
    labels[labels == ABSENT] = 0
    holes = np.array(labels)
    holes[rng.random(shape) < 0.25] = 255
    masks = (rng.random(logits.shape) < 0.4).astype(dtype)
    masks[:, classes - 1] = 0
    return logits, holes, labels, masks


def some_of(rng: Rng, asked: Iterator[Any]) -> Iterator[Any]:
    """An eighth of the calls on each shape, drawn anew."""
    yield from (each for each in asked if rng.random() < 1 / 8)


def weights(rng: Rng, classes: int) -> list[float]:
    """A weight a class."""
    return [float(each) for each in np.round(rng.uniform(0.2, 3.0, classes), 2)]


def every_one(*words: Iterator[str] | tuple[str, ...]) -> Iterator[str]:
    """Every combination of options, one of each, as the arguments of a call."""
    if not words:
        yield ""
        return
    for word in words[0]:
        for rest in every_one(*words[1:]):
            yield ", ".join(filter(None, (word, rest)))
