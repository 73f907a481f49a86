"""A row of a drawn block as the formula of its loss sees it: exact numbers, by name."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np

from ..core.scratch import Array
from . import oracle
from .drawing.drawn import Drawn
from .drawing.labels import HARD


def numbers(o: oracle.Oracle, values: Any, *, whole: bool = False) -> Any:
    """Nested lists of exact numbers."""
    if isinstance(values, list | tuple):
        return type(values)(numbers(o, v, whole=whole) for v in values)
    if values is None or isinstance(values, str | bool):
        return values
    return int(values) if whole else o.number(values)


@cache
def parameters_of(formula: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    """The parameters of a formula, by name."""
    return inspect.signature(formula).parameters


def batch_numbers(drawn: Drawn) -> Array:
    """The batch of each row of a block, whose loss compares the rows of one."""
    named, size = drawn.roles.get("batch"), drawn.params.get("batch_size")
    return np.asarray(np.arange(len(drawn.pred)) // (size or len(drawn.pred)) if named is None else named)


def _rest_of_batch(drawn: Drawn, row: int) -> dict[str, Any]:
    """The other rows of a row's batch: their predictions, labels and what they have in other roles."""
    number = batch_numbers(drawn)
    rest = np.flatnonzero(number == number[row])
    rest = rest[rest != row]
    views = drawn.roles["other"][rest].tolist() if "other" in drawn.roles else []
    labels = [] if drawn.label is None else [int(label) for label in drawn.label[rest]]
    return {"others": drawn.pred[rest].tolist(), "other_labels": labels, "other_views": views}


class FormulaRow:
    """What one row (or one element of it) gives to the formula."""

    def __init__(self, drawn: Drawn, whole: dict[str, Any], where: Any, column: int | None = None) -> None:
        loss = drawn.loss
        self.name, self.formula = loss.name, loss.formula_function
        self.whole_label = drawn.form in HARD
        pred, label = drawn.pred[where], None if drawn.label is None else drawn.label[where]
        if column is None and drawn.form != "sequence":
            pred = pred.ravel() if pred.ndim > 1 else pred
            label = label.ravel() if label is not None and label.ndim > 1 else label
        self.block_label = [] if drawn.label is None else drawn.label.ravel().tolist()
        steps, size = (drawn.roles.get(name) for name in ("input_lengths", "label_lengths"))
        pred = pred if steps is None else pred[: int(steps[where])]
        label = label if size is None or label is None else label[: int(size[where])]
        self.pred, self.label = pred.tolist(), None if label is None else label.tolist()
        self.params = {
            k: v[column] if isinstance(v, tuple) and column is not None else v
            for k, v in loss.resolve(drawn.params).items()
        }
        self.ints = {p.name for p in loss.params if p.kind is int}
        roles = {
            r.name: (drawn.roles[r.name][where] if r.rows else drawn.roles[r.name])
            for r in loss.roles
            if r.name in drawn.roles
        }
        self.roles = {r.name: None for r in loss.roles} | {k: v.tolist() for k, v in {**whole, **roles}.items()}
        self.context = {"input": drawn.kind, "form": drawn.form}
        if loss.batched:
            self.roles |= _rest_of_batch(drawn, int(where))
            self.context["other_labels"] = self.roles.pop("other_labels")
        self.inputs = oracle.flat([self.pred, [] if self.whole_label else self.label, *self.roles.values()])

    def __call__(self, o: oracle.Oracle) -> Any:
        params = {k: numbers(o, v, whole=k in self.ints) for k, v in self.params.items()}
        given = {**self.context, **params, **{k: numbers(o, v) for k, v in self.roles.items()}}
        assert self.formula is not None
        wanted = parameters_of(self.formula)
        if not any(p.kind is p.VAR_KEYWORD for p in wanted.values()):
            given = {k: v for k, v in given.items() if k in wanted}
        label = numbers(o, self.label, whole=self.whole_label)
        return self.formula(o, numbers(o, self.pred), label, **given)
