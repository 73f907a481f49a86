"""Kinds of predictions and forms of labels: the one place where they are described, matched and checked.

A kind says what a prediction's numbers mean; it is declared, never guessed from values. A form says how
labels stand beside predictions; it follows from the shapes alone, in the order a loss lists its forms.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import BadValue, DataProblem
from ..record import record
from ..scratch import Array, like
from .bounds import ROUNDING, beyond, put_back, within
from .ragged import Ragged as Ragged
from .ragged import Shape as Shape


@record
class Kind:
    """A kind of prediction; `low` and `high` bound what it may hold."""

    name: str
    help: str
    low: float = -np.inf
    high: float = np.inf
    rounding: float = 0.0  # so far beyond a bound a value counts as the bound

    def check(self, pred: Array) -> Array:
        """The values, those a rounding beyond a bound put back to it; one further out is a BadValue.

        NaN is left to the run's NaN policy.
        """
        if not pred.size or (self.low == -np.inf and self.high == np.inf) or within(pred, self.low, self.high):
            return pred
        out = (pred < self.low) | (pred > self.high)
        if not out.any():
            return pred
        if (bad := np.argwhere(out & beyond(pred, self.low, self.high, self.rounding))).size:
            at = tuple(bad[0])
            bounds = f"[{self.low:g}, {self.high:g}]"
            from .fault_digits import outside_digits

            message = f"{outside_digits(pred[at], self.low, self.high)} is outside {bounds}, the range of {self.name}"
            column = int(at[1]) if pred.ndim == 2 else None
            hint = _OTHERWISE.get(self.name, "")
            raise BadValue("pred", int(at[0]), message, hint, column, options=("input",), value=float(pred[at]))
        return put_back(pred, out, self.low, self.high)

    def holds(self, low: float, high: float) -> bool:
        """Whether values that go from `low` to `high` are of this kind."""
        return self.low - self.rounding <= low and high <= self.high + self.rounding


_OTHERWISE = {
    "probs": "Scores before sigmoid or softmax are --input logits.",
    "logprobs": "Probabilities are --input probs, scores before softmax --input logits.",
    "rates": "Logarithms of rates are --input log_rates.",
}

KINDS = {
    kind.name: kind
    for kind in (
        Kind("logits", "scores before sigmoid or softmax"),
        Kind("probs", "probabilities in [0, 1]", 0.0, 1.0, ROUNDING),
        Kind("logprobs", "natural logarithms of probabilities", high=0.0, rounding=ROUNDING),
        Kind("scores", "signed scores of a decision function"),
        Kind("values", "real numbers"),
        Kind("rates", "expected counts or amounts, at least 0", low=0.0),
        Kind("log_rates", "natural logarithms of rates"),
        Kind("classes", "predicted classes as whole numbers, or 0 and 1"),
        Kind("embeddings", "one vector a row"),
        Kind("distances", "distances of pairs, at least 0", low=0.0),
        # cosines of float32 vectors may leave [-1, 1] by a rounding; kernels put them back
        Kind("cosines", "cosines between a row and each class", -1.0 - ROUNDING, 1.0 + ROUNDING),
    )
}


@record
class Form:
    """A form of labels: when shapes fit it, and how a block of it is checked."""

    name: str
    help: str
    fits: Callable[[Shape, Shape], bool]
    check: Callable[[Any, int, int | None], Any]  # label block, number of classes, ignored label
    # labels as they came and as checked -> names of what must not occur together in one data set
    seen: Callable[[Any, Any], list[str]] | None = None


def _same(pred: Shape, label: Shape) -> bool:
    return len(pred) == len(label) and pred[1:] == label[1:]


def _beside(pred: Shape, label: Shape) -> bool:
    return len(pred) >= 2 and len(label) == 1


def _first(mask: Array) -> int:
    return int(np.argwhere(mask)[0][0])


def _real(label: Array, *_: Any) -> Array:
    return label


def _whole(label: Array, role: str = "label") -> Array:
    """Integers as they are; floats only where every one is whole."""
    if label.dtype.kind == "b":
        return label.view(np.uint8)
    if label.dtype.kind == "f":
        rough = ~(np.floor(label) == label) & ~np.isnan(label)
        if rough.any():
            at = _first(rough)
            from .fault_digits import fraction_digits

            raise BadValue(role, at, f"{fraction_digits(label.flat[at])} is not a whole number")
        if np.isnan(label).any():
            raise BadValue(role, _first(np.isnan(label)), "nan is not a label")
        return label.astype(np.int64)
    return label


def _index(label: Array, classes: int, ignore: int | None) -> Array:
    label = _whole(label)
    bad = _outside(label, classes)
    if bad.any():
        if ignore is not None:
            bad &= label != ignore
        if bad.any():
            at = _first(bad)
            hint = "Labels count from 0." if (label[at] == classes) else ""
            message = f"label {label[at]} is outside 0 ... {classes - 1}"
            raise BadValue("label", at, message, hint, value=float(label[at]))
    return label


def _outside(label: Array, classes: int) -> Array:
    """Which class numbers are none of 0 to classes - 1, in one pass: as unsigned numbers, those below 0 are large."""
    if label.dtype.kind == "i" and label.dtype.isnative and classes < np.iinfo(label.dtype).max:
        unsigned = label.view(label.dtype.str.replace("i", "u"))
        return np.asarray(np.greater_equal(unsigned, classes, out=like("index outside", label, np.bool_)))
    return np.asarray((label < 0) | (label >= classes))


def _class(label: Array, classes: int, ignore: int | None) -> Array:
    label = _whole(label)
    if label.size and label.min() < 0:
        bad = label < 0
        if ignore is not None:
            bad &= label != ignore
        if bad.any():
            at = _first(bad)
            raise BadValue("label", at, f"label {label[at]} is negative", value=float(label[at]))
    return label


class Hard(np.ndarray[Any, np.dtype[Any]]):
    """Float labels that their form has found to be 0 or 1, every one; kernels may work on their bits."""


def _all_hard(label: Array) -> bool:
    """Whether all labels are 0 or 1. The first entry mostly tells that they are not."""
    if label.size and label.flat[0] not in (0.0, 1.0):
        return False
    known = np.equal(label, 1, out=like("hard one", label, np.bool_))
    known |= np.equal(label, 0, out=like("hard zero", label, np.bool_))
    return bool(known.all())


def _unit(label: Array, *_: Any) -> Array:
    """Labels in [0, 1]; floats that are all 0 or 1 are marked as hard."""
    if label.dtype.kind == "b":
        return label
    if label.dtype.kind == "f" and _all_hard(label):
        return label.view(Hard)
    if label.size and not within(label, 0.0, 1.0):
        out = (label < 0) | (label > 1)
        if not (bad := out & beyond(label, 0.0, 1.0)).any():
            return put_back(label, out, 0.0, 1.0) if out.any() else label
        at = np.argwhere(bad)[0]
        value = label[tuple(at)]
        hint = (
            "Labels of -1 and 1 are for hinge; here 0 is the negative class."
            if value == -1
            else "Class numbers above 1 need one column of predictions a class."
            if value == int(value)
            else ""
        )
        from .fault_digits import outside_digits

        message = f"label {outside_digits(value, 0.0, 1.0)} is outside [0, 1]"
        raise BadValue("label", int(at[0]), message, hint, value=float(value))
    return label


def _sign(label: Array, *_: Any) -> Array:
    """Floats of -1 and 1 as they are, else whether each label is positive.

    -1 and 0 are both negative; that only one of them occurs is checked over the whole run.
    """
    if label.dtype.kind == "b":
        return label
    positive = np.equal(label, 1, out=like("sign positive", label, np.bool_))
    known = np.equal(label, -1, out=like("sign known", label, np.bool_))
    known |= positive
    if known.all():
        return label if label.dtype.kind == "f" else positive
    known |= label == 0
    if not known.all():
        at = np.argwhere(~known)[0]
        value = label[tuple(at)]
        raise BadValue("label", int(at[0]), f"label {value:.6g} is not -1, 0 or 1", value=float(value))
    return positive


def _signs_seen(label: Array, checked: Array) -> list[str]:
    if label.dtype.kind in "bu":
        return ["label 0"]
    negatives = (-1,) if checked is label else (-1, 0)  # floats that stayed as they are have no 0
    return [f"label {value}" for value in negatives if _occurs(label, value)]


def _occurs(label: Array, value: int) -> bool:
    """Whether a label has this value; the first rows mostly tell."""
    head = label[:64] == value
    return bool(head.any() or np.equal(label, value, out=like("sign seen", label, np.bool_)).any())


def _pair(label: Array, *_: Any) -> Array:
    label = _whole(label)
    bad = (label != 0) & (label != 1)
    if bad.any():
        value = label.flat[_first(bad)]
        raise BadValue("label", _first(bad), f"label {value} is not 0 or 1", value=float(value))
    return label


def _sequence(label: Any, classes: int, *_: Any) -> Any:
    return Ragged(_whole(label.values), label.offsets) if isinstance(label, Ragged) else _whole(label)


FORMS = {
    form.name: form
    for form in (
        Form("index", "a class number a row, from 0", _beside, _index),
        Form(
            "distribution",
            "one-hot rows or probabilities, one a class",
            lambda p, q: len(p) >= 2 and _same(p, q),
            _unit,
        ),
        Form(
            "class_scores",
            "a logit or log-probability a class, shaped like the predictions",
            lambda p, q: len(p) >= 2 and _same(p, q),
            _real,
        ),
        Form("binary", "0 or 1 (or a soft label between), shaped like the predictions", _same, _unit),
        Form("sign", "-1 or 1 (or 0 and 1), shaped like the predictions", _same, _sign, _signs_seen),
        Form("values", "real numbers, shaped like the predictions", _same, _real),
        Form("class", "a class number a row", _beside, _class),
        Form("number", "a real number a row, beside several columns of predictions", _beside, _real),
        Form("match", "class numbers, or 0 and 1, shaped like the predictions", _same, lambda label, *_: _whole(label)),
        Form("pair", "0 or 1 a row", lambda p, q: len(q) == 1, _pair),
        Form(
            "bounds",
            "two numbers a row, a lower and an upper bound",
            lambda p, q: len(p) == 1 and len(q) == 2 and q[1] in (None, 2),
            _real,
        ),
        Form("sequence", "class numbers, one row a sequence", lambda p, q: len(p) == 3 and len(q) == 2, _sequence),
    )
}


def match_form(names: tuple[str, ...], pred: Shape, label: Shape) -> Form:
    """The first form in a loss's list that fits the shapes."""
    for name in names:
        if FORMS[name].fits(pred, label):
            return FORMS[name]
    one = names[:1] == ("index",) and len(pred) == len(label) == 1
    a_class = " One column for a yes-or-no label is for sigmoid_cross_entropy (bce)." if one else ""
    if "binary" in names and len(pred) == 2 and len(label) == 1 and pred[1] not in (None, 1):
        a_class = " A column of probabilities a class is for softmax_cross_entropy --input probs, or for log_loss."
    raise DataProblem(
        f"Labels of shape {show_shape(label)} do not fit predictions of shape {show_shape(pred)}.",
        f"This loss takes {'; or '.join(FORMS[name].help for name in names)}.{a_class}",
        kind="bad_shape",
    )


def show_shape(shape: Shape) -> str:
    """A shape as Python writes it, with n for rows that are not counted yet and ? for what else is not known."""
    inner = ", ".join("n?"[axis > 0] if side is None else str(side) for axis, side in enumerate(shape))
    return f"({inner},)" if len(shape) == 1 else f"({inner})"
