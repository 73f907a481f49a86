"""The files of a run: the one of -o and those of --report, opened before the work and written after it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ..core.did_you_mean import nearest
from ..core.errors import UsageProblem
from ..core.record import field, mutable
from ..report import step_summary
from ..report.model import Report
from ..report.renderers.registry import RENDERERS, REPORTS, Renderer
from ..report.step_summary import StepSummary
from .configuration.config import config_paths
from .streams import directive

if TYPE_CHECKING:
    from ..report.comparison import ComparisonReport
    from ..report.decomposition import Decomposition
    from ..report.lines.inspection_lines import Inspection
    from ..report.listings.listed import ListedReport
    from ..report.reconciliation import Reconciliation
    from ..report.writing.atomic_file import AtomicFile  # tempfile, which it needs, costs a short run much


@mutable
class Targets:
    """Where the result goes (`main`; None is standard output) and where the reports go beside it."""

    main: AtomicFile | None = None
    reports: list[tuple[Renderer, AtomicFile | StepSummary]] = field(default_factory=list)

    @classmethod
    def opened(
        cls, path: str | None, reports: Sequence[str], inputs: Iterable[str | int], *, alone: bool = False
    ) -> Targets:
        """All of them, or a UsageProblem and none. `alone` refuses a result that another run is writing, too."""
        if path is None and not reports:
            return cls()
        from ..report.writing.atomic_file import AtomicFile

        inputs = [*inputs, *config_paths()]
        wanted = [parsed(text) for text in reports]
        if any(kind.drawn for kind, _ in wanted):
            from ..report.pictures.canvas import refuse_without_matplotlib

            refuse_without_matplotlib()
        refuse_twice([path, *(file for _, file in wanted)])
        targets = cls()
        try:
            targets.main = AtomicFile(path, inputs, alone=alone) if path is not None else None
            for kind, file in wanted:
                targets.reports.append((kind, _opened(kind, file, inputs)))
        except BaseException:
            targets.discard()
            raise
        return targets

    def write_reports(self, report: Report, asked: Report | None = None) -> None:
        """Render all, then put each file in place: a renderer that fails leaves every file as it was.

        `asked` is the report for those that have no pictures.
        """
        reports = [report if kind.pictured or asked is None else asked for kind, _ in self.reports]
        texts = [kind.render(each, _settings(sink)) for each, (kind, sink) in zip(reports, self.reports, strict=True)]
        self._write(texts, report)

    def write_comparison(self, report: ComparisonReport) -> None:
        """The same of what `compare` found."""
        if self.reports:
            from ..report.comparisons.checks import as_checks

            texts = [kind.render_comparison(report, _settings(sink)) for kind, sink in self.reports]
            self._write(texts, as_checks(report))

    def write_decomposition(self, report: Decomposition) -> None:
        """The same of what `why` found."""
        texts = [kind.render_decomposition(report, _settings(sink)) for kind, sink in self.reports]
        for (_, sink), text in zip(self.reports, texts, strict=True):
            sink.write(text)

    def write_inspection(self, report: Inspection) -> None:
        """The same of what `inspect` found."""
        texts = [kind.render_inspection(report, _settings(sink)) for kind, sink in self.reports]
        for (_, sink), text in zip(self.reports, texts, strict=True):
            sink.write(text)

    def write_listing(self, report: ListedReport) -> None:
        """The same of what `slices` or `sweep` found."""
        texts = [kind.render_listing(report, _settings(sink)) for kind, sink in self.reports]
        for (_, sink), text in zip(self.reports, texts, strict=True):
            sink.write(text)

    def write_matches(self, report: Reconciliation) -> None:
        """The same of what `reconcile` found."""
        texts = [kind.render_matches(report, _settings(sink)) for kind, sink in self.reports]
        for (_, sink), text in zip(self.reports, texts, strict=True):
            sink.write(text)

    def _write(self, texts: list[str], report: Report) -> None:
        for (_, sink), text in zip(self.reports, texts, strict=True):
            sink.write(text)
        if any(kind.name == "github" for kind, _ in self.reports):
            from ..report.renderers.as_github import directives

            directive(directives(report))

    def write_failure(self, report: Report) -> None:
        """The reports that say of a failure what it is; the other files stay as they were."""
        self.reports, others = ([pair for pair in self.reports if pair[0].errors is errors] for errors in (True, False))
        for _, sink in others:
            sink.discard()
        self.write_reports(report)
        self.reports = []

    def discard(self) -> None:
        """Leave every file that is not written yet as it was."""
        for sink in (self.main, *(sink for _, sink in self.reports)):
            if sink is not None:
                sink.discard()

    def let_go(self) -> None:
        """Give up the lock on the result, for a process that was forked and does not write."""
        if self.main is not None:
            self.main.let_go()

    def __enter__(self) -> Targets:
        return self

    def __exit__(self, failed: Any, *_: object) -> None:
        if failed is not None:
            self.discard()


def parsed(text: str) -> tuple[Renderer, str]:
    """KIND=PATH."""
    name, _, path = text.partition("=")
    if name not in REPORTS:
        if name in RENDERERS:
            raise UsageProblem(f"--report does not write {name}.", f"It writes {', '.join(REPORTS)}.")
        suffix = "markdown" if name.endswith(".md") else name.rpartition(".")[2]
        by_suffix = f"Write --report {suffix}={name}." if suffix != name and suffix in REPORTS else ""
        hint = by_suffix or nearest(name, REPORTS) or f"Kinds are {', '.join(REPORTS)}."
        raise UsageProblem(f"--report {name}: there is no such kind of report.", hint)
    kind = RENDERERS[name]
    if path == "-":
        hint = f"Write --format {name}." if kind.format else f"Write --report {name}=FILE."
        raise UsageProblem("Standard output is of the result; --report writes files.", hint)
    if not path and kind.bare and "=" not in text:
        path = step_summary.current()
        if not path:
            raise UsageProblem(
                f"{step_summary.VARIABLE} is not set, so this is no step of GitHub Actions.",
                f"Write --report {name}=FILE.",
            )
    if not path:
        raise UsageProblem(f"--report {name} names no file.", f"Write --report {name}=FILE.")
    return kind, path


def _opened(kind: Renderer, path: str, inputs: list[str | int]) -> AtomicFile | StepSummary:
    from ..report.writing.atomic_file import AtomicFile

    summary = step_summary.current()
    if kind.bare and summary and os.path.realpath(path) == os.path.realpath(summary):
        return StepSummary(path)
    return AtomicFile(path, inputs, f"--report {kind.name}=FILE")


def _settings(sink: AtomicFile | StepSummary) -> dict[str, Any]:
    if not isinstance(sink, StepSummary):
        return {"typed": typed_command()}
    from ..report.renderers.as_github import ROOM

    return {"room": sink.room(ROOM)}


def typed_command() -> str:
    """The command line that is running, as a shell takes it; empty where none is."""
    import click

    context = click.get_current_context(silent=True)
    arguments = getattr(context.find_root().obj, "arguments", ()) if context is not None else ()
    if not arguments:
        return ""
    import shlex

    return shlex.join(["losscli", *arguments])


def refuse_twice(paths: list[str | None]) -> None:
    """Of two results in one file the second would replace the first; a stream or a device takes both.

    The first path is that of the result, None for standard output.
    """
    from ..report.writing.destination import stream_behind

    files = [path for path in filter(None, paths) if stream_behind(path) is None]
    for what, handle in (("error", 2), ("output", 1)):
        for path in files if what == "error" or paths[0] is None else ():
            if _same_file(path, handle):
                raise UsageProblem(f"{path} is where standard {what} goes.", "Give each its own file.")
    seen: set[str] = set()
    for path in files:
        target = os.path.realpath(path)
        if target in seen and (os.path.isfile(target) or not os.path.exists(target)):
            raise UsageProblem(f"{path} is the target of two outputs.", "Give each its own file.")
        seen.add(target)


def _same_file(path: str, handle: int) -> bool:
    try:
        return os.path.isfile(path) and os.path.samestat(os.stat(path), os.fstat(handle))
    except OSError:  # the stream is closed
        return False
