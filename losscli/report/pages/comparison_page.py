"""A comparison as Markdown, for a comment on a change."""

from __future__ import annotations

from ..comparison import ComparisonReport
from ..renderers.as_markdown import code
from ..verdicts import base_lines, headings, lines, rank_lines

_SIGNS = {
    "improved": "improved ✅",
    "not worse": "not worse ✅",
    "inconclusive": "inconclusive ❔",
    "worse": "worse ❌",
}


def render(report: ComparisonReport) -> str:
    """A table of all results, and of the ranks. What comes from outside stands in code spans."""
    found = ["### losscli compare", ""]
    found += [line for each in base_lines(report) for line in (code(each), "")]
    found += ["| " + " | ".join(headings(report)) + " |", "|---|---|---:|---|---:|---|"]
    for loss, which, *numbers, verdict in lines(report):
        cells = [code(loss, table=True), code(which, table=True), *numbers, _SIGNS[verdict]]
        found.append("| " + " | ".join(cells) + " |")
    for loss, ranks in rank_lines(report):
        found += [
            "",
            f"Ranks by {code(loss)}; models of one rank cannot be told apart.",
            "",
            "| rank | model |",
            "|---:|---|",
        ]
        found += [f"| {rank} | {code(name, table=True)} |" for rank, name in ranks]
    found += ["", *(f"- note: {code(note)}" for note in report.warnings)] if report.warnings else []
    return "\n".join(found) + "\n"
