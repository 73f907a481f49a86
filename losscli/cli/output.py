"""Chooses a renderer and writes a report where it belongs."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..core.errors import UsageProblem
from ..report.model import Reconciliation, Report
from ..report.sink import FileSink
from .streams import emit, say, speaks_unicode

FORMATS = ("table", "plain", "json", "value")
NARROWEST = 30


@dataclass(frozen=True)
class Output:
    """What the output options say."""

    format: str | None = None
    as_json: bool = False
    path: str | None = None
    color: str = "auto"
    quiet: bool = False
    verbose: bool = False

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Output:
        """What the options of a command say."""
        path = None if values["output"] == "-" else values["output"]
        return cls(values["format"], values["as_json"], path, values["color"], values["quiet"], values["verbose"])

    @property
    def chosen(self) -> str:
        """The format in force."""
        if self.as_json and self.format not in (None, "json"):
            raise UsageProblem(f"--json and --format {self.format} contradict each other.", "Leave one out.")
        if self.as_json:
            return "json"
        if self.format is not None:
            return self.format
        if self.path is not None:
            return "json" if self.path.lower().endswith(".json") else "plain"
        return "table" if sys.stdout.isatty() else "plain"

    def opened(self, inputs: Iterable[str | int]) -> FileSink | None:
        return FileSink(self.path, inputs) if self.path is not None else None

    def notes(self, report: Report) -> None:
        """Notes, and with -v the recipe, on stderr."""
        if self.quiet:
            return
        lines = [f"note: {line}" for line in report.warnings]
        if self.verbose:
            lines += [f"{result.signature}" for result in report.results]
            lines.append(f"{report.elapsed_s:.3f} s")
        for line in lines:
            say(line)

    def write(self, report: Report, sink: FileSink | None) -> None:
        self._put(self.render(report), sink)

    def write_matches(self, report: Reconciliation, sink: FileSink | None) -> None:
        """The conventions of a reconciliation, and notes on stderr."""
        if not self.quiet:
            for line in report.warnings:
                say(f"note: {line}")
        unicode = self.path is not None or speaks_unicode()
        if self.chosen == "json":
            from ..report.as_json import render as render_json

            text = render_json(report, ascii_only=not unicode)
        elif self.chosen == "plain":
            from ..report.as_plain import render_matches

            text = render_matches(report)
        else:
            from ..report.as_table import render_matches as render_table

            text = render_table(report, width=_width(), color=self._colored(), unicode=unicode)
        self._put(text, sink)

    def _put(self, text: str, sink: FileSink | None) -> None:
        if sink is not None:
            sink.write(text)
        else:
            emit(text)

    def render(self, report: Report) -> str:
        unicode = self.path is not None or speaks_unicode()  # files are UTF-8
        if self.chosen == "json":
            from ..report.as_json import render as render_json

            return render_json(report, ascii_only=not unicode)
        if self.chosen == "value":
            from ..report.as_value import render
        elif self.chosen == "plain" or any(result.rows is not None for result in report.results):
            from ..report.as_plain import render
        else:
            from ..report.as_table import render as render_table

            return render_table(report, width=_width(), color=self._colored(), unicode=unicode)
        return render(report)

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
    return max(NARROWEST, shutil.get_terminal_size((80, 24)).columns)
