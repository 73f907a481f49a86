"""Only the numbers, one a line, as many digits as it takes to read the same float back."""

from __future__ import annotations

from collections.abc import Iterator

from ..lines.shown_digits import exact
from ..model import Report
from ..writing.spooled_rows import chunks


def render(report: Report) -> str:
    return "".join(pieces(report))


def pieces(report: Report) -> Iterator[str]:
    """The lines, some at a time: those of many rows are never all in memory."""
    for result in report.results:
        if result.rows is not None:
            yield from ("".join(f"{exact(value)}\n" for value in values) for _, values in chunks(result.rows))
        else:  # an error has a line too, so that lines and data sets stay in step
            yield "nan\n" if result.value is None else f"{exact(result.value)}\n"
