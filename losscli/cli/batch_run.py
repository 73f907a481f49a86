"""Runs the jobs of a batch: writes each result as it is known, and makes the exit code of what became of them."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping, Sized
from typing import Any

from ..api.batch import BatchJob, BatchRecord, FailedJob, evaluate, files_of
from ..api.failures import exit_code
from ..core.cpu import usable_cores
from ..core.errors import DataProblem, UsageProblem
from ..core.record import replace
from ..engine.threads import each_of
from ..report.jsonl_journal import Journal
from ..report.model import Input, Report, Result
from ..sources.datasets.table_cache import TableCache
from .output import Output
from .progress import Progress
from .streams import emit, say, speaks_unicode
from .targets import Targets, parsed

_NOTES = 10  # different notes on stderr; the others are in the reports


class Run:
    """One batch."""

    def __init__(
        self, jobs: Iterable[BatchJob | FailedJob], output: Output, *, keep_going: bool, resume: bool, parallel: int
    ) -> None:
        self.jobs, self.output = jobs, output
        self.keep_going, self.parallel = keep_going, parallel
        self.lines = output.chosen == "jsonl"
        self.shelf = TableCache()
        self._kept: list[Result] = []  # for what is written at the end
        self._inputs: dict[Input, int] = {}  # with their positions in the report
        self._requests: list[Mapping[str, Any]] = []  # those that differ
        self._notes: dict[str, None] = {}
        self._problems: list[Exception] = []
        self._said = ("", "")
        self._results = self._old = self._failed_gates = 0
        known = (
            [path for job in jobs if isinstance(job, BatchJob) for path in files_of(job)]
            if isinstance(jobs, list)
            else []
        )
        self._outputs = [path for path in (output.path, *(parsed(text)[1] for text in output.reports)) if path]
        self.targets = Targets.opened(None if self.lines else output.path, output.reports, known)
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
        progress = Progress(len(self.jobs) if isinstance(self.jobs, Sized) else None, quiet=self.output.quiet)
        with self.targets:
            try:
                self._run_jobs(progress)
            except BaseException:
                if self.journal is not None:
                    self.journal.close(whole=False)
                raise
            finally:
                progress.close()
                self.shelf.close()
            report = Report(
                "batch", self._kept, list(self._inputs), list(self._notes), self._since(began), self._request
            )
            if self.lines:
                self.targets.write_reports(report)
            else:
                self.output.write(report, self.targets)
        if self.journal is not None:
            self.journal.close(whole=self.keep_going or not self._problems)
        self._say_summary(began)
        return self._code()

    @property
    def _request(self) -> dict[str, Any]:
        """How all data sets were read; empty where they were not read alike."""
        return dict(self._requests[0]) if len(self._requests) == 1 else {}

    def _since(self, began: float) -> float:
        return round(time.perf_counter() - began, 6)

    def _run_jobs(self, progress: Progress) -> None:
        for records in each_of(self.jobs, self._work, self.parallel):
            for record in records:
                self._take(record)
            progress.advance()
            if self._problems and not self.keep_going:
                return

    def _work(self, job: BatchJob | FailedJob) -> list[BatchRecord]:
        if isinstance(job, BatchJob):
            self._refuse_outputs(job)
            options = job.request.options
            if self.parallel > 1 and not options.threads:
                options = options.changed(threads=max(1, usable_cores() // self.parallel))
                job = replace(job, request=replace(job.request, options=options))
        return evaluate(job, self.shelf, self._known)

    def _refuse_outputs(self, job: BatchJob) -> None:
        """Jobs that come one by one may name a file that is written."""
        for path in self._outputs:
            if not os.path.isfile(path):
                continue
            for each in files_of(job):
                if os.path.exists(each) and os.path.samefile(path, each):
                    raise UsageProblem(f"{path} is an input; it is not overwritten.", "Name another file with -o.")

    def _take(self, record: BatchRecord) -> None:
        report, result = record.report, record.result
        if self.lines and not record.old:
            self._write_line(report)
        self._results += 1
        self._old += record.old
        self._failed_gates += any(check.passed is False for check in result.gates)
        if record.problem is not None:
            self._problems.append(record.problem)
            self._say_error(result)
        for check in result.gates:
            if check.passed is False and not self.output.quiet:
                say(f"{result.dataset}, {result.loss}: {check.message}")
        self._say_notes(report)
        if not self.lines or self.targets.reports:
            if record.problem is None and report.request not in self._requests:
                self._requests.append(report.request)
            places = [self._inputs.setdefault(each, len(self._inputs)) for each in report.inputs]
            self._kept.append(replace(result, inputs=tuple(dict.fromkeys(places))))

    def _say_error(self, result: Result) -> None:
        """Say once what all losses of a data set met."""
        said = (result.dataset, result.error)
        if said != self._said:
            say(f"{result.dataset}: {result.error}")
        self._said = said

    def _write_line(self, report: Report) -> None:
        from ..report.renderers.as_jsonl import render

        if self.journal is not None:
            self.journal.write(render(report))
        else:
            emit(render(report, ascii_only=not speaks_unicode()))

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
        where = f" in {self.journal.target}" if self.journal is not None else ""
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
