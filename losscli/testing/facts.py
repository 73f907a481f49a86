"""The facts that a loss declares, as laws: each says what breaks it, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..core.loss import NONNEGATIVE, SHIFT_INVARIANT, SYMMETRIC, ZERO_AT_PERFECT
from ..core.record import replace
from ..core.scratch import Array
from .drawing.drawn import Drawn, bound_of, legal

CLOSE = 1e-9  # what two ways to one number may differ by, relative to the larger

Fact = Callable[[Drawn], str]


def row_values(drawn: Drawn) -> Array:
    """The value of each row of a block, by the finish where a row has several terms."""
    with np.errstate(all="ignore"):
        terms = drawn.call()
        if not isinstance(terms, tuple):
            return np.array(terms, dtype=np.float64)
        finish = bound_of(drawn).finish()
        if finish is None:
            return np.array(terms[0], dtype=np.float64)
        return np.array([finish([float(term[row]) for term in terms]) for row in range(len(terms[0]))])


def nonnegative(drawn: Drawn) -> str:
    """No term of any row is below zero."""
    with np.errstate(all="ignore"):
        terms = drawn.call()
    for term in terms if isinstance(terms, tuple) else (terms,):
        if (term < 0).any():
            return f"row {int(np.argmax(term < 0))} of {drawn} costs {float(term[term < 0][0])!r}"
    return ""


def zero_at_perfect(drawn: Drawn) -> str:
    """Predictions that say the label exactly cost nothing. A smoothed label is another label."""
    if drawn.params.get("label_smoothing"):
        return ""
    perfect = _perfect(drawn)
    return _nonzero(perfect) if perfect is not None else ""


def symmetric(drawn: Drawn) -> str:
    """Exchanging predictions and labels changes nothing, where both are finite."""
    if drawn.label is None or not np.isfinite(drawn.pred).all():
        return ""
    if drawn.pred.shape != drawn.label.shape or drawn.form not in ("values", "binary", "match"):
        return ""
    label = drawn.label.astype(np.float64)
    plain, exchanged = replace(drawn, label=label), replace(drawn, pred=label, label=drawn.pred)
    for each in (plain, exchanged):
        taken = legal(each)
        if taken is None or len(taken.pred) != len(drawn.pred):
            return ""
    return _difference(drawn, row_values(plain), row_values(exchanged), "with predictions and labels exchanged")


def shift_invariant(drawn: Drawn) -> str:
    """Adding a constant to a row of logits changes nothing."""
    if drawn.kind != "logits" or drawn.pred.ndim < 2 or np.abs(drawn.pred).max(initial=0.0) > 100:
        return ""
    rounded = replace(drawn, pred=np.round(drawn.pred * 2.0**20) * 2.0**-20)  # so that the sum below is exact
    shifted = replace(rounded, pred=rounded.pred + 3.0)
    return _difference(drawn, row_values(rounded), row_values(shifted), "with 3 added to its logits")


FACTS: dict[str, Fact] = {
    NONNEGATIVE: nonnegative,
    ZERO_AT_PERFECT: zero_at_perfect,
    SYMMETRIC: symmetric,
    SHIFT_INVARIANT: shift_invariant,
}


def _difference(drawn: Drawn, one: Array, other: Array, how: str) -> str:
    close = np.isclose(one, other, rtol=CLOSE, atol=1e-300) | (np.isnan(one) & np.isnan(other))
    if close.all():
        return ""
    row = int(np.argmin(close))
    return f"row {row} of {drawn} costs {float(one[row])!r}, and {float(other[row])!r} {how}"


def _nonzero(perfect: Drawn) -> str:
    values = row_values(perfect)
    if not values.any():
        return ""
    row = int(np.argmax(values != 0))
    return f"row {row} of {perfect} says its label exactly, and costs {float(values[row])!r}"


def _perfect(drawn: Drawn) -> Drawn | None:
    """The block with predictions that say its labels; None where no predictions of its kind can."""
    if drawn.label is None:
        return None
    label: Array = drawn.label
    if drawn.form in ("values", "match") and drawn.kind not in ("log_rates", "logits", "logprobs"):
        pred = label.astype(np.float64)
    elif drawn.form == "number" or (label.dtype.kind == "f" and not np.isin(label, (0, 1)).all()):
        return None
    elif drawn.form == "binary" and drawn.kind in ("probs", "logits", "logprobs"):
        pred = _saying(label.astype(np.float64), drawn.kind)
    else:
        return None
    return legal(replace(drawn, pred=pred)) if pred.shape == drawn.pred.shape else None


def _saying(truth: Array, kind: str) -> Array:
    """Predictions that are sure of labels of 0 and 1."""
    if kind == "probs":
        return truth
    return np.where(truth == 1, np.inf if kind == "logits" else 0.0, -np.inf)


def declared_facts(facts: Any) -> Iterator[tuple[str, Fact]]:
    """The laws of the facts that are declared; an unknown one is a TypeError."""
    for name in sorted(facts):
        if name not in FACTS:
            raise TypeError(f"there is no fact {name!r}; there are {', '.join(FACTS)}")
        yield name, FACTS[name]
