"""Chooses a renderer and writes a report where it belongs."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import click

from ..core.errors import UsageProblem
from ..core.record import record, replace
from ..report.lines.shown_digits import shown_with
from ..report.model import Report
from ..report.renderers import registry as formats
from ..report.renderers.registry import FORMATS, RENDERERS, Renderer
from .streams import emit, say, speaks_unicode
from .targets import Targets, parsed

if TYPE_CHECKING:
    from ..report.comparison import ComparisonReport
    from ..report.decomposition import Decomposition
    from ..report.lines.inspection_lines import Inspection
    from ..report.listings.listed import ListedReport
    from ..report.reconciliation import Reconciliation

NARROWEST = 30
_DATA = ("json", "jsonl", "csv", "tsv")  # formats that programs read


def _refuse_a_format(path: str | None, form: str | None) -> None:
    """Refuse `-o json`, which would write a file of that name, and `-o x.html`, which would hold plain text."""
    if path is not None and form is None and path.lower().endswith((".html", ".htm")):
        raise UsageProblem(
            "-o does not write pages.", f"Write --report html={path}.", kind="bad_option", options=("output", "report")
        )
    if path in RENDERERS and not os.path.exists(path):
        instead = f"--format {path}" if RENDERERS[path].format else f"--report {path}=FILE"
        hint = f"Write {instead}, or -o ./{path} for a file of that name."
        raise UsageProblem(f"{path} is a format, and -o takes a file.", hint, kind="bad_option", options=("output",))


@record
class Output:
    """What the output options say."""

    format: str | None = None
    as_json: bool = False
    path: str | None = None
    color: str = "auto"
    quiet: bool = False
    verbose: bool = False
    reports: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ("json",)  # formats that -o may guess
    histograms: bool = True  # whether they are asked for; else only pictures have them
    digits: int | None = None  # of values, where people read them

    @classmethod
    def of(cls, values: Mapping[str, Any], suffixes: tuple[str, ...] = FORMATS) -> Output:
        """What the options of a command say."""
        path = None if values["output"] == "-" else values["output"]
        _refuse_a_format(path, "json" if values["json"] else values["format"])
        color = values.get("color") or "auto"
        output = cls(
            values["format"], values["json"], path, color, values["quiet"], values["verbose"],
            digits=values.get("digits"), histograms=bool(values.get("histograms", True)),
        )  # fmt: skip
        return output if "report" not in values else replace(output, reports=values["report"], suffixes=suffixes)

    def reporting(self, kinds: tuple[str, ...]) -> Output:
        """The same, of a command that writes these kinds of reports; another is a UsageProblem."""
        for text in self.reports:
            if (name := parsed(text)[0].name) not in kinds:
                what = f"--report {name}: this command does not write it."
                raise UsageProblem(what, f"It writes {', '.join(kinds)}.", options=("report",))
        return self

    @property
    def chosen(self) -> str:
        """The format in force."""
        if self.as_json and self.format not in (None, "json"):
            raise UsageProblem(
                f"--json and --format {self.format} contradict each other.", "Leave one out.", options=("format",)
            )
        if self.as_json:
            return "json"
        if self._by_suffix:
            return formats.of_path(str(self.path))
        if self.format is not None:
            return self.format
        if self.path is not None:
            guess = formats.of_path(self.path)
            return guess if guess in self.suffixes else "plain"
        return "table" if sys.stdout.isatty() else "plain"

    @property
    def _by_suffix(self) -> bool:
        """Whether -o x.json stands beside a format of another kind that is read by people: the file is what it says."""
        kind = RENDERERS.get(self.format or "")
        if self.path is None or kind is None or kind.name in _DATA:
            return False
        guess = formats.of_path(self.path)
        return guess in _DATA and guess in self.suffixes

    @property
    def hashed(self) -> bool:
        """Whether anything that is written shows the inputs' hashes."""
        return RENDERERS[self.chosen].hashed or any(parsed(text)[0].hashed for text in self.reports)

    def as_asked(self, report: Report) -> Report:
        """The report without histograms that are there for pictures alone."""
        bare: Report = report if self.histograms or not self.pictured else report.without_histograms()
        return bare

    @property
    def pictured(self) -> bool:
        """Whether a report has pictures, which are drawn from histograms of all rows."""
        return any(parsed(text)[0].pictured for text in self.reports)

    def opened(self, inputs: Iterable[str | int]) -> Targets:
        """The files that will be written, none of which is an input."""
        self.refuse_idle_digits()
        return Targets.opened(self.path, self.reports, inputs)

    def refuse_idle_digits(self) -> None:
        """Digits that were typed for JSON alone, which keeps all of them."""
        ctx = click.get_current_context(silent=True)
        typed = ctx is not None and ctx.get_parameter_source("digits") is click.core.ParameterSource.COMMANDLINE
        kinds = {self.chosen, *(parsed(text)[0].name for text in self.reports)}
        if typed and self.digits is not None and kinds <= {"json", "jsonl", "junit", "openmetrics", "dvc"}:
            raise UsageProblem(
                "--digits rounds what people read, and JSON keeps every digit.",
                "Leave out --digits, or write --format plain.",
                kind="contradiction",
                options=("digits",),
            )

    def notes(self, report: Report) -> None:
        """Notes, and with -v the signature, on stderr."""
        if self.quiet:
            return
        lines = [f"note: {line}" for line in report.warnings]
        if self.verbose:
            lines += [f"{result.signature}" for result in report.results]
            lines.append(f"{report.elapsed_s:.3f} s")
        for line in lines:
            say(line)

    def write(self, report: Report, targets: Targets, *, plain: str | None = None) -> None:
        """The reports, and the result, which a reader of stdout may stop reading.

        `plain` is for readers of a text or a table, where a command has other words for them than its report.
        """
        with shown_with(self.digits):
            asked = self.as_asked(report)
            text = plain if plain is not None and self.chosen in ("plain", "table") else self.render(asked)
            targets.write_reports(report, asked)
            self._put(text, targets)

    def write_matches(self, report: Reconciliation, targets: Targets) -> None:
        """The conventions of a reconciliation, and notes on stderr."""
        self._say_notes(report.warnings)
        text = self._shown(report, "render_matches")
        targets.write_matches(report)
        self._put(text, targets)

    def write_comparison(self, report: ComparisonReport, targets: Targets) -> None:
        """What a comparison found, the reports, and notes on stderr."""
        self._say_notes(report.warnings)
        kind = RENDERERS[self.chosen]
        with shown_with(self.digits):
            text = kind.render_comparison(report, self._settings(kind))
            targets.write_comparison(report)
            self._put(text, targets)

    def write_decomposition(self, report: Decomposition, targets: Targets) -> None:
        """What each group adds to a difference, the reports, and notes on stderr."""
        self._say_notes(report.notes)
        kind = RENDERERS[self.chosen]
        with shown_with(self.digits):
            text = kind.render_decomposition(report, self._settings(kind))
            targets.write_decomposition(report)
            self._put(text, targets)

    def write_listing(self, report: ListedReport, targets: Targets) -> None:
        """What `slices` or `sweep` found, the reports, and notes on stderr."""
        self._say_notes(report.warnings)
        if self.verbose and not self.quiet:
            say(report.signature)
        kind = RENDERERS[self.chosen]
        with shown_with(self.digits):
            text = kind.render_listing(report, self._settings(kind))
            targets.write_listing(report)
            self._put(text, targets)

    def write_survey(self, report: Inspection, targets: Targets) -> None:
        """What a look at files found, and notes on stderr."""
        self._say_notes(report.warnings)
        if self.verbose and not self.quiet:
            say(f"{report.elapsed_s:.3f} s")
        with shown_with(self.digits):
            text = self._shown(report, "render_inspection")
            targets.write_inspection(report)
            self._put(text, targets)

    def _say_notes(self, notes: Iterable[str]) -> None:
        if not self.quiet:
            for note in notes:
                say(f"note: {note}")

    def _shown(self, report: Any, renderer: str) -> str:
        """What is no Report, as JSON, or by its own renderer of the plain text or of the table."""
        unicode = self.path is not None or speaks_unicode()  # files are UTF-8
        if self.chosen == "json":
            from ..report.renderers.as_json import render as render_json

            return render_json(report, ascii_only=not unicode)
        if self.chosen == "plain":
            from ..report.renderers import as_plain

            settings = {"unicode": unicode} if renderer == "render_inspection" else {}
            return str(getattr(as_plain, renderer)(report, **settings))
        from ..report.renderers import as_table

        return str(getattr(as_table, renderer)(report, width=_width(), color=self._colored(), unicode=unicode))

    def _put(self, text: str | Iterable[str], targets: Targets) -> None:
        if targets.main is not None:
            targets.main.write(text)
        else:
            for piece in (text,) if isinstance(text, str) else text:
                emit(piece)

    def render(self, report: Report) -> str | Iterable[str]:
        """The result in the format in force; of many rows in pieces."""
        kind = RENDERERS[self.chosen]
        if any(result.rows is not None for result in report.results):
            kind = RENDERERS["plain"] if kind.name == "table" else kind
            return kind.pieces(report, self._settings(kind))
        return kind.render(report, self._settings(kind))

    def _settings(self, kind: Renderer) -> dict[str, Any]:
        """What a renderer may be told of where its text goes."""
        unicode = self.path is not None or speaks_unicode()  # files are UTF-8
        settings: dict[str, Any] = {"ascii_only": not unicode, "unicode": unicode, "color": self._colored()}
        settings["verbose"] = self.verbose
        return {**settings, "width": _width()} if "width" in kind.takes else settings

    def _colored(self) -> bool:
        if self.color != "auto":
            return self.color == "always"
        if self.path is not None or os.environ.get("NO_COLOR"):
            return False
        if os.environ.get("FORCE_COLOR"):
            return True
        return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def _width() -> int:
    """COLUMNS if it is a number above 0, else the terminal's; never so narrow that the number would be cut."""
    import shutil  # brings the libraries of compression

    return max(NARROWEST, shutil.get_terminal_size((80, 24)).columns)
