"""The numbers of a call: weights, one value a class, and whether a loss has classes or gives a number a row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..declarations.declaration import Loss
from ..declarations.param import ClassValues, Param
from .signatures import Signature


def are_weights(value: Any) -> bool:
    """Whether it is a number, or lists of numbers that make an array, each finite and at least 0."""
    numbers = np.asarray(value) if _even(value) else np.zeros(0)
    if not numbers.size or numbers.dtype.kind not in "iuf":
        return False
    return bool(((numbers >= 0) & (numbers < np.inf)).all())


class Broadcast(tuple[Any, ...]):
    """Numbers that go along the predictions as arrays are broadcast: by their last axes, not by their rows."""


def gives_rows(signature: Signature) -> bool:
    """Whether a public function gives a loss a row where nothing is said of a reduction; others give one number."""
    if signature.like == "keras":
        return not signature.is_class
    of_rows = ("tf.nn.", "tf.compat.v1.nn.", "torch.nn.functional.cosine_similarity", "torch.nn.CosineSimilarity")
    return signature.like in ("optax", "torchvision") or signature.name.startswith(of_rows)


def list_of(param: Param, value: Any, *, broadcast: bool = False) -> Any:
    """A value, and one value a class as an array where its shape says which axis it goes along, as (3, 1, 1) does.

    `broadcast` says that the framework takes it along the last axes of predictions.
    """
    if not isinstance(value, tuple) or not param.per or not _even(value):
        return value
    array = np.asarray(value)
    if broadcast and (values := ClassValues.broadcast(array)) is not None:
        return values
    return array if array.ndim > 1 else value


def _even(value: Any) -> bool:
    """Whether lists within a list are all of one shape, as those of an array are."""
    if not isinstance(value, tuple):
        return True
    shapes = {np.shape(each) if not isinstance(each, tuple) or _even(each) else None for each in value}
    return len(shapes) == 1 and None not in shapes


def of_classes(loss: Loss) -> bool:
    """Whether the predictions of a loss may have an axis of classes."""
    forms: Iterator[str] = iter(() if callable(loss.label) else loss.label)
    return callable(loss.label) or any(form in ("index", "distribution", "class_scores") for form in forms)
