"""A page of any report: one file that opens anywhere."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...core.notes import INFORMATION
from ...core.record import replace
from ..html.inputs import MOST as _MOST
from ..html.inputs import inputs_table
from ..html.markup import code, pairs, paragraphs, table
from ..html.page import Page
from ..html.page import render as render_page
from ..lines.comparison_lines import base_lines, headings, result_lines, sentence_of, table_lines
from ..lines.inspection_lines import Inspection, alarm_count, description_lines
from ..lines.match_lines import groups, search_sentence
from ..lines.overview_table import cells_of
from ..lines.shown_digits import error_number, number
from ..lines.summary_lines import check_sentence, lines_of, value_of
from ..model import Report, Result
from ..ranking import badness

if TYPE_CHECKING:
    from ..comparison import Comparison, ComparisonReport
    from ..reconciliation import Reconciliation

Findings = list[tuple[str, str]]
_SENTENCES = 3  # that stand below the title
_FEW_NOTES = 4  # that inform, and are listed one by one
_STANDS_ON = {  # what a standard error stands on, by its key in the document
    "rows": "effective rows",
    "weights": "rows that the weights leave",
    "clusters": "independent clusters",
    "df": "degrees of freedom",
    "skewness": "skewness of the losses",
    "serial": "correlation of neighbouring rows",
}


def render(report: Report, *, typed: str = "") -> str:
    """The page of results: losses of data sets, and what they were held to."""
    several = len(report.results) > 1
    title = (
        f"{len(report.results)} results" if several else _headline(report.results[0]) if report.results else "No result"
    )
    lead = _best_and_last(report.results) if several else [_rows(result) for result in report.results]
    out: Findings = [("error", f"{_name(result)}: {result.error}") for result in report.results if result.error]
    checks = [(result, check) for result in report.results for check in result.gates]
    grave = {"failed": 0, "inconclusive": 1, "passed": 2}
    for result, check in sorted(checks, key=lambda pair: grave[pair[1].outcome]):
        kind = " (informational)" if check.informational else ""
        out.append((check.outcome, f"{check.name}{kind}, {_name(result)}: {check_sentence(check)}"))
    out += _notes(report.warnings)
    body = (
        _overview(report)
        if several
        else "".join(pairs(lines_of(result, [], verbose=False)) for result in report.results)
    )
    sections = [("What the numbers are" if several else "What the number is", body + _recipes(report.results))]
    sections += [("Worst and best rows", "".join(map(_worst_and_best, report.results)))]
    sections += [("What it was computed from", inputs_table(report.inputs))]
    sure = "".join(_sure(result) for result in report.results) if not several else ""
    return render_page(Page(title, lead, out, sure, sections, report.to_dict(), _commands(typed)))


def _notes(notes: Sequence[str]) -> Findings:
    """The warnings, and then what was done where nothing speaks against it: where there is much, what is alike once."""
    informing = [note for note in notes if getattr(note, "kind", "") in INFORMATION]
    out: Findings = [("warning", note) for note in notes if getattr(note, "kind", "") not in INFORMATION]
    if len(informing) <= _FEW_NOTES:
        return out + [("note", note) for note in informing]
    alike: dict[tuple[str, ...], list[str]] = {}
    for note in informing:
        about = [getattr(note, name, "") for name in ("kind", "role", "column")]
        alike.setdefault(tuple(about) if about[2] else (note,), []).append(note)
    return out + [("note", _of_several(each) if len(each) > 1 else each[0]) for each in alike.values()]


def _of_several(notes: Sequence[str]) -> str:
    """The first of notes that only differ in the data set that they are about."""
    return f"{notes[0].removesuffix('.')}, and so in other data sets."


def render_comparison(report: ComparisonReport, *, typed: str = "") -> str:
    """The page of a comparison: the verdicts first."""
    title = sentence_of(report.results[0]) if len(report.results) == 1 else f"{len(report.results)} comparisons"
    lead = [] if len(report.results) == 1 else [sentence_of(each) for each in report.results]
    if len(lead) > _SENTENCES:
        verdicts = Counter(str(each.verdict) for each in report.results)
        lead = [", ".join(f"{count} {verdict}" for verdict, count in verdicts.items()) + "."]
    graves = [(verdict, each) for verdict in ("worse", "inconclusive") for each in report.results]
    out: Findings = [
        (verdict, sentence_of(each).partition(": ")[2]) for verdict, each in graves if each.verdict == verdict
    ]
    out += _notes(report.warnings)
    sure = table(headings(report), table_lines(report)) + paragraphs(base_lines(report))
    detail = "".join(pairs(result_lines(each, report)) for each in report.results)
    recipes = "".join(code(text) for text in dict.fromkeys(each.signature for each in report.results) if text)
    ranks = "".join(
        table(("rank", "model", "value", "letters"), [(r.rank, r.name, r.value, r.letters) for r in each], caption=loss)
        for loss, each in report.ranking.items()
    )
    sections = [
        ("Ranks; models that share a letter cannot be told apart", ranks),
        ("Groups", "".join(_compared_groups(each) for each in report.results)),
        ("In detail", detail),
        ("What the numbers are", recipes),
        ("What they were computed from", inputs_table(report.inputs)),
    ]
    return render_page(Page(title, lead, out, sure, sections, report.to_dict(), _commands(typed)))


def _compared_groups(result: Comparison) -> str:
    """The groups of a comparison as a table; nothing without them."""
    if not result.groups:
        return ""
    from ..lines.compared_group_lines import group_cells, headings, title

    every = replace(result, top=len(result.groups))
    return table(headings(result), group_cells(every), caption=title(result))


def render_inspection(report: Inspection, *, typed: str = "") -> str:
    """The page of a look at files: the alarms first."""
    out: Findings = [(alarm.severity, f"{alarm.id}: {alarm.evidence} {alarm.mend}") for alarm in report.alarms]
    out += _notes(report.warnings)
    title = " and ".join(each.name for each in report.inputs[:2])
    body = "".join(pairs(description_lines(each)) for each in report.inputs)
    inputs = [each for each in report.files if each.sha256 is not None]
    sections = [("What the files hold", body), ("What was looked at", inputs_table(inputs))]
    document = report.to_dict()
    return render_page(Page(title, [alarm_count(report)], out, "", sections, document, _commands(typed)))


def render_matches(report: Reconciliation, *, typed: str = "") -> str:
    """The page of a reconciliation: which convention made a number."""
    sentence = search_sentence(report)
    title = sentence or f"{report.loss} under {len(report.matches)} conventions"
    out: Findings = _notes(report.warnings)
    rows = [(value, who, how) for value, matches in groups(report) for who, how in matches]
    sections = [
        ("What each convention computes", table(("value", "like", "what was computed"), rows)),
        ("What it was computed from", inputs_table(report.inputs)),
    ]
    return render_page(Page(title, [], out, "", sections, report.to_dict(), _commands(typed)))


def _best_and_last(results: list[Result]) -> list[str]:
    """Of each loss of several data sets, which is the best and which the last."""
    losses: dict[str, list[Result]] = {}
    for result in results:
        if result.value is not None and result.dataset and not math.isnan(result.value):
            losses.setdefault(result.title, []).append(result)
    said = []
    for title, each in losses.items():
        if len(each) > 1:
            best, *_, last = sorted(each, key=lambda result: badness(result.loss, result.value))
            said.append(
                f"{title}: the best of {len(each)} data sets is {best.dataset} with {value_of(best)}, the last "
                f"{last.dataset} with {value_of(last)}."
            )
    return said


def _headline(result: Result) -> str:
    return f"{result.title}: {value_of(result)}"


def _name(result: Result) -> str:
    return f"{result.loss} of {result.dataset}" if result.dataset else result.loss


def _rows(result: Result) -> str:
    parts = [result.dataset] if result.dataset else []
    parts.append("1 row" if result.n == 1 else f"{result.n:,} rows")
    if result.stderr is not None:
        parts.append(f"standard error {error_number(result.stderr)}")
    if result.ci:
        parts.append(
            f"{100 * result.ci['level']:g} % interval {number(result.ci['low'])} to {number(result.ci['high'])}"
        )
    return ", ".join(parts)


def _sure(result: Result) -> str:
    """The standard error and what it stands on, in whole words."""
    lines: list[tuple[str, str]] = []
    if result.stderr is not None:
        lines.append(("standard error", error_number(result.stderr)))
    if result.ci:
        ends = f"{number(result.ci['low'])} to {number(result.ci['high'])}"
        lines.append((f"{100 * result.ci['level']:g} % interval", f"{ends} ({result.ci['method']})"))
    lines += [
        (words, f"{value:.4g}")
        for key, words in _STANDS_ON.items()
        if isinstance(value := (result.effective or {}).get(key), int | float)
    ]
    if not lines:
        return "<p>There is no standard error of this value.</p>" if not result.error else ""
    return pairs(lines)


def _worst_and_best(result: Result) -> str:
    """The rows that were asked for, as tables; nothing where none were."""
    if not (result.worst or result.best):
        return ""
    from ..lines.row_lines import row_tables

    return "".join(
        table(each.headings, each.cells, caption=f"{_name(result)}: {each.title}") for each in row_tables(result)
    )


def _overview(report: Report) -> str:
    heads, *rows = cells_of(report)
    return table(heads, rows)


def _recipes(results: list[Result]) -> str:
    """The whole recipe of each number, once."""
    signatures = list(dict.fromkeys(result.signature for result in results if result.signature))
    return "".join(map(code, signatures[:_MOST]))


def _commands(typed: str) -> list[str]:
    return [typed] if typed else []
