"""The kinds of report, declared once: --format, --report, their help and the renderers follow from this table."""

from __future__ import annotations

import os
from collections.abc import Iterable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ...core.record import record
from ..model import Report

if TYPE_CHECKING:
    from ..comparison import ComparisonReport
    from ..decomposition import Decomposition
    from ..lines.inspection_lines import Inspection
    from ..listings.listed import ListedReport
    from ..reconciliation import Reconciliation

VERBOSE = "verbose"  # whether all lines of a result are shown; comparisons show theirs in any case


@record
class Renderer:
    """A form that a report can be written in: a module with `render(report) -> str`, imported when it is called for."""

    name: str
    help: str
    format: bool = False  # of --format, for standard output
    report: bool = False  # of --report, for files
    suffixes: tuple[str, ...] = ()  # of -o
    module: str = ""  # as_NAME
    function: str = "render"
    takes: tuple[str, ...] = ()  # settings of its renderer
    hashed: bool = False  # whether it shows the inputs' hashes
    bare: bool = False  # whether --report takes it without a file
    errors: bool = False  # whether it is also written where nothing could be computed, to say so
    comparison: str = ""  # module and function for what `compare` found; empty where it has no such form
    inspection: str = ""  # the same for `inspect`
    matches: str = ""  # and for `reconcile`
    decomposition: str = ""  # and for `why`
    listing: str = ""  # and for `slices` and `sweep`
    pictured: bool = False  # whether it has the numbers of pictures, which are those of histograms
    drawn: bool = False  # whether it has the pictures themselves

    def render(self, report: Report, settings: dict[str, Any] | None = None) -> str:
        """The report in this form; of the settings it takes those that it knows."""
        text = getattr(self._module, self.function)(report, **self._known(settings))
        assert isinstance(text, str)
        return text

    def render_comparison(self, report: ComparisonReport, settings: dict[str, Any] | None = None) -> str:
        """The same of what `compare` found."""
        return self._other(self.comparison, report, settings)

    def render_inspection(self, report: Inspection, settings: dict[str, Any] | None = None) -> str:
        """The same of what `inspect` found."""
        return self._other(self.inspection, report, settings)

    def render_matches(self, report: Reconciliation, settings: dict[str, Any] | None = None) -> str:
        """The same of what `reconcile` found."""
        return self._other(self.matches, report, settings)

    def render_decomposition(self, report: Decomposition, settings: dict[str, Any] | None = None) -> str:
        """The same of what `why` found."""
        return self._other(self.decomposition, report, settings)

    def render_listing(self, report: ListedReport, settings: dict[str, Any] | None = None) -> str:
        """The same of what `slices` or `sweep` found."""
        return self._other(self.listing, report, settings)

    def _other(self, place: str, report: Any, settings: dict[str, Any] | None) -> str:
        module, _, name = place.partition(":")
        known = {key: value for key, value in self._known(settings).items() if key != VERBOSE}
        text = getattr(import_module(f"..{module}", __package__), name)(report, **known)
        assert isinstance(text, str)
        return text

    def pieces(self, report: Report, settings: dict[str, Any] | None = None) -> Iterable[str]:
        """The same text in pieces, by a form that need not have all of it in memory."""
        made = getattr(self._module, self.function.replace("render", "pieces"), None)
        if made is None:
            return (self.render(report, settings),)
        pieces: Iterable[str] = made(report, **self._known(settings))
        return pieces

    @property
    def _module(self) -> Any:
        return import_module(f".{self.module or f'as_{self.name}'}", __package__)

    def _known(self, settings: dict[str, Any] | None) -> dict[str, Any]:
        return {name: value for name, value in (settings or {}).items() if name in self.takes}


