"""Data drawn from what a loss declares: its kinds, forms, parameters and roles.

`draws(loss)` is deterministic. A draw is a small block of rows: everyday numbers, huge and tiny ones, exact
zeros, the ends of a domain and, in blocks marked `limits`, infinities. What a domain forbids beyond the
declaration (a label that must not be 0) is learnt from the loss itself: rows that it refuses are left out.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from losscli.core import registry
from losscli.core.arrays.inputs import FORMS
from losscli.core.binding.binding import bind
from losscli.core.declarations.domain import Choice, Interval
from losscli.core.declarations.param import Param, Role
from losscli.core.errors import BadValue, DataProblem, UsageProblem
from losscli.core.loss import Loss

Array = np.ndarray[Any, Any]
Shape = tuple[int, ...]

# (loss, form) whose terms are not made from a row alone, so that no formula of a row can be asked.
NOT_ROW_WISE: dict[tuple[str, str], str] = {
    ("triplet", "class"): "mined triplets compare every row with every other",
    ("lovasz_softmax", "index"): "the pixels of all images are sorted together",
    ("lovasz_softmax", "distribution"): "the pixels of all images are sorted together",
    ("r2", "values"): "the variation of labels is one of all rows",
    ("relative_squared_error", "values"): "the variation of labels is one of all rows",
    ("d2", "values"): "the variation of labels is one of all rows",
}
# Parameters that describe the file, not the arithmetic: they are applied before a kernel runs.
LAYOUT_ONLY = {"layout"}
# Losses of a chosen and a rejected answer: two columns.
OF_PAIRS = {"preference"}
# Losses of masks of 0 and 1, nothing between, whose pixels are sorted: one axis is no image.
OF_HARD_MASKS = {"lovasz_hinge", "lovasz_softmax"}
# Losses of an interval: a lower bound and an upper one.
INTERVALS = {"interval_score", "coverage"}
# Losses that take one of several roles.
ALTERNATIVES = {"crps_normal", "log_score_normal"}
# Losses of values that only take positive ones (or ones above a bound), most parameters of theirs at least.
POSITIVE = {"generalized_kl", "msle", "rmsle", "tweedie"}
# Losses of values that have no limit where a prediction is infinite.
NO_LIMIT: dict[str, str] = {
    "hinge_embedding": "infinities of both signs in a row",
    "multilabel_margin": "differences of infinite scores",
    "categorical_hinge": "differences of infinite scores",
    "multiclass_hinge": "differences of infinite scores",
    "multi_margin": "differences of infinite scores",
    "crps_ensemble": "what an infinite member is apart from the others cancels",
    "bias": "errors of both signs cancel",
    "mean_pairwise_squared_error": "infinite errors of a row cancel",
}


def positive(loss: Loss) -> bool:
    """Whether everyday predictions and labels of the loss are above 0."""
    return loss.name in POSITIVE or loss.pred[0] in ("rates", "log_rates")


HARD = ("index", "class", "pair", "sequence")
BY_CLASS = ("index", "distribution", "class_scores")
K = 4  # classes where the predictions do not say how many there are

TINY = (1e-310, 5e-324, 2.2e-308, 1e-17, 1e-9)
HUGE = (700.0, 745.0, 40.0, 36.7, 20.0)
BELOW_ONE = float(np.nextafter(1.0, 0.0))


@dataclass(frozen=True)
class Drawn:
    """One block for one loss."""

    loss: Loss
    kind: str
    form: str
    style: str
    limits: bool
    params: dict[str, Any]
    pred: Array
    label: Array | None
    roles: dict[str, Array]

    def __str__(self) -> str:
        label = "" if self.label is None else f" {self.label.dtype}"
        shown = " ".join(f"{k}={v}" for k, v in self.params.items())
        roles = " ".join(self.roles)
        what = f"{self.loss.name} {self.kind}/{self.form}{label} {self.pred.shape}"
        return f"{what} {self.style} {shown} {roles}".rstrip()

    def rows(self, keep: Array) -> Drawn:
        """The same with some of its rows."""
        by_row = {r.name for r in self.loss.roles if r.rows}
        roles = {name: a[keep] if name in by_row else a for name, a in self.roles.items()}
        return replace(self, pred=self.pred[keep], label=None if self.label is None else self.label[keep], roles=roles)

    def call(self, loss: Loss | None = None, **changed: Any) -> Any:
        """The loss of this block; another loss or other arrays where given."""
        given = {"pred": self.pred, "label": self.label, **self.roles, **changed}
        return (loss or self.loss)(given.pop("pred"), given.pop("label"), input=self.kind, **given, **self.params)


def every_loss() -> list[str]:
    """Names of the losses, for parametrisation; a broken file must not hide the others."""
    found = []
    for name in registry.names():
        try:
            registry.find(name)
        except Exception:  # test_draw reports it
            continue
        found.append(name)
    return sorted({*found, *registry._plugins()})


# -- numbers ----------------------------------------------------------------------------------------------


def _mixed(rng: np.random.Generator, shape: Shape, *, low: float, high: float) -> Array:
    """Everyday numbers, and a good share of huge, tiny and zero ones of both signs, within bounds."""
    usual = rng.normal(size=shape) * rng.choice([0.1, 1.0, 5.0], size=shape)
    odd = rng.choice([*TINY, *HUGE, 0.0, 0.5, 1.0], size=shape) * rng.choice([-1.0, 1.0], size=shape)
    return np.clip(np.where(rng.random(shape) < 0.55, usual, odd), low, high)


def _probs(rng: np.random.Generator, shape: Shape) -> Array:
    odd = rng.choice([0.0, 1.0, 0.5, 1e-310, 1e-17, 1e-9, BELOW_ONE, 1 - 1e-9], size=shape)
    return np.where(rng.random(shape) < 0.5, rng.random(shape), odd)


def _distributions(rng: np.random.Generator, shape: Shape) -> Array:
    """Rows of probabilities: smooth, sharp, one-hot, with zeros, and with a tiny one."""
    rows = rng.dirichlet(np.ones(shape[-1]), size=shape[:-1]).reshape(-1, shape[-1])
    for row in rows:
        match rng.integers(6):
            case 0:
                row[:] = np.eye(len(row))[rng.integers(len(row))]
            case 1:
                row[:] = np.eye(len(row))[rng.integers(len(row))] * BELOW_ONE
                row[row == 0] = 1e-310
            case 2:
                row[rng.integers(len(row))] = 0.0
                row /= row.sum() or 1.0
            case 3:
                row[:] = 1.0 / len(row)
    return np.minimum(rows, 1.0).reshape(shape)


def _class_logits(rng: np.random.Generator, shape: Shape, limits: bool) -> Array:
    rows = rng.normal(size=shape).reshape(-1, shape[-1]) * 3
    for row in rows:
        match rng.integers(6):
            case 0:
                row[:] = _mixed(rng, row.shape, low=-np.inf, high=np.inf)
            case 1:
                row[rng.integers(len(row))] += rng.choice([-700.0, 700.0, 40.0, 30.0])
            case 2:
                row[:] = row[0]
            case 3:
                row[:] = rng.choice([0.0, -0.0, 1e-310, -1e-310], size=len(row))
        if limits:
            sure = rng.integers(len(row))
            lost = (rng.random(len(row)) < 0.4) & (np.arange(len(row)) != sure)
            row[lost] = -np.inf
            if rng.random() < 0.5:
                row[sure] = np.inf
    return rows.reshape(shape)


def _logs(probs: Array) -> Array:
    with np.errstate(divide="ignore"):
        return np.minimum(np.log(probs), 0.0)


def _predictions(rng: np.random.Generator, kind: str, shape: Shape, by_class: bool, limits: bool) -> Array:
    if kind == "logits" and by_class:
        return _class_logits(rng, shape, limits)
    if kind in ("probs", "logprobs") and by_class:
        found = _distributions(rng, shape)
        return found if kind == "probs" else _logs(found)
    if kind == "probs":
        return _probs(rng, shape)
    if kind == "logprobs":
        logs = np.where(
            rng.random(shape) < 0.5, _logs(_probs(rng, shape)), -np.abs(_mixed(rng, shape, low=-750, high=0))
        )
        return np.where(limits & (rng.random(shape) < 0.3), -np.inf, logs)
    if kind == "classes":
        return rng.integers(6, size=shape).astype(np.float64)
    if kind == "cosines":
        odd = rng.choice([-1.0, 1.0, 0.0, BELOW_ONE, 1e-9], size=shape)
        return np.where(rng.random(shape) < 0.7, rng.uniform(-1, 1, shape), odd)
    if kind == "embeddings":
        return rng.normal(size=shape) * rng.choice([0.1, 1.0, 10.0], size=(shape[0], *[1] * (len(shape) - 1)))
    signless = kind in ("distances", "rates")
    found = _mixed(rng, shape, low=0.0 if kind == "distances" else -np.inf, high=np.inf)
    found = np.abs(found) if kind == "rates" else found
    if limits:
        found[rng.random(shape) < 0.35] = np.inf
        if not signless:
            found *= rng.choice([-1.0, 1.0], size=shape)
    return found


# -- labels -----------------------------------------------------------------------------------------------

STYLES = {
    "index": ("int64", "uint8", "float64", "int32"),
    "class": ("int64", "uint8", "float64"),
    "pair": ("int64", "bool", "uint8", "float64"),
    "match": ("int64", "bool", "uint8", "float64"),
    "binary": ("soft", "bool", "uint8", "int64", "float64", "float32", "soft float32"),
    "distribution": ("soft", "int64", "float64", "bool", "soft float32"),
    "class_scores": ("float64", "float32"),
    "sign": ("int64", "float64", "uint8", "bool", "zero one"),
    "values": ("float64", "int64", "float32"),
    "sequence": ("int64", "float64"),
    "number": ("float64", "int64", "float32"),
    "none": ("",),
}


def _label(rng: np.random.Generator, form: str, style: str, pred: Array, params: dict[str, Any]) -> Array | None:
    n, shape, width = len(pred), pred.shape, pred.shape[-1]
    if form == "none":
        return None
    if form in ("index", "class"):
        found = rng.integers(width if form == "index" else K, size=n)
        if params.get("ignore_index") is not None and not (style == "uint8" and params["ignore_index"] < 0):
            found[rng.random(n) < 0.3] = params["ignore_index"]
        return found.astype(style)
    if form == "pair":
        return rng.integers(2, size=n).astype(style)
    if form == "number":
        return _label(rng, "values", style, pred[:, int(rng.integers(width))], params)
    if form == "sequence":
        blank = params.get("blank", 0)
        symbols = [c for c in range(width) if c != blank]
        return rng.choice(symbols, size=(n, 2)).astype(style)
    if form == "match":
        if (pred == np.floor(pred)).all() and pred.max(initial=0) > 1 and style not in ("bool",):  # classes
            return np.where(rng.random(shape) < 0.5, pred, rng.integers(6, size=shape)).astype(style)
        return rng.integers(2, size=shape).astype(style)
    if form == "binary":
        if style.startswith("soft"):
            return _single(_probs(rng, shape), style)
        return rng.integers(2, size=shape).astype(style)
    if form == "distribution":
        if style.startswith("soft"):
            return _single(_distributions(rng, shape), style)
        return np.eye(width)[rng.integers(width, size=n)].reshape(shape).astype(style)
    if form == "class_scores":
        logs = np.log(np.maximum(_distributions(rng, shape), 1e-12))
        scores = logs if params["label_input"] == "logprobs" else logs + rng.normal(size=(n, 1))
        return np.clip(scores, -1e30, 1e30).astype(np.float32 if style == "float32" else np.float64)
    if form == "sign":
        zero_one = rng.integers(2, size=shape)
        if style in ("uint8", "bool"):
            return zero_one.astype(style)
        return zero_one if style == "zero one" else (2 * zero_one - 1).astype(style)
    if style == "int64":
        return rng.integers(-3, 9, size=shape)
    found = _mixed(rng, shape, low=-np.inf, high=np.inf)
    near = rng.random(shape)
    found = np.where((near < 0.3) & np.isfinite(pred), pred, found)
    found = np.where((near > 0.9) & np.isfinite(pred), pred * (1 + 1e-9), found)
    if style == "float32":
        return np.clip(found, -1e30, 1e30).astype(np.float32)
    return found


def _single(found: Array, style: str) -> Array:
    with np.errstate(under="ignore"):
        return found.astype(np.float32) if style.endswith("float32") else found


# -- parameters -------------------------------------------------------------------------------------------


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
    found = [first, low + 1e-9, last, *inner]
    if not np.isfinite(domain.high):
        found.append(high * 10)
    return [None, *found] if param.optional else found


def _by_class(param: Param, rng: np.random.Generator, classes: int) -> tuple[float, ...]:
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


def _choices(loss: Loss) -> list[dict[str, Any]]:
    """The default, and each other choice of a named parameter: they may change the forms."""
    found: list[dict[str, Any]] = [{}]
    for param in neutral(loss):
        if isinstance(param.domain, Choice) and param.name not in LAYOUT_ONLY:
            found += [{param.name: v} for v in param.domain.values if v != param.default]
    return found


def forms(loss: Loss, params: dict[str, Any]) -> tuple[str, ...]:
    return loss.label(loss.resolve(params)) if callable(loss.label) else loss.label


def combinations(loss: Loss) -> list[tuple[str, str]]:
    """Kinds of predictions with forms of labels, as they will be tried; a loss may refuse some of them whole."""
    return sorted({(kind, form) for choice in _choices(loss) for form in forms(loss, choice) for kind in loss.pred})


def all_forms(loss: Loss) -> set[str]:
    found: set[str] = set()
    for choice in _choices(loss):
        found |= set(forms(loss, choice))
    return found


# -- roles ------------------------------------------------------------------------------------------------


def _role(rng: np.random.Generator, role: Role, pred: Array, label: Array | None) -> Array:
    if role.name == "input_lengths":
        return rng.integers(pred.shape[1] // 2, pred.shape[1] + 1, size=len(pred))
    if role.name == "label_lengths":
        assert label is not None
        return rng.integers(0, label.shape[1] + 1, size=len(pred))
    if role.name == "count":
        return rng.integers(1, 60, size=len(pred))
    sides = {"n": len(pred), "d": pred.shape[-1], "c": K, "k": K}
    names = [part.strip() for part in role.shape.strip("()").split(",") if part.strip()]
    shape = tuple(sides[name] for name in names) if all(name in sides for name in names) else pred.shape
    if role.whole_number:
        return rng.integers(0, 4, size=shape)
    return rng.normal(size=shape) * rng.choice([0.5, 2.0])


# -- blocks -----------------------------------------------------------------------------------------------


def shapes(loss: Loss, form: str, kind: str) -> list[Shape]:
    """Shapes of predictions for a form, of each number of dimensions that the loss takes."""
    if form == "sequence":
        found = [(5, 5, 3), (4, 7, 4)]
    elif form in BY_CLASS:
        found = [(8, 3), (8, 2), (6, 5)]
    elif form == "class" and kind in ("cosines", "logits", "probs", "logprobs", "scores"):
        found = [(8, K)]
    elif kind == "embeddings":
        found = [(8, 3), (6, 5)]
    elif form == "pair":
        found = [(12,)]
    elif form == "number" and loss.name not in INTERVALS:
        found = [(7, 3), (9, 5), (5, 1)]
    elif loss.name in OF_PAIRS | INTERVALS:
        found = [(7, 2), (9, 2)]
    else:
        found = [(14,), (7, 2), (5, 5), (4, 2, 2), (5, 1)]
    if loss.name in OF_HARD_MASKS:
        found = [shape for shape in found if len(shape) > 1]
    return [s for s in found if not loss.pred_dims or len(s) in loss.pred_dims]


def _bound(drawn: Drawn) -> Any:
    """Binds and maps the block as a run would; returns the binding. Raises what the loss raises."""
    whole = {r.name for r in drawn.loss.roles if not r.rows}
    block = {"pred": drawn.pred, **{k: v for k, v in drawn.roles.items() if k not in whole}}
    if drawn.label is not None:
        block["label"] = drawn.label
    bound = bind(
        drawn.loss,
        {k: v.shape for k, v in block.items()},
        input=drawn.kind,
        whole={k: v for k, v in drawn.roles.items() if k in whole},
        **drawn.params,
    )
    bound = bound.prepared(lambda: iter([block]))
    with np.errstate(all="ignore"):
        bound.rows(block)
    return bound


def legal(drawn: Drawn) -> Drawn | None:
    """The block without the rows that the loss refuses; None if it refuses the whole, or this form is another's."""
    while len(drawn.pred):
        try:
            bound = _bound(drawn)
        except BadValue as bad:
            drawn = drawn.rows(np.arange(len(drawn.pred)) != bad.index)
            continue
        except (UsageProblem, DataProblem):
            return None
        form = bound.form.name if bound.form else "none"
        return drawn if form == drawn.form else None
    return None


