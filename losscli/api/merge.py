"""`losscli merge`: the States of shards, added into the exact value of the whole."""

from __future__ import annotations

import json
import os
from typing import Any

import numpy as np

from ..core import registry
from ..core.binding.binding import bind
from ..core.binding.bound_loss import BoundLoss
from ..core.errors import DataProblem, LossCliError
from ..core.record import replace
from ..core.safe_text import shown
from ..core.sums.state import State
from ..engine.run import Outcome
from ..report import read_back
from ..report.model import Input, Report, Result
from ..report.recipe import differences, recipe_of
from ..stats.uncertainty import IntervalRequest
from . import documents
from .results import summarise

_FROM_ROWS = ("bootstrap", "cluster")  # methods of intervals
_COUNTS = ("nan", "missing", "ignored", "infinite")


def merge(paths: list[str]) -> Report:
    """One report of all shards. Each must hold the state of the same recipe."""
    shards = [(path, documents.read(path)) for path in paths]
    _refuse_twice(shards)
    first_path, first = shards[0]
    merged = [_Part(first_path, result, first) for result in first["results"]]
    inputs = [each for _, document in shards for each in document["inputs"]]
    for path, document in shards[1:]:
        if len(document["results"]) != len(merged):
            raise DataProblem(f"{path} has {len(document['results'])} results and {first_path} has {len(merged)}.")
        for i, result in enumerate(document["results"]):
            merged[i] += _Part(path, result, document)
    results = [part.result() for part in merged]
    notes = [note for part in merged for note in part.notes()]
    return Report("merge", results, [_input(each) for each in inputs], notes)


def _refuse_twice(shards: list[tuple[str, dict[str, Any]]]) -> None:
    """A shard that is there twice would count its rows twice: the same file, or the same rows of the same inputs."""
    seen: dict[Any, str] = {}
    for path, document in shards:
        if earlier := seen.get(os.path.realpath(path)):
            raise DataProblem(
                f"{shown(path)} is the same file as {shown(earlier)}: its rows would count twice.",
                "Name each shard once.",
                kind="repeated_shard",
                file=shown(path),
            )
        if earlier := seen.get(contents := _contents(document)):
            raise DataProblem(
                f"{shown(path)} holds the same rows of the same inputs as {shown(earlier)}, which would count twice.",
                "Leave one of them out.",
                kind="repeated_shard",
                file=shown(path),
            )
        seen[os.path.realpath(path)] = seen[contents] = path


def _contents(document: dict[str, Any]) -> str:
    """What tells a shard from others: its inputs by hash (or else by path), which of their rows, and their sums."""
    inputs = [
        [each.get("role"), each.get("sha256") or each.get("path"), each.get("columns"), each.get("shape")]
        for each in document["inputs"]
    ]
    states = [[each.get("loss"), each.get("signature"), each.get("state")] for each in document["results"]]
    return json.dumps([inputs, states], sort_keys=True)


class _Part:
    """One result of a shard: its recipe, its state, and what was counted."""

    def __init__(self, path: str, result: dict[str, Any], document: dict[str, Any]) -> None:
        where = f"{path}, {result.get('loss')}"
        self.path = path
        self.shard = read_back.result(result)
        self.recipe = {**recipe_of(self.shard), "losscli": document["tool"].get("version")}
        state = result.get("state")
        if not isinstance(state, dict):
            raise DataProblem(f"{where}: there is no state in it.", "Shards are written by compute --partial.")
        try:
            self.state = State.from_dict(state)
        except (KeyError, TypeError, ValueError):
            raise DataProblem(f"{where}: its state is damaged.") from None
        self.intervals = {_interval_of(self.shard)}
        counts = read_back.field(where, result, "counts", dict)
        self.counts = {name: int(counts.get(name, 0)) for name in _COUNTS}
        self.shapes = {
            each["role"]: tuple(None if i == 0 else side for i, side in enumerate(each["shape"]))
            for each in document["inputs"]
        }

    def __iadd__(self, other: _Part) -> _Part:
        if difference := _difference(self, other):
            raise DataProblem(
                f"{other.path} was computed by another recipe than {self.path}: {difference}.",
                "Shards of one value have one signature.",
            )
        if len(other.state.totals) != len(self.state.totals):
            raise DataProblem(f"{other.path}: its state has another number of terms than that of {self.path}.")
        self.state = self.state + other.state
        self.intervals |= other.intervals
        for name in _COUNTS:
            self.counts[name] += other.counts[name]
        return self

    def result(self) -> Result:
        """The value of the merged state."""
        outcome = Outcome(self._bound(), self.state)
        outcome.counts.update(self.counts)
        merged = replace(summarise(outcome, self.shard.weighted), **self._interval(outcome))
        return replace(merged, signature=self.shard.signature, like=self.shard.like)

    def _interval(self, outcome: Outcome) -> dict[str, Any]:
        """The interval that every shard was asked for, from the sums of all of them."""
        if len(self.intervals) > 1 or (asked := next(iter(self.intervals))) is None or asked[1] in _FROM_ROWS:
            return {}
        return IntervalRequest(asked[0]).answered(outcome.bound, outcome.state)

    def notes(self) -> list[str]:
        """Why there is no interval where shards were asked for one."""
        said = sorted({asked[1] for asked in self.intervals if asked is not None and asked[1] in _FROM_ROWS})
        if said:
            return [f"{self.shard.loss}: the interval by {' and '.join(said)} takes the rows, and shards keep sums."]
        return [f"{self.shard.loss}: the shards have different intervals."] if len(self.intervals) > 1 else []

    def _bound(self) -> BoundLoss:
        shard = self.shard
        declared = registry.find(shard.loss)
        names = {"predictions": "pred", "labels": "label", "weights": "weight"}
        shapes = {names.get(role, role): shape for role, shape in self.shapes.items()}
        whole = {role.name: np.empty(0) for role in declared.roles if not role.rows and role.name in shapes}
        rows = {name: shape for name, shape in shapes.items() if name not in whole}
        params = {p.name: shard.params[p.name] for p in declared.params if p.name in shard.params}
        try:
            return bind(
                declared,
                rows,
                input=shard.input,
                reduction=None if shard.reduction == "pooled" else shard.reduction,
                denominator=shard.denominator,
                whole=whole,
                **_like(shard),
                **params,
            )
        except LossCliError as problem:
            raise DataProblem(f"{self.path} cannot be merged: {problem}") from None


def _interval_of(shard: Result) -> tuple[float, str] | None:
    """The level and the method of a shard's interval; None where it was asked for none."""
    level, method = (shard.ci or {}).get("level"), (shard.ci or {}).get("method")
    return (float(level), str(method)) if isinstance(level, int | float) and 0 < level < 1 else None


def _like(shard: Result) -> dict[str, Any]:
    """The convention of a shard and its floats, as binding takes them."""
    if shard.convention is None:
        return {}
    floats = shard.convention["floats"]
    return {"like": shard.convention["name"], "dtypes": {"pred": floats, "label": floats}}


def _difference(one: _Part, other: _Part) -> str:
    """In what two shards were computed otherwise; empty where in nothing."""
    if one.shard.loss != other.shard.loss:
        return f"{other.shard.loss} against {one.shard.loss}"
    for name in sorted(differences(one.recipe, other.recipe)):
        return f"{name} is {other.recipe.get(name)} against {one.recipe.get(name)}"
    return ""


def _input(each: dict[str, Any]) -> Input:
    shape = tuple(each.get("shape") or ())
    return Input(
        each["role"], each.get("path"), each.get("format", ""), each.get("dtype", ""), shape, each.get("sha256")
    )
