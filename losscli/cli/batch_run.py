"""Runs the jobs of a batch: writes each result as it is known, and makes the exit code of what became of them."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterable, Sized
from functools import partial

from ..api.batch import BatchJob, BatchRecord, FailedJob, all_failed, evaluate
from ..api.batch_files import files_of
from ..api.batch_report import BatchReport
from ..api.failures import exit_code
from ..core.cpu import usable_cores
from ..core.errors import DataProblem, UsageProblem
from ..core.record import replace
from ..engine.processes import Worker, WorkerDied, can_fork
from ..engine.threads import in_order
from ..report.journal.jsonl_journal import PART, Journal
from ..report.model import Report, Result
from ..report.ranking import Ranking
from ..report.writing.destination import stream_behind
from ..report.writing.spooled_rows import Spool
from ..sources.datasets.table_cache import TableCache
from . import stop
from .configuration.config import config_paths
from .output import Output
from .progress import Progress
from .streams import emit, say, speaks_unicode
from .targets import Targets, parsed, refuse_twice

Job = BatchJob | FailedJob

NO_RANKING = Ranking()
_NOTES = 10  # different notes on stderr; the others are in the reports


class Run:
    """One batch. `listing` are the files that say what its data sets are."""

    def __init__(
        self,
        jobs: Iterable[Job],
        output: Output,
        *,
        keep_going: bool,
        resume: bool,
        parallel: int,
        listing: Iterable[str | int] = (),
        ranking: Ranking = NO_RANKING,
    ) -> None:
        self.jobs, self.output, self.ranking = jobs, output, ranking
        self.keep_going, self.parallel = keep_going, parallel
        self.lines = output.chosen == "jsonl" and not ranking
        self.shelf = TableCache()
        self._kept = BatchReport()  # for what is written at the end
        self._spool = Spool()
        self._notes: dict[str, None] = {}
        self._problems: list[Exception] = []
        self._said = ("", "")
        self._results = self._old = self._failed_gates = 0
        known: list[str | int] = [*listing, *config_paths()]
        if isinstance(jobs, list):
            known += {path: None for job in jobs if isinstance(job, BatchJob) for path in files_of(job)}
        self._outputs = [path for path in (output.path, *(parsed(text)[1] for text in output.reports)) if path]
        if self.lines and output.path is not None:
            refuse_twice([*self._outputs, output.path + PART])
        self.targets = Targets.opened(None if self.lines else output.path, output.reports, known, alone=True)
        self.journal: Journal | None = None
        try:
            if self.lines and output.path is not None:
                self.journal = Journal(output.path, known, resume=resume)
        except BaseException:
            self.targets.discard()
            raise
        self._known = self.journal.finished if self.journal is not None and resume else None

    def run(self) -> int:
        """Run all jobs, or as many as came before the first failure; the exit code."""
        began = time.perf_counter()
        with self.targets, self._spool:
            workers = self._started()  # before there are threads, of which a new process would have none
            stop.watch()
            progress = Progress(len(self.jobs) if isinstance(self.jobs, Sized) else None, quiet=self.output.quiet)
            try:
                self._run_jobs(progress, workers)
            except BaseException:
                if self.journal is not None:
                    self.journal.close(whole=False, orderly=False)
                raise
            finally:
                progress.close()
                self.shelf.close()
                for worker in workers:
                    worker.close()
            if self.ranking.best:
                self._write_best()
            report = self._kept.report(list(self._notes), self._since(began), self.ranking.of)
            if self.lines or self.ranking.best:
                self.targets.write_reports(report, self.output.as_asked(report))
            else:
                self.output.write(report, self.targets)
        if self.journal is not None:
            self.journal.close(whole=self.keep_going or not self._problems)
        self._say_summary(began)
        return self._code()

    def _write_best(self) -> None:
        """The name of the best data set, alone."""
        name = self.ranking.best_name(self._kept.results)
        if name is not None and self.targets.main is not None:
            self.targets.main.write(f"{name}\n")
        elif name is not None:
            emit(f"{name}\n")

    def _since(self, began: float) -> float:
        return round(time.perf_counter() - began, 6)

    def _started(self) -> list[Worker[Job, list[BatchRecord]]]:
        """The processes of --jobs, as many as the system grants; none where one job is done at a time."""
        workers: list[Worker[Job, list[BatchRecord]]] = []
        if isinstance(self.jobs, Sized):  # or those that there are would leave cores idle
            self.parallel = max(1, min(self.parallel, len(self.jobs)))
        if self.parallel > 1 and can_fork():
            with contextlib.suppress(OSError):
                for _ in range(self.parallel):
                    workers.append(Worker(self._work, self._forget))
            self.parallel = len(workers) or 1
        return workers

    def _forget(self) -> None:
        """What a worker must not hold open when this process has ended."""
        if self.journal is not None:
            self.journal.forget()
        self.targets.let_go()

    def _run_jobs(self, progress: Progress, workers: list[Worker[Job, list[BatchRecord]]]) -> None:
        works: list[Callable[[Job], list[BatchRecord]]] = [partial(_done_by, worker) for worker in workers]
        if not works:
            works = [self._work] * (1 if can_fork() else self.parallel)
        for records in in_order(self.jobs, works, _bytes_of):
            for record in records:
                self._take(record)
            progress.advance()
            if self._problems and not self.keep_going:
                return

    def _work(self, job: Job) -> list[BatchRecord]:
        if isinstance(job, BatchJob):
            self._refuse_outputs(job)
            options = job.request.options
            if self.parallel > 1 and not options.threads:
                options = options.changed(threads=max(1, usable_cores() // self.parallel))
                job = replace(job, request=replace(job.request, options=options))
        return evaluate(job, self.shelf, self._known)

    def _refuse_outputs(self, job: BatchJob) -> None:
        """Jobs that come one by one may name a file that is written."""
        if isinstance(self.jobs, list):
            return
        for path in self._outputs:
            if not os.path.isfile(path) or stream_behind(path) is not None:
                continue
            for each in files_of(job):
                if os.path.exists(each) and os.path.samefile(path, each):
                    raise UsageProblem(f"{path} is an input; it is not overwritten.", "Name another file with -o.")

    def _take(self, record: BatchRecord) -> None:
        report, result = record.report, record.result
        if self.lines:
            self._write_line(record)
        self._results += 1
        self._old += record.finished is not None
        self._failed_gates += not result.error and any(check.passed is False for check in result.gates)
        if record.problem is not None:
            self._problems.append(record.problem)
            self._say_error(result)
        for check in result.gates:
            if check.passed is False and not result.error and not self.output.quiet:
                say(f"{result.dataset}, {result.loss}: {check.message}")
        self._say_notes(report)
        if not self.lines or self.targets.reports:
            self._kept.add(record, rows=None if result.rows is None else self._spool.kept(result.rows))

    def _say_error(self, result: Result) -> None:
        """Say once what all losses of a data set met."""
        said = (result.dataset, result.error)
        if said != self._said:
            names_it = str(result.error).startswith(str(result.dataset))
            say(str(result.error) if names_it else f"{result.dataset}: {result.error}")
        self._said = said

    def _write_line(self, record: BatchRecord) -> None:
        from ..report.renderers.as_jsonl import of_result, pieces

        report, result = self.output.as_asked(record.report), record.result
        if self.journal is None:
            for piece in pieces(report, ascii_only=not speaks_unicode()):
                emit(piece)
        elif record.finished is not None:
            self.journal.keep(record.finished, result.gates)
        elif result.rows is not None:
            self.journal.write(pieces(report), {"dataset": result.dataset, "loss": result.loss, "row": 0})
        else:
            spoilt = isinstance(record.problem, DataProblem)
            self.journal.write(pieces(report), of_result(report, report.results[0]), spoilt=spoilt)

    def _say_notes(self, report: Report) -> None:
        for note in report.warnings:
            if note in self._notes or len(self._notes) > _NOTES:
                continue
            self._notes[note] = None
            if not self.output.quiet:
                more = len(self._notes) > _NOTES
                say("note: There are more notes." if more else f"note: {note}")
        if self.output.verbose and not self.output.quiet:
            say(report.results[0].signature or report.results[0].error)

    def _say_summary(self, began: float) -> None:
        if self.output.quiet or (self.journal is None and not self._problems):
            return
        parts = [f"{self._results} results"]
        if self._old:
            parts.append(f"{self._old} of them finished before")
        if self._problems:
            parts.append(f"{len(self._problems)} failed")
        if self._failed_gates:
            parts.append(f"{self._failed_gates} above the gate")
        where = f" in {self.journal.target}" if self.journal is not None and self.journal.target else ""
        took = f", {self._since(began):.3f} s" if self.output.verbose else ""
        say(f"{', '.join(parts)}{where}{took}.")

    def _code(self) -> int:
        codes = [exit_code(problem) for problem in self._problems]
        if 70 in codes:
            return 70
        if not codes:
            return 1 if self._failed_gates else 0
        if not self.keep_going:
            return codes[0]
        if len(codes) == self._results:
            return DataProblem.exit_code if DataProblem.exit_code in codes else codes[0]
        return 4


def _done_by(worker: Worker[Job, list[BatchRecord]], job: Job) -> list[BatchRecord]:
    """The records of a job, also where the process that worked on it came to an end."""
    try:
        return worker(job)
    except WorkerDied:
        problem = DataProblem(
            "The process that worked on it was ended by the system, mostly because memory was short.",
            "Give fewer --jobs, or a smaller --max-memory.",
        )
        return all_failed(job, problem)


def _bytes_of(records: list[BatchRecord]) -> int:
    """The memory that the rows of results take."""
    return sum(record.result.rows.nbytes for record in records if record.result.rows is not None)
