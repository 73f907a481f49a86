"""Keras 3: the loss classes, on the backend that KERAS_BACKEND names (tensorflow unless told otherwise)."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import keras
import numpy as np

from .. import draw
from ..ask import Question, Variant, Way, answered, grid
from ..case import Case, Raised
from ..draw import FLOATS, Data, Rng

BACKEND = keras.config.backend()
ENGINE = f"{BACKEND} {importlib.import_module(BACKEND).__version__}"
VERSIONS = {"keras": keras.__version__, "engine": ENGINE}

ARGUMENT = {"mean": "", "sum": "reduction='sum'", "none": "reduction=None"}
SOME = ("plain", "saturated", "sure-wrong", "close", "ragged", "absent")  # of float64: Keras rounds it to float32
POOLED = {"mean": "", "sum": "reduction='sum'"}
LOGITS = {True: ("from_logits=True", {"input": "logits"}), False: ("", {"input": "probs"})}


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What Keras answers; calls without an answer go to `raises`."""
    return answered("keras", _questions(rng), _names, raises)


def _names(question: Question) -> dict[str, Any]:
    """One-dimensional data becomes a column, as in model.fit: else Keras averages it before it weighs it."""
    arrays = question.data.arrays()
    if arrays["pred"].ndim == 1:
        arrays = {name: x[:, None] for name, x in arrays.items()}
    weights = {} if question.weights is None else {"w": question.weights}
    return {"losses": _Tensors(), **arrays, **weights, **question.names}


class _Tensors:
    """keras.losses, whose results come back as numpy arrays."""

    def __getattr__(self, name: str) -> Any:
        def build(**options: Any) -> Any:
            loss = getattr(keras.losses, name)(**options)
            return lambda *args, **more: keras.ops.convert_to_numpy(loss(*args, **more))

        return build


def _questions(rng: Rng) -> Iterator[Question]:
    for dtype in FLOATS:
        n, c = draw.sizes(rng)
        for logits in (True, False):
            binary = list((draw.binary_logits if logits else draw.binary_probs)(rng, n, c, dtype))
            classes = list((draw.class_logits if logits else draw.class_probs)(rng, n, c, dtype))
            onehot = list(draw.as_rows(rng, iter(classes), dtype))
            yield from grid(_binary(logits), binary, rng, SOME)
            yield from grid(_categorical(logits), onehot, rng, SOME)
            yield from _sparse(rng, classes, logits)
            yield from grid(_binary_focal(logits), binary, rng, SOME)
            yield from grid(_categorical_focal(logits, draw.probs(rng, (c,), dtype)), onehot, rng, SOME)
        yield from _hinge(rng, n, c, dtype)
        yield from _dice(rng, dtype)
        yield from grid(_class("kl_divergence", "KLDivergence"), draw.distributions(rng, n, c, dtype), rng, SOME)
        values = list(draw.values(rng, n, c, dtype))
        for way in _regression():
            yield from grid(way, values, rng, SOME)
        yield from grid(
            _class("ctc", "CTC", arguments={"input": "logits", "layout": "ntc"}), _ctc(rng, dtype), rng, SOME
        )


def _class(loss: str, name: str, **more: Any) -> Way:
    call = f"losses.{name}({{args}})(label, pred{{weights}})"
    if loss == "kl_divergence":
        more["arguments"] = {"input": "probs"}
    return Way(loss, name, call, ARGUMENT, weights="sample_weight=w", **more)


def _logits_class(loss: str, name: str, logits: bool, **more: Any) -> Way:
    options, arguments = LOGITS[logits]
    found = _class(loss, name, options=options, arguments={**arguments, **more.pop("arguments", {})}, **more)
    return found.named(f"{name}-{arguments['input']}")


def _smoothings() -> tuple[Variant, ...]:
    return tuple(Variant(f"label_smoothing={share}", {"label_smoothing": share}) for share in (0.1, 0.4))


