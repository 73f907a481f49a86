"""`losscli merge`: the States of shards, added into the exact value of the whole."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core import registry, signature
from ..core.binding import bind
from ..core.bound_loss import BoundLoss
from ..core.errors import DataProblem, LossCliError
from ..core.record import replace
from ..core.state import State
from ..engine.run import Outcome
from ..report import read_back
from ..report.model import Input, Report, Result
from . import documents
from .results import summarise

_COUNTS = ("nan", "missing", "ignored", "infinite")


def merge(paths: list[str]) -> Report:
    """One report of all shards. Each must hold the state of the same recipe."""
    shards = [(path, documents.read(path)) for path in paths]
    first_path, first = shards[0]
    merged = [_Part(first_path, result, first["inputs"]) for result in first["results"]]
    inputs = [each for _, document in shards for each in document["inputs"]]
    for path, document in shards[1:]:
        if len(document["results"]) != len(merged):
            raise DataProblem(f"{path} has {len(document['results'])} results and {first_path} has {len(merged)}.")
        for i, result in enumerate(document["results"]):
            merged[i] += _Part(path, result, document["inputs"])
    results = [part.result() for part in merged]
    return Report("merge", results, [_input(each) for each in inputs])


class _Part:
    """One result of a shard: its recipe, its state, and what was counted."""

    def __init__(self, path: str, result: dict[str, Any], inputs: list[dict[str, Any]]) -> None:
        where = f"{path}, {result.get('loss')}"
        self.path, self.inputs = path, inputs
        self.like = result.get("like")
        self.signature = read_back.field(where, result, "signature", str)
        state = result.get("state")
        if not isinstance(state, dict):
            raise DataProblem(f"{where}: there is no state in it.", "Shards are written by compute --partial.")
        try:
            self.state = State.from_dict(state)
        except (KeyError, TypeError, ValueError):
            raise DataProblem(f"{where}: its state is damaged.") from None
        counts = read_back.field(where, result, "counts", dict)
        self.counts = {name: int(counts.get(name, 0)) for name in _COUNTS}
        self.shapes = {
            each["role"]: tuple(None if i == 0 else side for i, side in enumerate(each["shape"])) for each in inputs
        }

    def __iadd__(self, other: _Part) -> _Part:
        if other.signature != self.signature:
            raise DataProblem(
                f"{other.path} was computed by another recipe than {self.path}: {_difference(self, other)}.",
                "Shards of one value have one signature.",
            )
        if len(other.state.totals) != len(self.state.totals):
            raise DataProblem(f"{other.path}: its state has another number of terms than that of {self.path}.")
        self.state = self.state + other.state
        for name in _COUNTS:
            self.counts[name] += other.counts[name]
        return self

    def result(self) -> Result:
        """The value of the merged state."""
        bound, weighted = self._bound()
        outcome = Outcome(bound, self.state)
        outcome.counts.update(self.counts)
        return replace(summarise(outcome, weighted), signature=self.signature, like=self.like)

    def _bound(self) -> tuple[BoundLoss, bool]:
        loss, settings = signature.read(self.signature)
        declared = registry.find(loss)
        names = {"predictions": "pred", "labels": "label", "weights": "weight"}
        shapes = {names.get(role, role): shape for role, shape in self.shapes.items()}
        whole = {role.name: np.empty(0) for role in declared.roles if not role.rows and role.name in shapes}
        rows = {name: shape for name, shape in shapes.items() if name not in whole}
        params = {p.name: settings[p.name] for p in declared.params if p.name in settings}
        try:
            bound = bind(
                declared,
                rows,
                input=settings.get("input"),
                reduction=None if settings.get("reduction") == "pooled" else settings.get("reduction"),
                denominator=settings.get("denominator"),
                whole=whole,
                **_like(settings, self.inputs),
                **params,
            )
        except LossCliError as problem:
            raise DataProblem(f"{self.path} cannot be merged: {problem}") from None
        return bound, bool(settings.get("weighted"))


def _like(settings: dict[str, Any], inputs: list[dict[str, Any]]) -> dict[str, Any]:
    """The convention of a signature: 'keras@3.15 float32' names it and its floats."""
    if "like" not in settings:
        return {}
    like, _, floats = str(settings["like"]).partition(" ")
    return {"like": like, "dtypes": {"pred": floats, "label": floats}}


def _difference(one: _Part, other: _Part) -> str:
    mine, theirs = signature.read(one.signature), signature.read(other.signature)
    if mine[0] != theirs[0]:
        return f"{theirs[0]} against {mine[0]}"
    for key in sorted({*mine[1], *theirs[1]}):
        if mine[1].get(key) != theirs[1].get(key):
            return f"{key} is {theirs[1].get(key)} against {mine[1].get(key)}"
    return "it is written differently"


def _input(each: dict[str, Any]) -> Input:
    shape = tuple(each.get("shape") or ())
    return Input(
        each["role"], each.get("path"), each.get("format", ""), each.get("dtype", ""), shape, each.get("sha256")
    )
