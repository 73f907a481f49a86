"""Plain text for pipes and logs: aligned, uncoloured, never cropped."""

from __future__ import annotations

from .facts import all_facts
from .matches import groups, verdict
from .model import Reconciliation, Report


def render(report: Report) -> str:
    if any(result.rows is not None for result in report.results):
        from .as_value import render as render_values

        return render_values(report)
    parts = []
    for pairs in all_facts(report):
        width = max(len(what) for what, _ in pairs)
        parts.append("".join(f"{what:<{width}}  {value}\n" for what, value in pairs))
    return "\n".join(parts)


def render_matches(report: Reconciliation) -> str:
    """The conventions, each value with those that give it."""
    lines = [line for line in (verdict(report),) if line]
    for value, conventions in groups(report):
        lines.append(value)
        width = max(len(who) for who, _ in conventions)
        lines += [f"  {who:<{width}}  {how}" for who, how in conventions]
    return "\n".join(lines) + "\n"