def _binary(logits: bool) -> Way:
    return _logits_class("sigmoid_cross_entropy", "BinaryCrossentropy", logits, variants=_smoothings())


def _categorical(logits: bool) -> Way:
    return _logits_class("softmax_cross_entropy", "CategoricalCrossentropy", logits, variants=_smoothings())


def _sparse(rng: Rng, classes: list[Data], logits: bool) -> Iterator[Question]:
    way = _logits_class("softmax_cross_entropy", "SparseCategoricalCrossentropy", logits)
    yield from grid(way, classes, rng, SOME)
    for value in (1, -1):
        ignoring = way.with_options(f"ignore_class={value}", {"ignore_index": value})
        yield from grid(ignoring, draw.ignored(classes[0], value), rng, SOME)


def _binary_focal(logits: bool) -> Way:
    alphas = {"alpha": 0.25}, {"alpha": 0.8}
    variants = [Variant(f"gamma={gamma}", {"gamma": gamma}) for gamma in (0.0, 1.5)]
    variants.append(Variant("apply_class_balancing=True", alphas[0]))
    variants.append(Variant("apply_class_balancing=True, alpha=0.8, gamma=3.0", {**alphas[1], "gamma": 3.0}))
    arguments = {"activation": "sigmoid"}
    return _logits_class("focal", "BinaryFocalCrossentropy", logits, arguments=arguments, variants=tuple(variants))


def _categorical_focal(logits: bool, alphas: draw.Array) -> Way:
    each = [float(str(x)) for x in alphas]
    variants = [Variant(f"gamma={gamma}", {"gamma": gamma}) for gamma in (0.0, 1.5)]
    variants.append(Variant("alpha=1.0", {"alpha": 1.0}))
    variants.append(Variant(f"alpha={each}, gamma=3.0", {"alpha": tuple(each), "gamma": 3.0}))
    arguments = {"activation": "softmax"}
    return _logits_class("focal", "CategoricalFocalCrossentropy", logits, arguments=arguments, variants=tuple(variants))


def _hinge(rng: Rng, n: int, c: int, dtype: draw.Dtype) -> Iterator[Question]:
    for low, name in ((0, "Hinge-01"), (-1, "Hinge-signs")):
        yield from grid(_class("hinge", "Hinge").named(name), draw.scores(rng, n, c, dtype, low), rng, SOME)
    label = np.array([1, 0, 1, -1, 0, 1], dtype)
    mixed = Data("mixed", draw.numbers(rng, (6,), dtype), label)
    yield from grid(_class("hinge", "Hinge", note="a single -1: no label is converted, 0 stays 0"), [mixed], rng, SOME)


def _dice(rng: Rng, dtype: draw.Dtype) -> Iterator[Question]:
    datas = list(draw.masks(rng, dtype, logits=False))
    pooled = replace(_class("dice", "Dice", arguments={"input": "probs"}), reductions=POOLED)
    yield from grid(pooled, datas, rng, SOME)
    images = [data for data in datas if data.pred.ndim == 3]
    arguments = {"input": "probs", "pool": "image"}
    yield from grid(
        _class("dice", "Dice", options="axis=(1, 2)", arguments=arguments).named("Dice-image"), images, rng, SOME
    )


def _regression() -> Iterator[Way]:
    yield _class("mse", "MeanSquaredError")
    yield _class("mae", "MeanAbsoluteError")
    yield _class("huber", "Huber", variants=tuple(Variant(f"delta={delta}", {"delta": delta}) for delta in (0.5, 2.5)))


def _ctc(rng: Rng, dtype: draw.Dtype) -> Iterator[Data]:
    """Without lengths: all steps count, and a label of 0 is padding."""
    for data in draw.sequences(rng, dtype, 0, 0):
        if data.name != "impossible":
            yield Data(data.name, data.pred, data.label, {}, data.reductions)
        else:
            yield Data(data.name, data.pred[:, :2], data.label, {}, data.reductions)
