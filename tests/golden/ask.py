"""Asks a framework: turns ways of calling it into cases. A case's `call` is the text that was evaluated."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from .case import Case, Expect, Raised
from .draw import ALL, EDGE, Array, Data, Rng, weightings

PLAIN = ("plain", "columns", "soft")
WEIGHED = (*PLAIN, "nan", "ignored(1)", "ragged")
DOUBLE = (*PLAIN, "saturated", "infinite-wrong", "sure-wrong", "sure-right", "huge", "close", "ragged", "mixed")
DOUBLE += ("minus-inf-at-label", "label-zero", "pred-zero", "absent", "ignored(1)", "ignored(-100)", "impossible")
DOUBLE += ("far", "same-positive")


@dataclass(frozen=True)
class Variant:
    """Parameters set away from the framework's defaults: in its words, and in losscli's."""

    options: str
    arguments: Mapping[str, Any]
    names: Mapping[str, Array] = field(default_factory=dict)
    only: tuple[str, ...] = PLAIN


@dataclass(frozen=True)
class Way:
    """A function of a framework. `call` has the fields more and args (options and reduction, with and without a
    comma before) and weights; `reductions` gives the text of each reduction, or what to wrap CALL in."""

    loss: str
    name: str
    call: str
    reductions: Mapping[str, str]
    options: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    weights: str = ""
    weights_of_columns: str = ""
    variants: tuple[Variant, ...] = ()
    base: bool = True  # also ask without any variant
    note: str = ""

    def named(self, name: str) -> Way:
        """The same under another name, which only ids show."""
        return replace(self, name=name)

    def with_options(self, options: str, arguments: Mapping[str, Any]) -> Way:
        """The same with more options."""
        texts = ", ".join(filter(None, (self.options, options)))
        return replace(self, options=texts, arguments={**self.arguments, **arguments})


@dataclass(frozen=True)
class Question:
    """A way with data, a reduction, and perhaps weights."""

    way: Way
    data: Data
    reduction: str
    weights: Array | None = None
    tags: tuple[str, ...] = ()
    names: Mapping[str, Array] = field(default_factory=dict)

    @property
    def call(self) -> str:
        """The text to evaluate."""
        way, text = self.way, self.way.reductions[self.reduction]
        wraps = "CALL" in text
        options = ", ".join(filter(None, (way.options, "" if wraps else text)))
        weights = way.weights_of_columns or way.weights if self.data.pred.ndim > 1 else way.weights
        weights = "" if self.weights is None else f", {weights}"
        call = way.call.format(args=options, more=options and f", {options}", weights=weights)
        return text.replace("CALL", call) if wraps else call

    @property
    def arguments(self) -> dict[str, Any]:
        """What losscli is to be given."""
        weights = {} if self.weights is None else {"weights": self.weights}
        return {**self.data.arrays(), **weights, **self.way.arguments}

    @property
    def id(self) -> str:
        """A name that no other question of the framework has."""
        dtype = self.data.pred.dtype
        return "/".join(
            (self.way.loss, self.way.name, str(dtype), self.data.name, *filter(None, self.tags), self.reduction)
        )


def grid(way: Way, datas: Iterable[Data], rng: Rng, double: tuple[str, ...] | None = DOUBLE) -> Iterator[Question]:
    """Every data set by itself; the plain ones also with weights and with each variant.

    Of float64 only those named in `double`, or all for None.
    """
    for data in datas:
        if double is not None and data.pred.dtype == np.float64 and data.name not in double:
            continue
        if way.base:
            for reduction in _reductions(way, data):
                yield Question(way, data, reduction)
        if way.base and way.weights and data.name in WEIGHED:
            yield from _weighed(way, data, rng)
        for variant in way.variants:
            if data.name in variant.only:
                yield from _varied(way, data, variant)


def _reductions(way: Way, data: Data) -> list[str]:
    """Those of the data that the way has, and those that only the way has; all of the way if that is none."""
    return [each for each in way.reductions if each in data.reductions or each not in ALL] or list(way.reductions)


def _weighed(way: Way, data: Data, rng: Rng) -> Iterator[Question]:
    for name, weights in weightings(rng, len(data.pred), data.pred.dtype.type):
        if name == "zero-weights" and data.name not in ("plain", "columns", "nan"):
            continue
        for reduction in _reductions(way, data):
            yield Question(way, data, reduction, weights, (name,))


def _varied(way: Way, data: Data, variant: Variant) -> Iterator[Question]:
    varied = way.with_options(variant.options, variant.arguments)
    for reduction in _reductions(way, replace(data, reductions=EDGE)):
        yield Question(varied, data, reduction, None, (variant.options.replace(" ", ""),), variant.names)


def answered(
    like: str, questions: Iterable[Question], names: Callable[[Question], dict[str, Any]], raises: list[Raised] | None
) -> Iterator[Case]:
    """The cases; a question that has no number for an answer goes to `raises`.

    `names` makes the framework's arrays of a question and says what else its text may use.
    """
    seen: set[str] = set()
    for question in questions:
        assert question.id not in seen, f"{question.id} occurs twice"
        seen.add(question.id)
        common = {"id": question.id, "loss": question.way.loss, "like": like, "call": question.call}
        common |= {"arguments": question.arguments, "reduction": question.reduction}
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                found = np.asarray(eval(question.call, names(question)))
            expect = _expect(found, question)
        except Exception as problem:
            if raises is not None:
                raises.append(Raised(**common, error=_told(problem)))
            continue
        if expect is not None:
            yield Case(**common, expect=expect, dtype=str(found.dtype), note=question.way.note)


def _expect(found: Array, question: Question) -> Expect | None:
    """A number, or a number a row; None where the framework leaves the columns of a row apart."""
    if question.reduction != "none":
        if found.ndim:
            raise ValueError(f"not a number but an array of shape {found.shape}")
        return float(found)
    label = question.data.label
    n = len(question.data.pred) if label is None else len(label)
    if found.size != n or found.shape[:1] != (n,):
        return None
    return [float(x) for x in found.ravel()]


def _told(problem: Exception) -> str:
    lines = re.sub(r"\{\{.*?\}\} ", "", str(problem)).strip().splitlines()
    return f"{type(problem).__name__}: {lines[0] if lines else ''}"[:200]
