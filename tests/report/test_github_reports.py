"""Markdown, and what GitHub shows: summaries within their room, annotations that are few."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from markdown_it import MarkdownIt
from typical_reports import HOSTILE, failed, hostile, result, typical

from losscli.report.model import Check, Report
from losscli.report.renderers import as_github, as_markdown
from losscli.report.renderers.registry import RENDERERS


def tables(text: str) -> Iterator[list[list[str]]]:
    """The tables that a Markdown parser finds, as the text that a reader sees in their cells."""
    tokens = MarkdownIt("commonmark", {"html": True}).enable(["table"]).parse(text)
    table: list[list[str]] = []
    for before, token in pairwise(tokens):
        if token.type == "tr_open":
            table.append([])
        elif token.type == "inline" and before.type in ("td_open", "th_open"):
            table[-1].append(seen(token))
        elif token.type == "table_close":
            yield table
            table = []


def seen(token: Any) -> str:
    """The text of a cell, provided that nothing in it is markup but <code> and bold."""
    for child in token.children:
        assert child.type in ("text", "text_special", "code_inline", "html_inline", "strong_open", "strong_close")
        if child.type == "html_inline":
            assert child.content in ("<code>", "</code>")
    return "".join(child.content for child in token.children if child.type != "html_inline")


@pytest.mark.parametrize("kind", ["markdown", "github"])
@pytest.mark.parametrize("made", [typical, hostile])
def test_markdown_says_what_it_holds(made: Any, kind: str) -> None:
    report = made()
    checks, results = tables(RENDERERS[kind].render(report))
    for table in (checks, results):
        assert {len(row) for row in table} == {len(table[0])}
    column = results[0].index("data set")
    found = sorted(row[column].strip() for row in results[1:])
    assert found == sorted(each.dataset.strip() for each in report.results)
    why = [row[checks[0].index("why")] for row in checks[1:]]
    assert sorted(text.strip() for text in why) == sorted(
        check.message.strip() for each in report.results for check in each.gates
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_code_is_text_and_nothing_else(text: str) -> None:
    name = Check(text, None).name
    for table in (False, True):
        html = MarkdownIt("gfm-like", {"linkify": False}).render(f"a {as_markdown.code(name, table)} b")
        assert re.sub("</?code>", "", html).count("<") == 2  # those of the paragraph
        assert html.startswith("<p>a <code>")


def test_the_worst_comes_first_in_a_summary() -> None:
    text = RENDERERS["github"].render(typical())
    checks, results = tables(text)
    assert [row[checks[0].index("outcome")] for row in checks[1:]] == [
        "failed", "inconclusive", "failed (informational)", "passed",
    ]  # fmt: skip
    assert results[1][0] == "val-3.parquet"
    assert "**1 of 5 results could not be computed.** **1 of 3 checks failed.** 1 of 3 checks inconclusive." in text
    markdown = list(tables(RENDERERS["markdown"].render(typical())))
    assert [row[0] for row in markdown[1][1:]] == [each.dataset for each in typical().results]


@pytest.mark.parametrize("room", [0, 100, 511, 512, 600, 1000, 2000, 5000, 1 << 20])
@pytest.mark.parametrize("made", [typical, hostile])
def test_a_summary_keeps_within_its_room(made: Any, room: int) -> None:
    text = as_github.render(made(), room=room)
    assert len(text.encode()) <= room
    told = sum(int(count.replace(",", "")) for count in re.findall(r"And ([\d,]+) more results", text))
    found = [table for table in tables(text) if "rows" in table[0]]
    if text:
        assert sum(len(table) - 1 for table in found) + told == len(made().results)


def many(count: int) -> Report:
    """As many results, of which the last one fails its check."""
    bad = Check("max", False, 0.1, 0.2, "0.2 is above 0.1.")
    good = Check("max", True, 0.1, 0.05, "0.05 is below 0.1.")
    results = [result(dataset=f"val-{i:06}.parquet", gates=[bad if i == count - 1 else good]) for i in range(count)]
    return Report("batch", results)


@pytest.mark.parametrize("count", [20_000, pytest.param(100_000, marks=pytest.mark.slow)])
def test_more_results_than_a_summary_holds(count: int) -> None:
    report = many(count)
    text = as_github.render(report)
    assert 1 << 19 < len(text.encode()) <= 1 << 20
    assert f"val-{count - 1:06}.parquet" in text
    assert re.search(r"And \d+,\d\d\d more checks", text)
    assert re.search(r"And \d+,\d\d\d more results", text)
    assert len(as_github.directives(report)) == 1


@pytest.mark.parametrize("count", [1000, pytest.param(100_000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("kind", ["csv", "openmetrics", "dvc", "jsonl", "junit"])
def test_other_reports_hold_any_number_of_results(kind: str, count: int) -> None:
    assert len(set(re.findall(r"val-\d{6}\.parquet", RENDERERS[kind].render(many(count))))) == count


def test_annotations_are_escaped_and_few() -> None:
    (line,) = as_github.directives(Report("gate", [failed("a:b,c%\r\nd", "100% of\r\nit: x, y")]))
    assert line == "::error title=a%3Ab%2Cc%25\\r\\nd focal::100%25 of\\r\\nit: x, y"
    # by another way than a name
    (line,) = as_github.directives(Report("gate", [result()], [], ["a\n::error::b%"]))
    assert line == "::warning title=losscli::a%0A::error::b%25"
    found = as_github.directives(hostile())
    assert len(found) == as_github.ANNOTATIONS == 10
    assert found[-1].endswith(
        f"{2 * len(HOSTILE) + 1 - 9} more annotations, {2 * len(HOSTILE) - 9} of them errors; "
        "the job summary or the other reports have all."
    )
    assert all(re.fullmatch(r"::(error|warning|notice) title=[^:,\r\n]*::[^\r\n]*", line) for line in found)
    assert as_github.directives(Report("compute", [result()])) == []
