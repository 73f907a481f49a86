"""Parameters to try a loss with: values inside their domains and at their ends."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core.declarations.domain import Choice, Interval
from ...core.declarations.param import Param
from ...core.loss import Loss

LAYOUT_ONLY = ("layout",)  # parameters that describe the file, not the arithmetic: applied before a kernel runs


def values(param: Param, rng: np.random.Generator) -> list[Any]:
    """Values inside a parameter's domain: its ends (or close to them), and a few at random."""
    domain = param.domain
    if isinstance(domain, Choice):
        return [*domain.values, None] if param.optional else list(domain.values)
    if param.kind is bool:
        return [False, True]
    if param.kind is str:
        return []
    if param.name == "ignore_index":
        return [-1, 1, None]
    if not isinstance(domain, Interval):
        domain = Interval(-np.inf, np.inf, "neither")
    whole = param.kind is int
    low = domain.low if np.isfinite(domain.low) else -3.0
    high = domain.high if np.isfinite(domain.high) else low + 6.0
    tiny = 1.0 if whole else 1e-9
    first = low if domain.contains(low) else low + tiny
    last = high if domain.contains(high) else high - tiny
    inner = [low + (high - low) * x for x in (rng.random(), rng.random())]
    if whole:
        return sorted({int(x) for x in (first, first + 1, last, *map(round, inner)) if domain.contains(int(x))})
    possible = [first, low + 1e-9, last, *inner]
    if not np.isfinite(domain.high):
        possible.append(high * 10)
    return [None, *possible] if param.optional else possible


def by_class(param: Param, rng: np.random.Generator, classes: int) -> tuple[float, ...]:
    """A value inside the domain for each class."""
    inside = [v for v in values(param, rng) if v is not None]
    return tuple(float(rng.choice(inside)) for _ in range(classes))


def by_column(loss: Loss, params: dict[str, Any], rng: np.random.Generator, columns: int) -> dict[str, Any]:
    """The parameters, with a quantile for each column: halves of them beside 0.5, which floats hold exactly."""
    for param in loss.params:
        if param.per == "column" and columns > 1:
            low = sorted(float(q) / 64 for q in rng.choice(np.arange(1, 32), columns // 2, replace=False))
            if rng.random() < 0.3:
                low[0] = 0.0
            params = {**params, param.name: (*low, *[0.5] * (columns % 2), *(1 - q for q in reversed(low)))}
    return params


def neutral(loss: Loss) -> list[Param]:
    """The parameters that the paper's formula knows; knobs of frameworks are held to the frameworks' own numbers."""
    return [param for param in loss.params if not param.knob]


def choices(loss: Loss) -> list[dict[str, Any]]:
    """The default, and each other choice of a named parameter: they may change the forms."""
    possible: list[dict[str, Any]] = [{}]
    for param in neutral(loss):
        if isinstance(param.domain, Choice) and param.name not in LAYOUT_ONLY:
            possible += [{param.name: v} for v in param.domain.values if v != param.default]
    return possible


def forms(loss: Loss, params: dict[str, Any]) -> tuple[str, ...]:
    """The forms of labels that the loss takes with these parameters."""
    return loss.label(loss.resolve(params)) if callable(loss.label) else loss.label


def combinations(loss: Loss) -> list[tuple[str, str]]:
    """Kinds of predictions with forms of labels, as they will be tried; a loss may refuse some of them whole."""
    return sorted({(kind, form) for choice in choices(loss) for form in forms(loss, choice) for kind in loss.pred})


def all_forms(loss: Loss) -> set[str]:
    """The forms of labels that it takes with any parameters."""
    possible: set[str] = set()
    for choice in choices(loss):
        possible |= set(forms(loss, choice))
    return possible
