"""CSV as text: spellings, quotes, row ends, headers and names."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from csv_tables import column, problem, read, table
from hypothesis import given, settings
from hypothesis import strategies as st

from losscli.core.errors import DataProblem, UsageProblem
from losscli.sources.formats.csv import repeated
from losscli.sources.formats.csv.csv_dialect import RowEnds
from losscli.sources.formats.csv.csv_file import CsvTable
from losscli.sources.formats.csv.csv_format import CsvFormat
from losscli.sources.table import Pick


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("\ufeffa,b\n1,2\n3,4\n", ("a", "b")),
        ("a,b\r\n1,2\r\n3,4\r\n", ("a", "b")),
        ("a,b\r1,2\r3,4\r", ("a", "b")),
        ("a,b\n1,2\n3,4", ("a", "b")),
        ('"a","b"\n"1","2"\n"3","4"\n', ("a", "b")),
        ('"a\n,""x",b\n1,2\n3,4\n', ('a\n,"x', "b")),
        ("1,2\n3,4\n", ("0", "1")),
        ("\ufeff1,2\n3,4\n", ("0", "1")),
    ],
)
def test_spellings_of_the_same_table(text: str, names: tuple[str, ...]) -> None:
    source = table(text)
    assert source.columns == names
    assert read(source, x=Pick(names))[0]["x"].tolist() == [[1, 2], [3, 4]]


def test_tsv_by_suffix_and_by_option(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("a\tb,c\n1\t2\n")
    source = CsvTable(path)
    assert (source.format, source.columns) == ("tsv", ("a", "b,c"))
    assert table("a;b\n1;2\n", delimiter=";").columns == ("a", "b")
    with pytest.raises(UsageProblem, match="one ASCII character"):
        table("a\n1\n", delimiter="||")


@pytest.mark.usefixtures("small_chunks")
def test_newlines_and_delimiters_in_quotes_across_chunks() -> None:
    rows = [f'"a\n{i},""q"" ",{i},it is 5" wide' for i in range(3000)]
    source = table("id,p,note\n" + "\n".join(rows))
    assert read(source, 7, x=Pick(("p",)))[0]["x"].tolist() == list(range(3000))


@pytest.mark.parametrize(
    ("text", "end"),
    [
        (b"", 0),
        (b"1,2", 0),
        (b"1,2\n3", 4),
        (b'1,"2\n3', 0),
        (b'1,"2\n3"\n4', 8),
        (b'"1\n', 0),
        (b'5" x\n6', 5),
        (b'1,5" x\n"6\n', 7),
        (b'"a"b"c\n,"\n', 7),
        (b"1\r2", 2),
        (b"1\r", 0),
        (b'"1"\r\n2', 5),
        (b'""\n"""\n"\n', 9),
    ],
)
def test_row_ends(text: bytes, end: int) -> None:
    assert RowEnds(CsvFormat()).last(text) == end


def test_headerless_files_say_so() -> None:
    source = table("0.5,1\n0.6,0\n")
    assert source.columns == ("0", "1")
    assert source.notes == ["preds.csv has no header: its columns are named 0, 1."]
    assert table("0.5\n").notes == ["preds.csv has no header: its column is named 0."]
    assert table("nan,inf,NA,1\n").columns == ("0", "1", "2", "3")
    assert table("a,b\n").notes == []


def test_header_by_option() -> None:
    assert table("1,2\n3,4\n", header="yes").columns == ("1", "2")
    assert column("1,2\n3,4\n", "1", header="yes") == [3]
    assert column("1,2\n3,4\n", "0", header="no") == [1, 3]
    assert table("a,b\n1,2\n", header="no").is_text("1")
    with pytest.raises(UsageProblem):
        table("a\n", header="maybe")


@pytest.mark.parametrize("text", ["cat,0.5\ndog,0.7\n", "0,1,2\n0.1,0.2,0.3\n", "0.5,,1\n0.1,0.2,1\n"])
def test_what_may_be_a_header_or_a_row_is_an_error(text: str) -> None:
    assert "may be a header or a row. Say --header yes or --header no." in problem(text)