def _positive(drawn: Drawn, which: tuple[bool, bool]) -> Drawn:
    """The block with predictions or labels made positive, for losses of counts and sizes."""
    label = drawn.label
    return replace(
        drawn,
        pred=np.abs(drawn.pred) if which[0] else drawn.pred,
        label=np.abs(label) if which[1] and label is not None and label.dtype != bool else label,
        roles={k: np.abs(v) for k, v in drawn.roles.items()} if any(which) else drawn.roles,
    )


class Drawer:
    """Draws blocks of one loss from one seeded generator."""

    def __init__(self, loss: Loss, seed: int) -> None:
        self.loss = loss
        self.rng = np.random.default_rng([seed, zlib.crc32(loss.name.encode())])

    def pick(self, options: Any) -> Any:
        return options[int(self.rng.integers(len(options)))]

    def block(
        self, kind: str, form: str, shape: Shape, style: str, limits: bool, params: dict[str, Any]
    ) -> Drawn | None:
        loss, rng = self.loss, self.rng
        limits = limits and loss.name not in NO_LIMIT
        by_class = form in (*BY_CLASS, "sequence") and kind in ("logits", "probs", "logprobs")
        pred = _predictions(rng, kind, shape, by_class, limits)
        pred = np.sort(pred, axis=1) if loss.name in INTERVALS else pred
        params = by_column(loss, params, rng, shape[-1])
        if loss.class_masks and form in BY_CLASS:  # rows of classes are pixels, which a batch is made of
            params = {"pool": "batch", **params}
        label = _label(rng, form, style, pred, loss.resolve(params))
        if loss.name in OF_HARD_MASKS and label is not None and label.dtype.kind == "f":
            label = np.round(label)
        every = {r.name: _role(rng, r, pred, label) for r in loss.roles if not r.internal}
        wanted = [every]
        if every:
            wanted += [{k: v for k, v in every.items() if rng.random() < 0.5}, {}]
            wanted = wanted[::-1] if rng.random() < 0.5 else wanted
        if loss.name in ALTERNATIVES:
            name = self.pick(list(every))
            wanted = [{name: every[name]}]
        for roles in wanted:
            drawn = Drawn(loss, kind, form, style, limits, params, pred, label, roles)
            tries = [t for w in ((False, False), (True, True)) if (t := legal(_positive(drawn, w)))]
            tries = [t for t in tries if len(t.pred) * 2 >= len(pred)] or tries
            if tries:
                return tries[0]
        return None

    def plans(self) -> Iterator[Drawn | None]:
        loss = self.loss
        seen: set[tuple[str, str]] = set()
        for choice in _choices(loss):
            for form in forms(loss, choice):
                for kind in loss.pred:
                    yield from self._for(kind, form, choice, fresh=(kind, form) not in seen)
                    seen.add((kind, form))

    def _for(self, kind: str, form: str, choice: dict[str, Any], *, fresh: bool) -> Iterator[Drawn | None]:
        sizes, styles = shapes(self.loss, form, kind), STYLES[form]
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
                    several = {param.name: _by_class(param, self.rng, classes)}
                    yield self.block(kind, form, size, self.pick(styles), limits, {**choice, **several})
        if len(neutral(self.loss)) > 1:
            for limits in (False, False, True):
                several = {
                    p.name: self.pick(found)
                    for p in neutral(self.loss)
                    if p.name not in LAYOUT_ONLY and (found := values(p, self.rng))
                }
                yield self.block(kind, form, self.pick(sizes), self.pick(styles), limits, {**several, **choice})


@cache
def draws(loss: Loss, seed: int = 0) -> list[Drawn]:
    """All blocks of a loss."""
    return [drawn for drawn in Drawer(loss, seed).plans() if drawn is not None]


__all__ = ["FORMS", "Drawn", "all_forms", "draws", "every_loss", "forms", "legal", "values"]
