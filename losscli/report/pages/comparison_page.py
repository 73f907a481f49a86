"""A comparison as Markdown, for a comment on a change."""

from __future__ import annotations

from ..comparison import ComparisonReport
from ..lines.comparison_lines import base_lines, headings, rank_lines, sentence_of, table_lines
from ..renderers.as_markdown import code

_SIGNS = {
    "improved": "improved ✅",
    "not worse": "not worse ✅",
    "inconclusive": "inconclusive ❔",
    "worse": "worse ❌",
}


def render(report: ComparisonReport) -> str:
    """A table of all results, and of the ranks. What comes from outside stands in code spans."""
    text = ["### losscli compare", ""]
    text += [line for result in report.results for line in (sentence_of(result, code), "")]
    text += [line for each in base_lines(report) for line in (code(each), "")]
    text += ["| " + " | ".join(headings(report)) + " |", "|---|---|---:|---|---:|---|"]
    for loss, which, *numbers, verdict in table_lines(report):
        cells = [code(loss, table=True), code(which, table=True), *numbers, _SIGNS[verdict]]
        text.append("| " + " | ".join(cells) + " |")
    for loss, ranks in rank_lines(report):
        text += [
            "",
            f"Ranks by {code(loss)}; models that share a letter cannot be told apart.",
            "",
            "| rank | model |",
            "|---:|---|",
        ]
        text += [f"| {rank} | {code(name, table=True)} |" for rank, name in ranks]
    text += ["", *(f"- note: {code(note)}" for note in report.warnings)] if report.warnings else []
    return "\n".join(text) + "\n"