@pytest.mark.parametrize("text", ["y,0.1,0.5\n1,0.3,0.4\n", ",0,1\n0,0.1,0.3\n", "a,b\ncat,dog\n"])
def test_headers_with_numbers_in_them(text: str) -> None:
    assert table(text).columns == tuple(text.split("\n")[0].split(","))


def test_the_same_name_twice() -> None:
    assert problem("a,b,a\n1,2,3\n") == "preds.csv has two columns named 'a'. Rename one of them."


def test_another_delimiter() -> None:
    assert problem("a;b\n1;2\n", delimiter=",").endswith("Try --delimiter ';'.")
    assert problem("a\tb\n1\t2\n", delimiter=",").endswith("Try --delimiter tab.")
    assert problem("a,b\n1,2\n", name="x.tsv", delimiter="tab").endswith("Try --delimiter ','.")


names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=6)


@settings(max_examples=60)
@given(st.lists(names, min_size=1, max_size=6, unique=True), st.data())
def test_any_class_names_come_back(classes: list[str], data: st.DataObject) -> None:
    codes = data.draw(st.lists(st.integers(0, len(classes) - 1), min_size=1, max_size=30))
    lines = ['"' + classes[code].replace('"', '""') + '",1' for code in codes]
    source = table("y,p\n" + "\n".join(lines), quote='"')
    arrays, masks, _ = read(source, 7, x=Pick(("y",), tuple(classes)))
    if arrays["x"].dtype == np.int64:
        assert arrays["x"].tolist() == codes
        assert not masks["x"].any()
    else:  # numbers that are not all listed stay numbers
        pytest.fail("read as numbers")


def _ends(text: str) -> list[int]:
    """Where records end, byte by byte."""
    ends, state = [0], "start"
    for at, char in enumerate(text):
        if state == "quoted":
            state = "closing" if char == '"' else state
        elif char == '"' and state in ("start", "closing"):
            state = "quoted"
        elif char == "\n" or (char == "\r" and text[at + 1 : at + 2] not in ("", "\n")):
            ends.append(at + 1)
            state = "start"
        else:
            state = "start" if char == "," else "plain"
    return ends


@settings(max_examples=120)
@given(st.text(alphabet='",\n\rx', max_size=30), st.booleans())
def test_records_end_where_a_reader_byte_by_byte_says(text: str, newline: bool) -> None:
    text += "\n" * newline
    end = RowEnds(CsvFormat()).last(text.encode())
    assert end in _ends(text)
    assert end >= max(at for at in _ends(text) if at == 0 or text[at - 1] == "\n")


@settings(max_examples=60)
@given(st.text(alphabet='1a.",;\n\r\t -e\0é', max_size=60), st.sampled_from(["auto", "yes", "no"]))
def test_any_text_is_a_table_or_a_problem(text: str, header: str) -> None:
    try:
        source = table(text, header=header)
        read(source, 3, x=Pick())
    except (DataProblem, UsageProblem) as found:
        sentence = str(found)
    else:
        sentence = "a table"
    assert sentence.isprintable()


@pytest.mark.parametrize("possessive", [True, False])
def test_rows_end_alike_however_a_repetition_is_written(possessive: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Early releases of Python 3.11 stop possessive groups in the wrong place; there they are written otherwise."""
    if possessive and sys.version_info < (3, 11, 5):
        pytest.skip("this Python is one of them")
    monkeypatch.setattr(repeated, "_POSSESSIVE", possessive)
    ends = RowEnds(CsvFormat())
    texts = (b"1,2", b'1,"2\n3', b'"1\n', b'5" x\n6', b'1,5" x\n"6\n', b'"a"b"c\n,"\n', b"1\r2", b'1,"2\n3"\n4,5\n6')
    assert [ends.last(text) for text in texts] == [0, 0, 0, 5, 7, 7, 2, 12]
