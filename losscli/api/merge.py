"""`losscli merge`: the States of shards, added into the exact value of the whole."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from ..core.binding.bound_loss import BoundLoss
from ..core.errors import DataProblem, LossCliError
from ..core.record import replace
from ..core.safe_text import shown
from ..core.sums.state import State
from ..engine.outcome import Outcome
from ..report import read_back
from ..report.model import Report, Result
from ..report.recipe import differences, recipe_of
from ..sources.work_done import WORK
from ..stats.effective_of_run import Shard, effective_of_shards
from ..stats.uncertainty import IntervalRequest, Uncertainty
from . import documents
from .baseline.inputs import inputs_of
from .merged_histograms import histograms_of, merged_histograms
from .requests.rebound import bound_anew, shapes_of
from .results import rounded_values, summarise

if TYPE_CHECKING:
    from .merged_groups import MergedGroups

_FROM_ROWS = ("bootstrap", "cluster")  # methods of intervals
_COUNTS = ("nan", "missing", "ignored", "infinite")


def merge(paths: list[str]) -> Report:
    """One report of all shards. Each must hold the state of the same settings."""
    shards = []
    for done, path in enumerate(paths):
        WORK.at(done, len(paths), "shards")
        shards.append((path, documents.read(path)))
    _refuse_twice(shards)
    return merge_documents(shards)


def merge_documents(shards: list[tuple[str, dict[str, Any]]]) -> Report:
    """The same of documents with their names."""
    first_path, first = shards[0]
    merged = [_Part(first_path, result, first, 0) for result in first["results"]]
    inputs = [read_back.input(each) for each in first["inputs"]]
    for done, (path, document) in enumerate(shards[1:], 1):
        WORK.at(done, len(shards), "sums")
        if len(document["results"]) != len(merged):
            raise DataProblem(f"{path} has {len(document['results'])} results and {first_path} has {len(merged)}.")
        for i, result in enumerate(document["results"]):
            merged[i] += _Part(path, result, document, len(inputs))
        inputs += [read_back.input(each) for each in document["inputs"]]
    requests = [document.get("request") or {} for _, document in shards]
    common = requests[0] if all(each == requests[0] for each in requests) else {}
    answers = [part.answer() for part in merged]
    notes = [note for _, own in answers for note in own]
    return Report("merge", [result for result, _ in answers], inputs, notes, request=common)


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
    _refuse_a_part(shards)


def _refuse_a_part(shards: list[tuple[str, dict[str, Any]]]) -> None:
    """All rows of inputs beside some that --where chose of the same: these would count twice."""
    whole = {_inputs(document): path for path, document in shards if not _where(document)}
    for path, document in shards:
        if _where(document) and (other := whole.get(_inputs(document))):
            raise DataProblem(
                f"{shown(path)} holds the rows of {' and '.join(_where(document))}, and {shown(other)} all rows of the "
                "same inputs: those would count twice.",
                "Leave one of them out.",
                kind="repeated_shard",
                file=shown(path),
            )


def _where(document: dict[str, Any]) -> list[str]:
    """The conditions by which a shard's rows were chosen."""
    return [shown(str(each)) for each in (document.get("request") or {}).get("where") or ()]


def _inputs(document: dict[str, Any]) -> str:
    """The inputs of a shard by hash, or else by path, and their rows."""
    names = ("role", "columns", "shape")
    inputs = [[each.get("sha256") or each.get("path"), *map(each.get, names)] for each in document["inputs"]]
    return json.dumps(inputs, sort_keys=True)


def _contents(document: dict[str, Any]) -> str:
    """What tells a shard from others: its inputs, which of their rows, and their sums."""
    states = [[each.get("loss"), each.get("signature"), _sums(each.get("state"))] for each in document["results"]]
    return json.dumps([_inputs(document), states], sort_keys=True)


def _sums(state: Any) -> Any:
    """The sums of a shard's loss, whether or not it has histograms beside them."""
    return {key: held for key, held in state.items() if key != "histograms"} if isinstance(state, dict) else state


