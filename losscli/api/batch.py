"""Many data sets and many losses in one process: each data set is read once for all its losses that can share it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from ..core import conventions
from ..core.binding import BoundLoss
from ..core.errors import LossCliError, UsageProblem
from ..core.loss_spec import LossSpec
from ..core.record import field, record, replace
from ..engine.multi_loss import LossRun, run_all
from ..engine.run import Outcome
from ..report.model import Input, Report, Result
from ..sources.columns import Assembly, InputRequest, Opens, class_values
from ..sources.file_spec import parse
from ..sources.open import ReadOptions
from ..sources.table import Table
from ..sources.table_cache import CachedHashes, TableCache
from ..stats.uncertainty import IntervalRequest
from .compute import (
    Options,
    assembled,
    bound_of,
    check_policies,
    classes_of,
    inputs_of,
    settings_of,
    wanted_of,
)
from .failures import failed
from .results import notes_of, signature_of, summarise


@record
class LossRequest:
    """A loss of a data set, and the largest value that its gate lets pass."""

    spelt: LossSpec
    limit: float | None = None

    def options(self, common: Options) -> Options:
        """How it is computed: its own options before those of the data set."""
        own: dict[str, Any] = dict(self.spelt.options)
        reduction = own.get("reduction", common.reduction)
        settings = replace(common.settings, keep_rows=reduction == "none")
        return replace(common, settings=settings, **own)


@record
class BatchJob:
    """A data set and the losses wanted of it. `given` names the files of its roles."""

    name: str
    given: Mapping[str, Any]
    losses: Sequence[LossRequest]
    options: Options = field(default_factory=Options)

    @cached_property
    def each(self) -> dict[int, Options]:
        """How each loss is computed."""
        return {id(asked): asked.options(self.options) for asked in self.losses}

    def of(self, asked: LossRequest) -> Options:
        """How this one of the losses is computed."""
        return self.each[id(asked)]


@record
class FailedJob:
    """What stood where a job should: it fails with this problem."""

    name: str
    problem: LossCliError


@record
class BatchRecord:
    """One loss of one data set: its report, and why there is no value in it. An `old` one was finished before."""

    report: Report
    problem: Exception | None = None
    old: bool = False

    @property
    def result(self) -> Result:
        """The one result of the report."""
        return self.report.results[0]


# the report of a result that is finished already, by data set, signature, inputs, and how files were read
Known = Callable[[str, str, Sequence[Input], Mapping[str, Any]], Report | None]


def evaluate(job: BatchJob | FailedJob, shelf: TableCache, known: Known | None = None) -> list[BatchRecord]:
    """All losses of a job, in their order. What one of them meets does not end the others."""
    if isinstance(job, FailedJob):
        return [BatchRecord(failed(job.name, None, job.problem), job.problem)]
    streams: set[str] = set()

    def opens(path: str, text: ReadOptions) -> Table:
        if path == "-":
            raise UsageProblem("A batch reads no data from standard input.", "Write them to a file first.")
        if os.path.exists(path) and not (os.path.isfile(path) or os.path.isdir(path)):
            if path in streams:
                raise UsageProblem(f"{path} comes as a stream, and the losses need several readings.", "Write a file.")
            streams.add(path)
        return shelf.open(path, text)

    found: dict[int, BatchRecord] = {}
    for members in _readings(job):
        found.update(_read(job, members, opens, shelf, known))
    return [found[i] for i in range(len(job.losses))]


def _failure(job: BatchJob, i: int, problem: Exception) -> BatchRecord:
    return BatchRecord(failed(job.name, job.losses[i].spelt, problem), problem)


def _readings(job: BatchJob) -> Iterator[list[int]]:
    """The losses by what they must be given: those of one list share a reading."""
    groups: dict[Any, list[int]] = {}
    for i, asked in enumerate(job.losses):
        loss, arguments, _ = asked.spelt
        options = job.of(asked)
        roles = {role.name for role in loss.roles}
        kind = options.input or loss.pred[0]
        if options.like is not None and options.like in loss.like:
            calls = conventions.calls(loss, options.like, options.input, {})[1]
            kind = options.input or calls[0].input or kind
        key = (
            frozenset(roles) if kind == "embeddings" else None,
            not callable(loss.label) and "sequence" in loss.label,
            loss.name if any(param.name == "layout" for param in loss.params) else "",
            tuple(sorted((name, str(value)) for name, value in arguments.items() if name in roles)),
        )
        groups.setdefault(key, []).append(i)
    yield from groups.values()


def _read(
    job: BatchJob, members: list[int], opens: Opens, shelf: TableCache, known: Known | None
) -> dict[int, BatchRecord]:
    """The records of losses that share a reading."""
    began = time.perf_counter()
    found: dict[int, BatchRecord] = {}
    bound: dict[int, BoundLoss] = {}
    first = job.losses[members[0]]
    try:
        assembly = _assembled(job, first, opens)
    except Exception as problem:
        found[members[0]] = _failure(job, members[0], problem)
        # it may be this loss's own, such as a convention that there is not
        return {**found, **(_read(job, members[1:], opens, shelf, known) if members[1:] else {})}
    doubts: dict[int, IntervalRequest] = {}
    try:
        for i in members:
            try:
                each = _bound(job, job.losses[i], assembly, opens, own=job.losses[i] is first)
                doubts[i] = _uncertainty(each, assembly, job.of(job.losses[i]))
                bound[i] = each
            except Exception as problem:
                found[i] = _failure(job, i, problem)
        paths = (table.path for table in assembly.tables)
        hashes = CachedHashes(paths, shelf, beside=known is None) if job.options.hash_inputs else None
        if known is not None and hashes is not None:
            found.update(_finished(job, bound, assembly, hashes.found(), known))
        left = {i: each for i, each in bound.items() if i not in found}
        tasks = [_task(each, job.of(job.losses[i]), doubts[i]) for i, each in left.items()]
        outcomes = run_all(tasks, assembly.frame) if tasks else []
        hashed = hashes.found() if hashes else {}
        for i, outcome in zip(left, outcomes, strict=True):
            found[i] = _concluded(job, i, assembly, outcome, hashed, began, doubts[i])
    except Exception as problem:
        found.update({i: _failure(job, i, problem) for i in members if i not in found})
    finally:
        assembly.close()
    return found


def _finished(
    job: BatchJob, bound: Mapping[int, BoundLoss], assembly: Assembly, hashes: dict[str, str], known: Known
) -> Iterator[tuple[int, BatchRecord]]:
    """The records of what was computed before, held to the gates of now."""
    inputs = inputs_of(assembly, 0, hashes)
    for i, each in bound.items():
        asked = job.losses[i]
        signature = signature_of(each, "weight" in assembly.frame.roles)
        report = known(job.name, signature, inputs, _request(job.of(asked), assembly))
        if report is not None:
            yield i, BatchRecord(replace(report, results=[_held(report.results[0], asked)]), old=True)


def _request(options: Options, assembly: Assembly) -> dict[str, Any]:
    """What finished work has in common beside its signature and inputs."""
    said = {"ci": options.ci, "bootstrap": options.bootstrap}
    asked = {name: value for name, value in said.items() if value is not None}
    return {**options.request(), **asked, **classes_of(assembly)}


def _held(result: Result, asked: LossRequest) -> Result:
    """The result with its gate."""
    if asked.limit is None:
        return result
    from .gate import at_most

    return replace(result, gates=[at_most(result, asked.limit)])


def _wanted(job: BatchJob, asked: LossRequest, opens: Opens) -> tuple[InputRequest, dict[str, Any]]:
    options = job.of(asked)
    wanted, params = wanted_of(asked.spelt.loss, dict(job.given), asked.spelt.arguments, options)
    return replace(wanted, opens=opens), params


def _assembled(job: BatchJob, asked: LossRequest, opens: Opens) -> Assembly:
    options = job.of(asked)
    check_policies(options)
    wanted, params = _wanted(job, asked, opens)
    return assembled(asked.spelt.loss, wanted, params, options)


def _bound(job: BatchJob, asked: LossRequest, assembly: Assembly, opens: Opens, *, own: bool) -> BoundLoss:
    """The loss bound to the data; `own` are the files that were assembled for this very loss."""
    wanted, params = _wanted(job, asked, opens)
    read = assembly.params if own else class_values(asked.spelt.loss, params, wanted)
    return bound_of(asked.spelt.loss, assembly, read, job.of(asked))


def _uncertainty(bound: BoundLoss, assembly: Assembly, options: Options) -> IntervalRequest:
    return IntervalRequest.of(bound, "cluster" in assembly.frame.roles, options.ci, options.bootstrap)


def _task(bound: BoundLoss, options: Options, doubt: IntervalRequest) -> LossRun:
    return LossRun(bound, doubt.watching(settings_of(bound, options)))


def _concluded(
    job: BatchJob,
    i: int,
    assembly: Assembly,
    outcome: Outcome | Exception,
    hashes: dict[str, str],
    began: float,
    doubt: IntervalRequest,
) -> BatchRecord:
    if not isinstance(outcome, Outcome):
        return _failure(job, i, outcome)
    asked = job.losses[i]
    options = job.of(asked)
    try:
        result = summarise(outcome, "weight" in assembly.frame.roles, state=options.partial)
        span = doubt.answered(outcome.bound, outcome.state)
        result = replace(result, pairing=assembly.pairing, dataset=job.name, **span)
        result = _held(result, asked)
        inputs = inputs_of(assembly, outcome.read, hashes)
        notes = [*assembly.notes, *notes_of(outcome, assembly.frame)]
    except Exception as problem:
        return _failure(job, i, problem)
    elapsed = round(time.perf_counter() - began, 6)
    return BatchRecord(Report("batch", [result], inputs, notes, elapsed, _request(options, assembly)))


def files_of(job: BatchJob) -> list[str]:
    """The files that a job names, to be no output."""
    texts = [*job.given.values(), *(value for asked in job.losses for value in asked.spelt.arguments.values())]
    return [path for text in texts if isinstance(text, str) and text and (path := parse(text).path)]
