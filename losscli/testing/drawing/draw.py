"""Blocks of rows to try a loss with, drawn from what it declares: its kinds, forms, parameters and roles.

`draws(loss)` is deterministic. A draw is a small block of rows. What a domain forbids beyond the declaration (a label
that must not be 0) is learnt from the loss itself: rows that it refuses are left out.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from ...core.declarations.domain import Choice
from ...core.declarations.param import Role
from ...core.loss import CallableLoss, Loss
from ...core.scratch import Array
from .data_hints import DataHints
from .drawn import Drawn, legal, made_positive
from .labels import BY_CLASS, STYLES, K, labels
from .parameters import LAYOUT_ONLY, by_class, by_column, choices, forms, neutral, values
from .random_numbers import Shape, predictions


def _role(rng: np.random.Generator, role: Role, pred: Array, label: Array | None) -> Array:
    if role.name == "input_lengths":
        return rng.integers(pred.shape[1] // 2, pred.shape[1] + 1, size=len(pred))
    if role.name == "label_lengths":
        assert label is not None
        return rng.integers(0, label.shape[1] + 1, size=len(pred))
    if role.name == "count":
        return rng.integers(1, 60, size=(len(pred), 2) if role.shape == "(n, 2)" else len(pred))
    if role.name == "batch":
        return np.sort(rng.integers(0, 3, size=len(pred)))
    sides = {"n": len(pred), "d": pred.shape[-1], "c": K, "k": K}
    names = [part.strip() for part in role.shape.strip("()").split(",") if part.strip()]
    shape = tuple(sides[name] for name in names) if all(name in sides for name in names) else pred.shape
    if role.whole_number:
        return rng.integers(0, 4, size=shape)
    numbers: Array = rng.normal(size=shape) * rng.choice([0.5, 2.0])
    return numbers


def shapes(loss: Loss, form: str, kind: str, hints: DataHints) -> list[Shape]:
    """Shapes of predictions for a form, of each number of dimensions that the loss takes."""
    possible: list[Shape]
    if form == "sequence":
        possible = [(5, 5, 3), (4, 7, 4)]
    elif form in BY_CLASS:
        possible = [(8, 3), (8, 2), (6, 5)]
    elif form == "class" and kind in ("cosines", "logits", "probs", "logprobs", "scores"):
        possible = [(8, K)]
    elif kind == "embeddings":
        possible = [(8, 3), (6, 5)]
    elif form == "pair":
        possible = [(12,)]
    elif form == "number" and not hints.columns:
        possible = [(7, 3), (9, 5), (5, 1)]
    elif hints.columns:
        possible = [(7, hints.columns), (9, hints.columns)]
    else:
        possible = [(14,), (7, 2), (5, 5), (4, 2, 2), (5, 1)]
    if hints.hard_masks:
        possible = [shape for shape in possible if len(shape) > 1]
    return [s for s in possible if not loss.pred_dims or len(s) in loss.pred_dims]


class Drawer:
    """Draws blocks of one loss from one seeded generator."""

    def __init__(self, loss: CallableLoss, seed: int, hints: DataHints) -> None:
        self.loss, self.hints = loss, hints
        self.rng = np.random.default_rng([seed, zlib.crc32(loss.name.encode())])

    def pick(self, options: Any) -> Any:
        """One of several."""
        return options[int(self.rng.integers(len(options)))]

    def block(
        self, kind: str, form: str, shape: Shape, style: str, limits: bool, params: dict[str, Any]
    ) -> Drawn | None:
        loss, rng = self.loss, self.rng
        limits = limits and self.hints.infinite
        by_class = form in (*BY_CLASS, "sequence") and kind in ("logits", "probs", "logprobs")
        pred = predictions(rng, kind, shape, by_class, limits)
        pred = np.sort(pred, axis=1) if self.hints.ordered else pred
        params = by_column(loss, params, rng, shape[-1])
        if loss.class_masks and form in BY_CLASS:  # rows of classes are pixels, which a batch is made of
            params = {"pool": "batch", **params}
        label = labels(rng, form, style, pred, loss.resolve(params))
        if self.hints.hard_masks and label is not None and label.dtype.kind == "f":
            label = np.round(label)
        every = {r.name: _role(rng, r, pred, label) for r in loss.roles if not r.internal}
        wanted = [every]
        if every:
            wanted += [{k: v for k, v in every.items() if rng.random() < 0.5}, {}]
            wanted = wanted[::-1] if rng.random() < 0.5 else wanted
        if self.hints.one_role:
            name = self.pick(list(every))
            wanted = [{name: every[name]}]
        for roles in wanted:
            drawn = Drawn(loss, kind, form, style, limits, params, pred, label, roles)
            tries = [t for w in ((False, False), (True, True)) if (t := legal(made_positive(drawn, w)))]
            tries = [t for t in tries if len(t.pred) * 2 >= len(pred)] or tries
            if tries:
                return tries[0]
        return None

    def plans(self) -> Iterator[Drawn | None]:
        loss = self.loss
        seen: set[tuple[str, str]] = set()
        for choice in choices(loss):
            for form in forms(loss, choice):
                for kind in loss.pred:
                    yield from self._for(kind, form, choice, fresh=(kind, form) not in seen)
                    seen.add((kind, form))

    def _for(self, kind: str, form: str, choice: dict[str, Any], *, fresh: bool) -> Iterator[Drawn | None]:
        sizes, styles = shapes(self.loss, form, kind, self.hints), STYLES[form]
        if not sizes:
            return
        if not fresh:
            for limits in (False, True):
                yield self.block(kind, form, self.pick(sizes), self.pick(styles), limits, choice)
            return
        for size in sizes:
            for style in styles:
                yield self.block(kind, form, size, style, False, choice)
                if style in styles[:2] or size == sizes[0]:
                    yield self.block(kind, form, size, style, True, choice)
        for param in neutral(self.loss):
            if param.name in choice or param.name in LAYOUT_ONLY or isinstance(param.domain, Choice):
                continue
            for value in values(param, self.rng):
                yield self.block(kind, form, self.pick(sizes), self.pick(styles), False, {**choice, param.name: value})
            some = self.pick(values(param, self.rng))
            yield self.block(kind, form, self.pick(sizes), self.pick(styles), True, {**choice, param.name: some})
            wide = [s for s in sizes if len(s) > 1]
            if param.per == "class" and wide:
                for limits in (False, True):
                    size = self.pick(wide)
                    classes = K if form == "class" else size[-1]
                    several = {param.name: by_class(param, self.rng, classes)}
                    yield self.block(kind, form, size, self.pick(styles), limits, {**choice, **several})
        if len(neutral(self.loss)) > 1:
            for limits in (False, False, True):
                several = {
                    p.name: self.pick(possible)
                    for p in neutral(self.loss)
                    if p.name not in LAYOUT_ONLY and (possible := values(p, self.rng))
                }
                yield self.block(kind, form, self.pick(sizes), self.pick(styles), limits, {**several, **choice})


def draws(loss: CallableLoss, seed: int = 0, hints: DataHints | None = None) -> list[Drawn]:
    """All blocks of a loss."""
    return [drawn for drawn in Drawer(loss, seed, hints or DataHints()).plans() if drawn is not None]