class _Part:
    """One result of a shard: its settings, its state, and what was counted.

    `before` is how many inputs the shards before have: those of this result come after them.
    """

    def __init__(self, path: str, result: dict[str, Any], document: dict[str, Any], before: int) -> None:
        where = f"{path}, {result.get('loss')}"
        self.path = path
        self.shard = read_back.result(result)
        self.recipe = {**recipe_of(self.shard), "losscli": document["tool"].get("version")}
        state = result.get("state")
        if not isinstance(state, dict):
            raise DataProblem(f"{where}: there is no state in it.", "Shards are written by losscli compute --partial.")
        try:
            self.state = State.from_dict(state)
            self.histograms = [histograms_of(result)]
        except (AttributeError, KeyError, OverflowError, TypeError, ValueError):
            raise DataProblem(f"{where}: its state is damaged.") from None
        self.shards: list[Shard] = [(self.state, self.shard.stderr, self.shard.effective)]
        self.intervals = {_interval_of(self.shard)}
        read_back.field(where, result, "counts", dict)
        self.counts = {name: self.shard.counts.get(name, 0) for name in _COUNTS}
        places, own = inputs_of(self.shard, [read_back.input(each) for each in document["inputs"]])
        self.groups: MergedGroups | None = None
        if self.shard.grouping is not None:
            from .merged_groups import MergedGroups  # few shards have groups

            self.groups = MergedGroups(where, result, document.get("request") or {})
        self.inputs = [before + place for place in places]
        self.shapes = shapes_of(own)

    def __iadd__(self, other: _Part) -> _Part:
        if difference := _difference(self, other):
            raise DataProblem(
                f"{other.path} was computed with other settings than {self.path}: {difference}.",
                "Shards of one value have one signature.",
            )
        if len(other.state.totals) != len(self.state.totals):
            raise DataProblem(f"{other.path}: its state has another number of terms than that of {self.path}.")
        if self.groups is not None and other.groups is not None:
            self.groups.add(other.groups, other.path)
        elif self.groups is not None or other.groups is not None:
            raise DataProblem(f"Of {self.path} and {other.path} only one has groups.", "Compute both with --by.")
        self.state = self.state + other.state
        self.inputs += other.inputs
        self.shards += other.shards
        self.histograms += other.histograms
        self.intervals |= other.intervals
        for name in _COUNTS:
            self.counts[name] += other.counts[name]
        return self

    def answer(self) -> tuple[Result, list[str]]:
        """The value of the merged state, and what to say of it."""
        bound = self._bound()
        merged, notes = self._answer(bound)
        return merged, [*_notes_on_shards(bound), *notes] if len(self.shards) > 1 else notes

    def _answer(self, bound: BoundLoss) -> tuple[Result, list[str]]:
        histograms, notes = merged_histograms(self.shard.loss, self.histograms)
        outcome = Outcome(bound, self.state, histograms=histograms)
        outcome.counts.update(self.counts)
        merged = summarise(outcome, self.shard.weighted)
        names = [each.get("output") for each in self.shard.outputs if isinstance(each, dict)]
        if len(names) == len(merged.outputs):
            named = [{**each, "output": name} for each, name in zip(merged.outputs, names, strict=True)]
            merged = replace(merged, outputs=named)
        uncertainty = self._uncertainty(outcome, merged.stderr)
        inputs, dataset = tuple(self.inputs), self.shard.dataset
        own = {"signature": self.shard.signature, "like": self.shard.like, **uncertainty.fields}
        merged = replace(merged, inputs=inputs, dataset=dataset, **own)
        if self.groups is None:
            return merged, [*self._notes(), *rounded_values(outcome), *uncertainty.notes, *notes]
        levels = {asked[0] for asked in self.intervals if asked is not None}  # a shard of one row has no interval
        level = levels.pop() if len(levels) == 1 else None
        merged, own_notes = self.groups.grouped(merged, outcome.bound, level)
        notes += own_notes
        if self.groups.macro:
            return merged, notes
        return merged, [*self._notes(), *rounded_values(outcome), *uncertainty.notes, *notes]

    def _uncertainty(self, outcome: Outcome, stderr: float | None) -> Uncertainty:
        """What the standard error stands on; and the interval that every shard was asked for, from all of them."""
        if stderr is None:
            return Uncertainty({})
        effective = effective_of_shards(outcome.bound.reduction, self.state, self.shards)
        asked = next(iter(self.intervals))
        if len(self.intervals) > 1 or asked is None or asked[1] in _FROM_ROWS:
            return Uncertainty({"effective": effective.to_dict()} if stderr else {})
        return IntervalRequest(asked[0]).standing_on(outcome.bound, self.state, stderr, effective)

    def _notes(self) -> list[str]:
        """What the shards do not say of their standard error, and why there is no interval though one was asked for."""
        notes, name = [], self.shard.loss
        if any(stderr and not effective for _, stderr, effective in self.shards):  # as those of earlier versions
            notes.append(
                f"{name}: a shard does not say what its standard error stands on, so the effective number of rows "
                "is not known. Shards of this version of losscli say it."
            )
        if said := sorted({asked[1] for asked in self.intervals if asked is not None and asked[1] in _FROM_ROWS}):
            notes.append(f"{name}: the interval by {' and '.join(said)} takes the rows, and shards keep sums.")
        elif len(self.intervals) > 1:
            notes.append(f"{name}: the shards have different intervals.")
        return notes

    def _bound(self) -> BoundLoss:
        try:
            return bound_anew(self.shard, self.shapes)
        except LossCliError as problem:
            raise DataProblem(f"{self.path} cannot be merged: {problem}") from None


def _notes_on_shards(bound: BoundLoss) -> list[str]:
    """That a value is not the one of a single run: rows were compared with others, or read twice, shard by shard."""
    name = bound.loss.name
    one_batch = bound.batched and bound.batch_size is None and not bound.named_batches and bound.parts is None
    if one_batch:
        return [
            f"{name}: each shard was one batch, so this is the mean of the shards' values, and not the value of one "
            "run over all rows. Name the batches, with --batch-size N or --batch COLUMN."
        ]
    if not bound.needs_preparation or bound.params.get("label_map") == "auto":  # which says the same of every shard
        return []
    return [
        f"{name}: it reads the data twice, and each shard was read by itself, so this is not the value of one run over "
        "all rows."
    ]


def _interval_of(shard: Result) -> tuple[float, str] | None:
    """The level and the method of a shard's interval; None where it was asked for none."""
    level, method = (shard.ci or {}).get("level"), (shard.ci or {}).get("method")
    return (float(level), str(method)) if isinstance(level, int | float) and 0 < level < 1 else None


def _difference(one: _Part, other: _Part) -> str:
    """In what two shards were computed otherwise; empty where in nothing."""
    if one.shard.loss != other.shard.loss:
        return f"{other.shard.loss} against {one.shard.loss}"
    for name in sorted(differences(one.recipe, other.recipe)):
        return f"{name} is {other.recipe.get(name)} against {one.recipe.get(name)}"
    return ""
