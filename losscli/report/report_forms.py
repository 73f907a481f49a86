"""What a report can be made into in Python: tables of other libraries, a file, a table in a notebook."""

from __future__ import annotations

import json
import os
from html import escape
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from ..core.record import replace

if TYPE_CHECKING:
    from collections.abc import Iterable

_SHOWN = ("dataset", "loss", "value", "stderr", "n", "reduction", "input", "status")


class PlottedResult:
    """A Result has this beside what it holds."""

    to_dict: Any

    def plot(self, ax: Any = None, *, kind: str | None = None) -> Any:
        """Draw a picture of the result with matplotlib, which `pip install 'losscli[plot]'` brings.

        Args:
            ax: The axes to draw on; None makes a figure of its own.
            kind: Which picture, such as loss, concentration, calibration, residuals or confusion; None is the first
                that the result has.

        Returns:
            The axes.

        Raises:
            UsageProblem: where matplotlib is missing, or the result was computed without `histograms=True`.
        """
        drawn = {"command": "compute", "results": [self.to_dict()]}
        return import_module("losscli.report.pictures.of_result").plotted(drawn, kind, ax)


class ListingForms:
    """What `slices` and `sweep` found has these beside what it holds."""

    results: Any

    def to_pandas(self) -> Any:
        """The rows of the listing as a pandas DataFrame."""
        import pandas

        return pandas.DataFrame([each.to_dict() for each in self.results])


class ReportForms:
    """A Report has these beside what it holds."""

    results: Any
    warnings: Any
    to_dict: Any

    @property
    def passed(self) -> bool:
        """Whether no rule that the results were held to failed, informational ones aside."""
        checks = [check for result in self.results for check in result.gates if not check.informational]
        return not any(check.passed is False for check in checks)

    def without_histograms(self) -> Any:
        """The same report as it is where no histograms are asked for."""
        return replace(self, results=[replace(result, histograms=None) for result in self.results])

    def to_pandas(self) -> Any:
        """The results as a pandas DataFrame, one a row."""
        import pandas

        return pandas.DataFrame([result.to_dict() for result in self.results])

    def to_arrow(self) -> Any:
        """The results as an Arrow table, one a row; what has parts of its own, such as parameters, as JSON."""
        import pyarrow

        rows = [result.to_dict() for result in self.results]
        return pyarrow.Table.from_pylist([{name: _flat(value) for name, value in row.items()} for row in rows])

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the report, in the format that the suffix says: .json .jsonl .csv .tsv .md .txt .parquet .arrow.

        The file is whole or not there: it gets its name when all is written. Another suffix is a UsageProblem.
        """
        import_module("losscli.report.writing.saving").save(self, os.fspath(path))

    def _repr_html_(self) -> str:
        """A table of the numbers with the notes below, for notebooks: plain HTML, without scripts.

        With `histograms=True` the pictures of the results follow, as SVG.
        """
        rows = [result.to_dict() for result in self.results]
        names = [name for name in _SHOWN if any(row.get(name) not in (None, "") for row in rows)]
        if all(row["status"] == "ok" for row in rows):
            names = [name for name in names if name != "status"]
        head = "".join(f"<th>{escape(name)}</th>" for name in names)
        body = "".join(f"<tr>{_cells(row[name] for name in names)}</tr>" for row in rows)
        notes = "".join(f"<p>note: {escape(note)}</p>" for note in self.warnings)
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        return f"{table}{notes}{self._pictures()}"

    def _pictures(self) -> str:
        """The pictures of results that were computed with histograms, where there is matplotlib to draw them."""
        if not any(getattr(result, "histograms", None) for result in self.results) or find_spec("matplotlib") is None:
            return ""
        drawn = import_module("losscli.report.pictures.inline_svg").pictures_of(self.to_dict())
        return "".join(f'<div style="max-width:30em;padding:.5em;background:#fff">{svg}</div>' for svg in drawn)


def _flat(value: Any) -> Any:
    if isinstance(value, dict | list | tuple):
        return json.dumps(value, sort_keys=True) if value else None
    return value


def _cells(values: Iterable[Any]) -> str:
    texts = ("" if each is None else f"{each:.8g}" if isinstance(each, float) else str(each) for each in values)
    return "".join(f"<td>{escape(text)}</td>" for text in texts)
