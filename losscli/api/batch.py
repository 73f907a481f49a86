"""Many data sets and many losses in one process: each data set is read once for all its losses that can share it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..core.binding.bound_loss import BoundLoss
from ..core.declarations.conventions import split_like
from ..core.errors import LossCliError, UsageProblem
from ..core.loss_spec import LossSpec
from ..core.record import record, replace
from ..engine.multi_loss import LossRun, run_all
from ..engine.outcome import Outcome
from ..report.journal.jsonl_journal import Finished
from ..report.model import Input, Report, Result
from ..sources.assembly import Assembly, class_values
from ..sources.columns.choice import InputRequest, Opens
from ..sources.datasets.table_cache import CachedHashes, TableCache
from ..sources.open import ReadOptions
from ..sources.table import Table
from ..stats.uncertainty import IntervalRequest
from .evaluation import assembled, classes_of, settings_of
from .failures import failed
from .notes import of_dataset
from .requests.binding import bound_of
from .requests.input_files import inputs_of
from .requests.request import LossRequest, Options, Request
from .requests.uneven_lists import again, said_of_both
from .results import concluded, contents_of, grouping_of, signature_of, watched

if TYPE_CHECKING:
    from ..sources.columns.column_content import ContentDigest


@record
class BatchJob:
    """A data set, by its name, and what is asked of it."""

    name: str
    request: Request

    @cached_property
    def _options(self) -> list[Options]:
        return [requested.options(self.request.options) for requested in self.request.losses]

    def options(self, i: int) -> Options:
        """How one of the losses is computed."""
        return self._options[i]


@record
class FailedJob:
    """What stood where a job should: it fails with this problem."""

    name: str
    problem: LossCliError


@record
class BatchRecord:
    """One loss of one data set: its report, and why there is no value in it. An old one was `finished` before."""

    report: Report
    problem: Exception | None = None
    finished: Finished | None = None

    @property
    def result(self) -> Result:
        """The one result of the report."""
        return self.report.results[0]


# a result that is finished already, by data set, signature, inputs, and how files were read
Known = Callable[[str, str, Sequence[Input], Mapping[str, Any]], Finished | None]


def evaluate(job: BatchJob | FailedJob, shelf: TableCache, known: Known | None = None) -> list[BatchRecord]:
    """All losses of a job, in their order. What one of them meets does not end the others."""
    if isinstance(job, FailedJob):
        return all_failed(job, job.problem)
    streams: set[str] = set()

    def opens(path: str, text: ReadOptions) -> Table:
        if path == "-":
            raise UsageProblem("A batch reads no data from standard input.", "Write them to a file first.")
        if os.path.exists(path) and not (os.path.isfile(path) or os.path.isdir(path)):
            if path in streams:
                raise UsageProblem(f"{path} comes as a stream, and the losses need several readings.", "Write a file.")
            streams.add(path)
        return shelf.open(path, text)

    records: dict[int, BatchRecord] = {}
    for members in _readings(job):
        records.update(_read(job, members, opens, shelf, known))
    _read_longer_lists(job, records, opens, shelf, known)
    return [records[i] for i in range(len(job.request.losses))]


def _read_longer_lists(job: BatchJob, records: dict[int, BatchRecord], *reading: Any) -> None:
    """Read once more for losses that met a list of another length than those before it."""
    first = {i: problem for i in records if (problem := records[i].problem) and again(job.request, problem)}
    job = replace(job, request=replace(job.request, uneven=True)) if first else job
    for left in ([i for i in members if i in first] for members in (_readings(job) if first else ())):
        records.update(_read(job, left, *reading) if left else {})
    for i, problem in first.items():
        if (second := records[i].problem) is not None:
            records[i] = _failure(job, i, said_of_both(problem, second))


def all_failed(job: BatchJob | FailedJob, problem: Exception) -> list[BatchRecord]:
    """The records of a job of which nothing came."""
    if isinstance(job, FailedJob):
        return [BatchRecord(failed(job.name, None, problem), problem)]
    return [_failure(job, i, problem) for i in range(len(job.request.losses))]


def _failure(job: BatchJob, i: int, problem: Exception) -> BatchRecord:
    requested = job.request.losses[i]
    report = failed(job.name, requested.spec, problem, job.options(i))
    return BatchRecord(replace(report, results=[_held(report.results[0], requested)]), problem)


def _readings(job: BatchJob) -> Iterator[list[int]]:
    """The losses by what they must be given: those of one list share a reading."""
    groups: dict[Any, list[int]] = {}
    for i, requested in enumerate(job.request.losses):
        loss, arguments = requested.spec.loss, requested.spec.arguments
        options = job.options(i)
        roles = {role.name for role in loss.roles}
        kind = options.input or loss.pred[0]
        if options.like is not None and split_like(options.like)[0] in loss.like:
            calls = loss.calls(options.like, options.input, {})
            kind = options.input or calls[0].input or kind
        key = (
            frozenset(roles) if kind == "embeddings" else None,
            not callable(loss.label) and "sequence" in loss.label,
            loss.name if any(param.name == "layout" for param in loss.params) else "",
            tuple(sorted((name, str(value)) for name, value in arguments.items() if name in roles)),
            tuple(sorted((name, str(value)) for name, value in requested.spec.held.items())),
            _scaled_by_history(requested.spec, job.request.files),
        )
        groups.setdefault(key, []).append(i)
    yield from groups.values()


def _scaled_by_history(spec: LossSpec, files: Mapping[str, Any]) -> tuple[str, str]:
    """The loss and its season, where scales are computed of a history: they are those of this loss alone."""
    given = {**files, **spec.arguments}
    if not any(role.scales is not None and given.get(role.name) is not None for role in spec.loss.roles):
        return "", ""
    return spec.loss.name, str(spec.arguments.get("season"))


def _read(
    job: BatchJob, members: list[int], opens: Opens, shelf: TableCache, known: Known | None
) -> dict[int, BatchRecord]:
    """The records of losses that share a reading."""
    began = time.perf_counter()
    records: dict[int, BatchRecord] = {}
    bound: dict[int, BoundLoss] = {}
    first = members[0]
    try:
        inputs, params = _inputs(job, first, opens)
        assembly = assembled(job.request.losses[first].spec.loss, inputs, params, job.options(first))
    except Exception as problem:
        records[first] = _failure(job, first, problem)
        # it may be this loss's own, such as a convention that there is not
        return {**records, **(_read(job, members[1:], opens, shelf, known) if members[1:] else {})}
    if assembly.depends_on_loss:
        from .requests.columns_needed import need_of

        needs = {i: need_of(job.request.losses[i].spec, job.options(i)) for i in members}
        alone = [i for i in members if needs[i] == needs[first]]
        members, others = alone, [i for i in members if i not in alone]
        records.update(_read(job, others, opens, shelf, known) if others else {})
    intervals: dict[int, IntervalRequest] = {}
    try:
        for i in members:
            try:
                each = _bound(job, i, assembly, opens, own=i == first)
                intervals[i] = _interval(each, assembly, job.options(i))
                bound[i] = each
            except Exception as problem:
                records[i] = _failure(job, i, problem)
        paths = (table.path for table in assembly.tables)
        hashes = CachedHashes(paths, shelf, beside=known is None) if job.request.hash_inputs else None
        if known is not None and hashes is not None:
            records.update(_finished(job, bound, assembly, hashes.by_path(), known))
        left = {i: each for i, each in bound.items() if i not in records}
        contents = contents_of(assembly) if job.request.hash_inputs else None
        runs = [_run(_request_of(job, i), each, job.options(i), intervals[i], assembly) for i, each in left.items()]
        if runs and contents is not None:  # one of them shows the blocks
            runs[0] = replace(runs[0], settings=replace(runs[0].settings, reader=contents))
        outcomes = run_all(runs, assembly.frame) if runs else []
        hashed = hashes.by_path() if hashes else {}
        digested = contents if outcomes and isinstance(outcomes[0], Outcome) else None
        for i, outcome in zip(left, outcomes, strict=True):
            records[i] = _concluded(job, i, assembly, outcome, hashed, digested, began, intervals[i])
    except Exception as problem:
        records.update({i: _failure(job, i, problem) for i in members if i not in records})
    finally:
        assembly.close()
    return records


def _finished(
    job: BatchJob, bound: Mapping[int, BoundLoss], assembly: Assembly, hashes: dict[str, str], known: Known
) -> Iterator[tuple[int, BatchRecord]]:
    """The records of what was computed before, held to the gates of now."""
    inputs = inputs_of(assembly, 0, hashes)
    for i, each in bound.items():
        grouping = grouping_of(job.options(i))
        signature = signature_of(each, "weight" in assembly.frame.roles, grouping.macro_of if grouping else ())
        finished = known(job.name, signature, inputs, _request(job.options(i), assembly, each))
        if finished is not None:
            result = _held(finished.report.results[0], job.request.losses[i])
            yield i, BatchRecord(replace(finished.report, results=[result]), finished=finished)


def _request(options: Options, assembly: Assembly, bound: BoundLoss) -> dict[str, Any]:
    """What finished work has in common beside its signature and inputs."""
    return {**options.request("batch"), **classes_of(assembly, bound)}


def _held(result: Result, requested: LossRequest) -> Result:
    """The result with its gate."""
    if requested.limit is not None:
        from .gate import at_most

        result = replace(result, gates=[at_most(result, requested.limit)])
    return result


def _inputs(job: BatchJob, i: int, opens: Opens) -> tuple[InputRequest, dict[str, Any]]:
    """What to open for one of the losses, from the tables that the batch shares, and its parameters."""
    inputs, params = job.request.inputs(job.request.losses[i].spec)
    return replace(inputs, opens=opens), params


def _bound(job: BatchJob, i: int, assembly: Assembly, opens: Opens, *, own: bool) -> BoundLoss:
    """The loss bound to the data; `own` are the files that were assembled for this very loss."""
    loss = job.request.losses[i].spec.loss
    inputs, params = _inputs(job, i, opens)
    read = assembly.params if own else class_values(loss, params, inputs, assembly.class_names)
    return bound_of(loss, assembly, read, job.options(i))


def _request_of(job: BatchJob, i: int) -> Request:
    """What is asked of one of the losses."""
    return replace(job.request, losses=[job.request.losses[i]])


def _interval(bound: BoundLoss, assembly: Assembly, options: Options) -> IntervalRequest:
    return IntervalRequest.of(bound, "cluster" in assembly.frame.roles, options.ci, options.bootstrap)


def _run(
    request: Request, bound: BoundLoss, options: Options, interval: IntervalRequest, assembly: Assembly
) -> LossRun:
    settings = interval.watching(settings_of(bound, options))
    settings = watched(settings, options, assembly, bound, interval)
    if options.executor is not None:
        from .parts import distributed

        settings = replace(settings, distribute=distributed(request))
    return LossRun(bound, settings)


def _concluded(
    job: BatchJob,
    i: int,
    assembly: Assembly,
    outcome: Outcome | Exception,
    hashes: dict[str, str],
    contents: ContentDigest | None,
    began: float,
    interval: IntervalRequest,
) -> BatchRecord:
    if not isinstance(outcome, Outcome):
        return _failure(job, i, outcome)
    try:
        requested = job.request.losses[i]
        alias = requested.spec.alias
        result, notes = concluded(outcome, assembly, job.options(i), interval, alias=alias, dataset=job.name)
        result = _held(result, requested)
        inputs = inputs_of(assembly, outcome.read, hashes, contents)
        result = replace(result, inputs=tuple(range(len(inputs))))
        notes = of_dataset(notes, job.name)
    except Exception as problem:
        return _failure(job, i, problem)
    elapsed = round(time.perf_counter() - began, 6)
    request = _request(job.options(i), assembly, outcome.bound)
    return BatchRecord(Report("batch", [result], inputs, notes, elapsed, request))
