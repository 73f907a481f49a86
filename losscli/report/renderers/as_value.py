"""Only the numbers, one a line, as many digits as it takes to read the same float back."""

from __future__ import annotations

from ..model import Report


def render(report: Report) -> str:
    lines: list[str] = []
    for result in report.results:
        if result.rows is not None:
            lines.extend(map(repr, result.rows.tolist()))
        else:  # an error has a line too, so that lines and data sets stay in step
            lines.append("nan" if result.value is None else repr(result.value))
    return "".join(f"{line}\n" for line in lines)
