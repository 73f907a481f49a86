"""Calls of segmentation losses on images of several classes, as they stand in programs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from ...case import Case
from ...draw import FLOATS, Array, Rng, hard, numbers

Images = tuple[Array, Array, Array, Array]  # logits, class numbers with some of them 255, class numbers, masks a class
# Of predictions and masks alike: which axis holds channels, if one does, is the framework's to say.
AXES = ((4, 6), (3, 3, 4), (3, 4, 1), (1, 3, 4), (3, 1, 8), (2, 3, 2, 4), (2, 3, 4, 1), (2, 1, 3, 4), (2, 3, 2, 2, 2))
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


def cases_of_axes(
    framework: str,
    rng: Rng,
    ask: Callable[[int], Iterator[tuple[str, str]]],
    evaluate: Callable[[str, Mapping[str, Any]], float],
) -> Iterator[Case]:
    """What a framework answers to calls (loss, call) on masks of two to five axes; a call says itself if of `probs`."""
    for shape in AXES:
        for dtype in FLOATS:
            logits, label = numbers(rng, shape, dtype), hard(rng, shape, dtype)
            probs = (1 / (1 + np.exp(-logits))).astype(dtype)
            for number, (loss, call) in enumerate(ask(len(shape))):
                pred = probs if "probs" in call else logits
                text = call.replace("probs", "pred")
                name = f"{framework}/{loss}/axes-{'x'.join(map(str, shape))}/{np.dtype(dtype).name}/{number}/mean"
                value = evaluate(text, {"pred": pred, "label": label})
                assert math.isfinite(value), name
                given = {"pred": pred, "label": label}
                yield Case(name, loss, framework, text, given, "mean", value, np.dtype(dtype).name)


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
