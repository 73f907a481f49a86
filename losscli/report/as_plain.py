"""Plain text for pipes and logs: aligned, uncoloured, never cropped."""

from __future__ import annotations

from .facts import all_facts
from .model import Report


def render(report: Report) -> str:
    if any(result.rows is not None for result in report.results):
        from .as_value import render as render_values

        return render_values(report)
    parts = []
    for pairs in all_facts(report):
        width = max(len(what) for what, _ in pairs)
        parts.append("".join(f"{what:<{width}}  {value}\n" for what, value in pairs))
    return "\n".join(parts)