RENDERERS = {
    kind.name: kind
    for kind in (
        Renderer(
            "table", "boxes and colours", format=True, takes=("width", "color", "unicode", "verbose"),
            comparison="renderers.as_table:render_comparison", decomposition="decompositions.as_boxes:render",
            listing="listings.as_table:render",
        ),
        Renderer(
            "plain", "aligned text, never cropped", format=True, suffixes=(".txt",), takes=("verbose",),
            comparison="renderers.as_plain:render_comparison", decomposition="decompositions.as_plain:render",
            listing="listings.as_text:render",
        ),
        Renderer(
            "json", "one document, with a schema", format=True, report=True, suffixes=(".json",), hashed=True,
            takes=("ascii_only",), comparison="renderers.as_json:render", inspection="renderers.as_json:render",
            matches="renderers.as_json:render", decomposition="renderers.as_json:render",
            listing="renderers.as_json:render",
        ),
        Renderer(
            "jsonl", "a JSON object a line, for each result", format=True, report=True, hashed=True,
            suffixes=(".jsonl", ".ndjson"), takes=("ascii_only",), comparison="comparisons.as_jsonl:render",
            listing="listings.as_jsonl:render",
        ),
        Renderer(
            "csv", "a row a result", format=True, report=True, suffixes=(".csv",),
            comparison="comparisons.as_csv:render", decomposition="decompositions.as_csv:render",
            listing="listings.as_text:render_csv",
        ),
        Renderer(
            "tsv", "the same with tabs", format=True, report=True, suffixes=(".tsv",), module="as_csv",
            function="render_tsv", comparison="comparisons.as_csv:render_tsv",
            decomposition="decompositions.as_csv:render_tsv",
            listing="listings.as_text:render_tsv",
        ),
        Renderer(
            "markdown", "tables, for a comment or a wiki", format=True, report=True, suffixes=(".md", ".markdown"),
            comparison="pages.comparison_page:render", decomposition="decompositions.as_markdown:render",
            listing="listings.as_text:render_markdown",
        ),
        Renderer("value", "the number alone", format=True),
        Renderer(
            "junit", "JUnit XML, a test case a check: Jenkins, GitLab", report=True, errors=True,
            comparison="comparisons.as_junit:render",
        ),
        Renderer(
            "github", "a Markdown job summary, and annotations on stderr; without PATH, the step's own summary",
            report=True, takes=("room",), bare=True, errors=True, comparison="comparisons.as_github:render",
        ),
        Renderer(
            "openmetrics", "Prometheus' text format, and GitLab's metrics report", report=True,
            comparison="comparisons.as_openmetrics:render",
        ),
        Renderer(
            "dvc", "a flat JSON of numbers, for dvc metrics", report=True, comparison="comparisons.as_dvc:render",
        ),
        Renderer(
            "html", "a page with pictures in one file", report=True, suffixes=(".html", ".htm"), takes=("typed",),
            hashed=True, comparison="renderers.as_html:render_comparison",
            inspection="renderers.as_html:render_inspection", matches="renderers.as_html:render_matches",
            decomposition="decompositions.as_page:render",
            listing="listings.as_html:render", pictured=True, drawn=True,
        ),
        Renderer(
            "picture-data", "the numbers of all pictures as JSON, for tools that draw their own", report=True,
            module="as_picture_data", comparison="renderers.as_picture_data:render",
            inspection="renderers.as_picture_data:render", matches="renderers.as_picture_data:render",
            decomposition="renderers.as_picture_data:render", listing="renderers.as_picture_data:render", pictured=True,
        ),
    )
}  # fmt: skip
FORMATS = tuple(kind.name for kind in RENDERERS.values() if kind.format)
OF_COMPARISONS = tuple(kind.name for kind in RENDERERS.values() if kind.format and kind.comparison)
OF_INSPECTIONS = tuple(kind.name for kind in RENDERERS.values() if kind.report and kind.inspection)
FORMATS_OF_LISTINGS = tuple(kind.name for kind in RENDERERS.values() if kind.format and kind.listing)
OF_LISTINGS = tuple(kind.name for kind in RENDERERS.values() if kind.report and kind.listing)
OF_MATCHES = tuple(kind.name for kind in RENDERERS.values() if kind.report and kind.matches)
OF_DECOMPOSITIONS = tuple(kind.name for kind in RENDERERS.values() if kind.format and kind.decomposition)
REPORTED_DECOMPOSITIONS = tuple(kind.name for kind in RENDERERS.values() if kind.report and kind.decomposition)
REPORTS = tuple(kind.name for kind in RENDERERS.values() if kind.report)


def of_path(path: str) -> str:
    """The kind that the suffix of a file says; plain where it says none."""
    suffix = os.path.splitext(path)[1].lower()
    return next((kind.name for kind in RENDERERS.values() if suffix in kind.suffixes), "plain")
