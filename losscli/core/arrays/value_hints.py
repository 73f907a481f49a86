"""What to type where a value was refused: chosen by what stands beside it, and only what the loss takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..errors import BadValue
from ..scratch import Array

PIXELS = "Pixels go to 255 and {what} to 1: divide by 255 and save the file again."
DECLARED = {
    "probs": "Probabilities are --input probs",
    "logprobs": "Logarithms of probabilities are --input logprobs",
    "logits": "Scores before sigmoid or softmax are --input logits",
    "log_rates": "Logarithms of rates are --input log_rates",
}
# kinds that values outside a kind's bounds may be of
OTHERS = {"probs": ("logits",), "logprobs": ("probs", "logits"), "rates": ("log_rates",)}


def hinted(
    bad: BadValue,
    block: Mapping[str, Any],
    *,
    kind: str,
    kinds: Sequence[str],
    form: str,
    classes: int,
    ignorable: bool,
) -> BadValue:
    """The same problem with the hint that fits the values of its block.

    Args:
        bad: what a kind or a form refused.
        block: the arrays, by role.
        kind: the declared kind of predictions.
        kinds: those that the loss takes.
        form: the form of the labels.
        classes: how many classes the predictions have.
        ignorable: whether the loss has --ignore-index.
    """
    values = block.get(bad.role)
    if bad.value is None or not isinstance(values, np.ndarray) or values.dtype.kind not in "iuf":
        return bad
    values = values[np.isfinite(values)] if values.dtype.kind == "f" else values
    if not values.size:
        return bad
    if bad.role == "pred":
        hint = _of_predictions(values, kind, kinds)
    else:
        hint = _of_labels(bad.value, values, form, classes, ignorable)
    bad.hint = hint or bad.hint
    return bad


def _of_predictions(values: Array, kind: str, kinds: Sequence[str]) -> str:
    if kind not in OTHERS:
        return ""
    low, high = float(values.min()), float(values.max())
    if kind == "probs" and _pixels(values, low, high):
        return PIXELS.format(what="probabilities")
    others = [other for other in OTHERS[kind] if other in kinds]
    if kind == "probs" and high <= 0 and "logprobs" in kinds:
        others = ["logprobs", *others]
    sentence = ". ".join(DECLARED[other] for other in others)
    if not sentence and kind == "probs":
        sentence = "This loss takes probabilities: of scores, take sigmoid or softmax first"
    if not sentence and kind == "logprobs":
        sentence = (
            "This loss takes logarithms of probabilities: of probabilities, take the logarithm first, and of scores "
            "log_softmax; softmax_cross_entropy takes them as they are"
        )
    if not sentence and kind == "rates":
        sentence = "This loss takes rates: of their logarithms, take the exponential first"
    if kind == "probs" and low >= 0 and 1.5 < high <= 100:
        sentence = f"Percentages are to be divided by 100 and saved again. {sentence}"
    return sentence and f"{sentence}."


def _of_labels(refused: float, values: Array, form: str, classes: int, ignorable: bool) -> str:
    low, high = float(values.min()), float(values.max())
    if form in ("index", "class"):
        if form == "index" and low >= 1 and refused == classes:
            return "Labels count from 0: subtract 1 from these, which start at 1, and save the file again."
        if ignorable and refused in (-100, -1, 255):
            return f"If {refused:g} marks rows without a label, --ignore-index {refused:g} leaves them out."
        return ""
    if _pixels(values, low, high) and ((values == 0) | (values == 255)).all():
        return PIXELS.format(what="labels")
    if form not in ("binary", "distribution"):
        return ""
    if low >= 1 and ((values == 1) | (values == 2)).all():
        return "Labels count from 0: subtract 1 from these, which start at 1, and save the file again."
    if low >= 0 and 1.5 < high <= 100 and (values != np.floor(values)).any():
        return "Percentages are to be divided by 100 and saved again."
    return ""


def _pixels(values: Array, low: float, high: float) -> bool:
    return low >= 0 and high == 255 and bool((values == np.floor(values)).all())
