"""Plain text for pipes and logs: aligned, uncoloured, never cropped."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..lines.summary_lines import lines_of_each
from ..model import Report

if TYPE_CHECKING:
    from ..comparison import ComparisonReport
    from ..lines.inspection_lines import Inspection
    from ..reconciliation import Reconciliation


def render(report: Report, *, verbose: bool = False) -> str:
    if report.command == "batch":
        from ..lines.overview_table import aligned

        return aligned(report)
    if any(result.rows is not None for result in report.results):
        from .as_value import render as render_values

        return render_values(report)
    parts = list(map(_aligned, lines_of_each(report, verbose=verbose)))
    if any(result.groups or result.worst or result.best for result in report.results):
        from ..lines.group_lines import aligned as aligned_groups
        from ..lines.row_lines import aligned as aligned_rows
        from ..lines.row_lines import row_tables

        for place, result in reversed(list(enumerate(report.results, 1))):
            parts[place:place] = [*filter(None, [aligned_groups(result)]), *map(aligned_rows, row_tables(result))]
    return "\n".join(parts)


def pieces(report: Report, *, verbose: bool = False) -> Iterator[str]:
    """The text, some at a time: the losses of many rows are never all in memory."""
    if report.command != "batch" and any(result.rows is not None for result in report.results):
        from .as_value import pieces as pieces_of_values

        yield from pieces_of_values(report)
    else:
        yield render(report, verbose=verbose)


def render_matches(report: Reconciliation) -> str:
    """The conventions, each value with those that give it."""
    from ..lines.match_lines import groups, search_sentence

    lines = [line for line in (search_sentence(report),) if line]
    for value, conventions in groups(report):
        lines.append(value)
        width = max(len(who) for who, _ in conventions)
        lines += [f"  {who:<{width}}  {how}" for who, how in conventions]
    return "\n".join(lines) + "\n"


def render_inspection(report: Inspection, *, unicode: bool = True) -> str:
    """What files hold, then the alarms."""
    from ..lines.inspection_lines import alarm_count, alarm_lines, description_lines

    parts = [_aligned(description_lines(each, unicode=unicode)) for each in report.inputs]
    if sentence := alarm_count(report):
        parts.append(sentence + "\n")
    return "\n".join(parts + [_aligned(alarm_lines(alarm)) for alarm in report.alarms])


def _aligned(lines: list[tuple[str, str]]) -> str:
    width = max(len(what) for what, _ in lines)
    return "".join(f"{what:<{width}}  {value}\n" for what, value in lines)


def render_comparison(report: ComparisonReport) -> str:
    """The answers in a sentence each, then every result in full; of several a table before them, and ranks last."""
    from ..lines.comparison_lines import base_lines, headings, rank_lines, result_lines, sentence_of, table_lines

    parts = ["".join(f"{sentence_of(result)}\n" for result in report.results)]
    if len(report.results) > 1:
        rows = [headings(report), *table_lines(report)]
        widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
        table = [
            "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
        ]
        parts.append("\n".join([*base_lines(report), *table]) + "\n")
    for result in report.results:
        pairs = result_lines(result, report)
        width = max(len(what) for what, _ in pairs)
        parts.append("".join(f"{what:<{width}}  {value}\n" for what, value in pairs))
    if any(result.groups for result in report.results):
        from ..lines.compared_group_lines import aligned as aligned_groups

        parts += filter(None, map(aligned_groups, report.results))
    for loss, ranks in rank_lines(report):
        heading = f"ranks by {loss}; models that share a letter cannot be told apart\n"
        parts.append(heading + "".join(f"  {rank:>2}  {name}\n" for rank, name in ranks))
    return "\n".join(parts)
