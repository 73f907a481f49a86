"""Boxes for a terminal: as rich draws them, whatever the texts and the width, in time that grows with the results."""

import io
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from rich.box import ASCII, ROUNDED
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from losscli.report.lines.verdict_sentence import verdict_sentence
from losscli.report.model import Check, Report, Result
from losscli.report.renderers import as_table
from losscli.report.renderers.box_drawing import BoxColumn, box

WORDS = st.text(st.sampled_from("abc-/.ßé漢字🙂"), min_size=1, max_size=30)
TEXTS = st.lists(WORDS, min_size=1, max_size=8).map(" ".join)
PAIRS = st.lists(st.tuples(TEXTS, TEXTS), min_size=2, max_size=5)


def drawn_by_rich(pairs: list[tuple[str, str]], width: int, unicode: bool) -> str:
    text = io.StringIO()
    console = Console(file=text, width=width, height=25, highlight=False, legacy_windows=False, color_system=None)
    table = Table(box=ROUNDED if unicode else ASCII)
    for heading in pairs[0]:
        table.add_column(Text(heading), overflow="fold")
    for row in pairs[1:]:
        table.add_row(*map(Text, row))
    console.print(table)
    return text.getvalue()


def drawn(pairs: list[tuple[str, str]], width: int, *, color: bool = False, unicode: bool = True) -> str:
    columns = [BoxColumn(heading) for heading in pairs[0]]
    return box(columns, pairs[1:], width=width, color=color, unicode=unicode)


@given(pairs=PAIRS, width=st.integers(20, 120))
def test_as_rich_draws_them(pairs: list[tuple[str, str]], width: int) -> None:
    ours = drawn(pairs, width)
    longest = [max(cell_len(row[i]) for row in pairs) for i in range(2)]
    room = width - 7
    # where both columns are cut, they share the room evenly, and rich gives a cell that is left over to the other one
    assume(sum(longest) <= room or min(longest) <= room // 2 or room % 2 == 0)
    assert ours == drawn_by_rich(pairs, width, unicode=True)


@given(pairs=PAIRS, width=st.integers(20, 120), color=st.booleans(), unicode=st.booleans())
def test_every_line_fits_and_no_letter_is_lost(
    pairs: list[tuple[str, str]], width: int, color: bool, unicode: bool
) -> None:
    text = drawn(pairs, width, color=color, unicode=unicode)
    for code in ("\x1b[1m", "\x1b[0m"):
        text = text.replace(code, "")
    lines = text.splitlines()
    assert len({cell_len(line) for line in lines}) == 1
    assert cell_len(lines[0]) <= width
    said = "".join(letter for line in lines for letter in line if letter not in "│╭─┬╮├┼┤╰┴╯|+- ")
    shown = [part if unicode else part.encode("ascii", "backslashreplace").decode() for pair in pairs for part in pair]
    assert sorted(said) == sorted(letter for part in shown for letter in part if letter not in "- ")


def test_a_number_is_never_broken() -> None:
    columns = [BoxColumn("value", right=True, narrowest=None), BoxColumn("data set")]
    text = box(columns, [("0.123456789012", "a-long-name/of/a/data/set.npy")], width=20, color=False, unicode=True)
    assert "0.123456789012" in text


@pytest.mark.parametrize("command", ["gate", "batch"])
def test_work_of_a_table_grows_with_the_results_alone(command: str) -> None:
    def lines(count: int) -> Any:
        check = Check("mse against the baseline", False, 1.0, 1.1, "worse: " + "the loss rises by 3 %, " * 8)
        results = [
            Result("mse", 1.0, 9, 9.0, "mean", "weights", "values", None, {}, "", dataset=f"{i:05}", gates=[check])
            for i in range(count)
        ]
        return as_table.render(Report(command, results), width=100).count("\n")

    few, many = lines(10), lines(1000)
    head = 4 if command == "batch" else 0
    assert many - head == 100 * (few - head)


def test_groups_and_sentences_of_every_command_have_room_in_80_columns(cli: Any) -> None:
    files = ["diabetes/pred.npy", "diabetes/other.npy", "diabetes/label.npy"]
    for words in (
        ["compare", *files, "-l", "mse", "--by", "label:50"], ["why", *files, "-l", "mse", "--by", "label:50"],
        ["slices", "diabetes/diabetes.csv", "-l", "mse", "--over", "label", "--min-n", "20"],
        ["batch", "diabetes/diabetes.csv", "diabetes/diabetes.parquet", "-l", "mse", "--ci", "95"],
    ):  # fmt: skip
        out = cli(*words, "--format", "table", "--color", "never").out
        assert max(map(len, out.splitlines())) <= 80, words[0]
        assert "[50, 100)" in out or words[0] in ("slices", "batch")


def test_a_batch_shows_intervals_where_they_were_asked_for(cli: Any) -> None:
    words = ["batch", "diabetes/diabetes.csv", "-l", "mse", "-l", "mae", "--format", "plain"]
    head, *rows = cli(*words, "--ci", "95").out.splitlines()
    assert "interval" in head
    assert all(" ... " in row for row in rows)
    assert "interval" not in cli(*words).out


def test_a_rise_within_the_margin_is_not_called_beyond_it() -> None:
    ends = (0.01, 0.09)
    said = verdict_sentence("worse", "it", 0.04, 1.0, ends, 0.95, (0.0, 0.05))
    assert said.endswith("), which may be beyond the margin of 5 %.")
    said = verdict_sentence("worse", "it", 0.06, 1.0, ends, 0.95, (0.0, 0.05))
    assert said.endswith("), beyond the margin of 5 %.")
