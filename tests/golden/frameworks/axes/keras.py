"""Keras: arrays of other numbers of axes, one mask, and class numbers that it is given as one-hot labels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...case import Case, Raised
from ...draw import Rng
from .. import keras
from ..classes import keras as classes
from ..keras import VERSIONS, _Tensors
from ..pairs import keras as pairs
from ..regression import keras as regression
from . import Asked, cases_by_call, cases_of, flat, of_classes

__all__ = ["VERSIONS", "cases"]

INDEXED = {
    "categorical_hinge": ("losses.CategoricalHinge()(label, pred)", "logits", {"input": "scores"}),
    "focal": ("losses.CategoricalFocalCrossentropy()(label, pred)", "probs", {"input": "probs"}),
}


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What it answers; calls without an answer go to `raises`."""
    asked = [(each._questions, getattr(each, "_names", keras._names)) for each in (keras, classes, regression, pairs)]
    yield from cases_of("keras", rng, raises, asked)
    yield from cases_by_call("keras", _asked(rng), _evaluated, raises)


def _evaluated(call: str, names: dict[str, Any]) -> float:
    return float(eval(call, {"losses": _Tensors(), **names}))


def _asked(rng: Rng) -> Iterator[Asked]:
    one = flat(rng)
    given = {"pred": one["probs"], "label": one["label"]}
    for loss, name in (("dice", "Dice"), ("tversky", "Tversky")):
        yield loss, f"losses.{name}()(label, pred)", given, {"input": "probs"}, given
    for drawn in of_classes(rng, last=True):
        for loss, (call, kind, arguments) in INDEXED.items():
            names = {"pred": drawn[kind], "label": drawn["onehot"]}
            own = {"activation": "softmax"} if loss == "focal" else {}
            yield loss, call, {"pred": drawn[kind], "label": drawn["label"]}, {**arguments, **own}, names
        for loss, name in (("dice", "Dice"), ("tversky", "Tversky")):
            names = {"pred": drawn["probs"], "label": drawn["onehot"]}
            arrays = {"pred": drawn["probs"], "label": drawn["label"]}
            yield loss, f"losses.{name}()(label, pred)", arrays, {"input": "probs"}, names
