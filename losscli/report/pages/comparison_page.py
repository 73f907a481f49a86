"""A comparison as Markdown, for a comment on a change."""

from __future__ import annotations

from ..comparison import Comparison, ComparisonReport
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
    for result in report.results:
        text += _groups(result)
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


def _groups(result: Comparison) -> list[str]:
    """The groups of a result as a table; nothing without them."""
    if not result.groups:
        return []
    from ..lines.compared_group_lines import columns_of, group_cells, headings, title
    from ..lines.group_lines import rest_sentence

    texts, heads = len(columns_of(result)), headings(result)
    named = [code(head, table=True) for head in heads[:texts]]
    text = ["", code(title(result)), "", f"| {' | '.join([*named, *heads[texts:]])} |"]
    text.append("|" + "---|" * texts + "---:|" * (len(heads) - texts - 1) + "---|")
    for cells in group_cells(result):
        *rest, said = cells
        keys = [code(key, table=True) for key in rest[:texts]]
        text.append(f"| {' | '.join([*keys, *rest[texts:], _SIGNS[said]])} |")
    rest_of = rest_sentence(result)
    return [*text, "", rest_of] if rest_of else text
