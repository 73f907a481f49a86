"""Predictions and labels for each loss, and runs over them."""

from __future__ import annotations

from typing import Any

import draw
import numpy as np
import pytest

import losscli
from losscli.core import registry
from losscli.core.binding.binding import bind
from losscli.core.loss import Loss
from losscli.engine.run import Outcome, Settings, run
from losscli.report.model import Result
from losscli.sources.arrays import ArrayTable
from losscli.sources.frame import Frame
from losscli.sources.table import Pick

Array = np.ndarray[Any, Any]
Data = dict[str, Array]
THREADS = (1, 2, 3, 5)
C = 3  # classes
WELL_KNOWN = ("mse", "sigmoid_cross_entropy", "softmax_cross_entropy", "focal", "dice", "kl", "hinge", "rmse")
APART = (
    "nll",
    "ctc",
    "triplet",
    "contrastive",
    "sphereface",
    *draw.ALTERNATIVES,
    *draw.OF_HARD_MASKS,
)  # need more than predictions and labels, or rows of several pixels: tests of their own


def kind_for(loss: Loss) -> str:
    """The first kind of predictions that needs no other role."""
    return "cosines" if "cosines" in loss.pred else loss.pred[0]


def losses() -> list[str]:
    """Losses of predictions and labels alone, whose rows do not look at each other."""
    return [
        name
        for name, loss in registry.everything().items()
        if not any(role.required for role in loss.roles)
        and not any(param.per == "column" for param in loss.params)
        and not loss.batched
        and name not in APART
    ]


def of_each_form() -> list[Any]:
    """Losses of predictions and labels alone; those that run as another one does are slow."""
    seen: set[Any] = set()
    params = []
    for name in sorted(losses(), key=lambda name: name not in WELL_KNOWN):
        loss = registry.find(name)
        data = data_for(loss, 8, 3)
        bound = bind(loss, frame_of(data).shapes, input=kind_for(loss))
        form = (
            kind_for(loss), data["pred"].ndim, data["label"].ndim, data["label"].dtype.kind, bound.needs_preparation,
            bound.reduction.name, bool(bound.reduces), bound.one_row, bound.finish() is None, loss.finish_of,
        )  # fmt: skip
        params.append(pytest.param(name, id=name, marks=[pytest.mark.slow] if form in seen else []))
        seen.add(form)
    return params


def frame_of(data: Data) -> Frame:
    """The arrays as the roles of a frame."""
    return Frame({role: (ArrayTable(array, role), Pick()) for role, array in data.items()})


def data_for(loss: Loss, rows: int, width: int, seed: int = 0) -> Data:
    """Predictions of the loss's first kind with labels that fit; width 1 is a 1-D array."""
    rng = np.random.default_rng(seed)
    if loss.pred_dims and 1 not in loss.pred_dims and width == 1:
        width = C
    names = loss.label({p.name: p.default for p in loss.params}) if callable(loss.label) else loss.label
    if width == 1 and not set(names) - {"index", "class", "distribution", "none"}:
        width = C
    if loss.pred_dims and 2 not in loss.pred_dims:
        width = 1
    width = 2 if loss.name in draw.OF_PAIRS | draw.INTERVALS else width
    shape = (rows, width) if width > 1 else (rows,)
    kind = kind_for(loss)
    pred = rng.normal(size=shape) * np.exp(rng.normal(size=shape))
    pred = np.abs(pred) if loss.name in draw.POSITIVE else pred
    pred = np.sort(pred, axis=1) if loss.name in draw.INTERVALS else pred
    if kind == "probs":
        pred = rng.uniform(0.01, 0.99, size=shape)
        pred = pred / pred.sum(axis=1, keepdims=True) if loss.name == "kl_divergence" and width > 1 else pred
    elif kind == "distances":
        pred = np.abs(pred)
    elif kind == "logprobs":
        pred = -np.abs(pred)
    elif kind == "cosines":
        pred = np.cos(pred)
    label = label_for(loss, shape, rng)
    return {"pred": np.abs(pred), "label": np.abs(label)} if draw.positive(loss) else {"pred": pred, "label": label}


def label_for(loss: Loss, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    names = loss.label({p.name: p.default for p in loss.params}) if callable(loss.label) else loss.label
    form = next(
        name for name in names if name != "none" and (len(shape) > 1 or name not in ("index", "class", "distribution"))
    )
    if form in ("index", "class"):
        return rng.integers(0, shape[1], size=shape[0])
    if form == "bounds":
        low = np.exp(rng.normal(size=shape[0]))
        return np.stack([low, np.where(rng.random(shape[0]) < 0.5, low, np.inf)], axis=1)
    if form == "number":
        return rng.normal(size=shape[0])
    if form == "values":
        values = rng.normal(size=shape)
        return (
            np.abs(values) if loss.name in draw.POSITIVE else -np.abs(values) if loss.name in draw.OF_PAIRS else values
        )
    if form == "distribution":
        return rng.dirichlet(np.ones(shape[1]), size=shape[0])
    if form == "sign":
        return rng.choice([-1, 1], size=shape)
    return rng.integers(0, 2, size=shape if form in ("binary", "match") else shape[:1])


def outcome(loss: Loss, frame: Frame, threads: int = 1, **settings: Any) -> Outcome:
    return run(bind(loss, frame.shapes, input=kind_for(loss)), frame, Settings(threads=threads, **settings))


def compute(name: str, data: Data, **options: Any) -> Result:
    options.setdefault("input", kind_for(registry.find(name)))
    return losscli.compute(name, data["pred"], data.get("label"), weights=data.get("weight"), **options)
