"""Text files as people save them: each shows by itself how its cells are written, and no row is lost in a quote."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import losscli
from losscli.core.errors import DataProblem, LossCliError, UsageProblem
from losscli.sources.formats.csv.csv_file import CsvTable
from losscli.sources.open import ReadOptions, open_table
from losscli.sources.table import Pick, Table


def opened(folder: Path, name: str, data: str | bytes, **options: Any) -> Table:
    (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())
    return open_table(str(folder / name), ReadOptions(**options))


def column(table: Table, name: str) -> list[float]:
    return np.concatenate([load().arrays["x"] for load in table.blocks({"x": Pick((name,))}, 7)]).tolist()


PLAIN = "pred,label\n0.5,1\n-2,0\n"
WRITTEN = {
    "tabs": PLAIN.replace(",", "\t"),
    "semicolons": PLAIN.replace(",", ";"),
    "pipes": PLAIN.replace(",", "|"),
    "blanks": "pred   label\n 0.5 1\n-2\t 0 \n",
    "decimal commas": "pred;label\n0,5;1\n-2;0\n",
    "Excel's first line": "sep=;\r\npred;label\r\n0.5;1\r\n-2;0\r\n",
    "a byte order mark": "\ufeff" + PLAIN,
    "blanks around": "pred,label\n 0.5 ,1\n -2, 0\n",
    "quotes": '"pred","label"\n"0.5","1"\n"-2","0"\n',
    "row names of R": '"pred","label"\n"a",0.5,1\n"b",-2,0\n',
    "counted row names of R": "pred label\n1 0.5 1\n2 -2 0\n",
}


@pytest.mark.parametrize("name", ["x.csv", "x.txt", "x.out", "x.data", "x.tsv", "x"])
@pytest.mark.parametrize("kind", WRITTEN)
def test_every_way_to_write_a_table_is_the_same_table(tmp_path: Path, kind: str, name: str) -> None:
    table = opened(tmp_path, name, WRITTEN[kind])
    assert (column(table, "pred"), column(table, "label")) == ([0.5, -2.0], [1.0, 0.0])


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_read_by_its_mark(tmp_path: Path, codec: str) -> None:
    rows = "".join(f"{row / 4}\t{row % 2}\u00e9\n" for row in range(20_000))
    data = ("" if codec == "utf-16" else "\ufeff") + "pred\tword\n" + rows
    assert column(opened(tmp_path, "x.csv", data.encode(codec)), "pred") == [row / 4 for row in range(20_000)]
    with pytest.raises(DataProblem, match="holds bytes that are none"):
        opened(tmp_path, "cut.csv", "\ufeffa\n1\n".encode("utf-16-le") + b"1")


def test_files_of_two_kinds_stand_side_by_side(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("p.csv").write_text("pred\tid\n1\t7\n3\t8\n")
    Path("l.txt").write_text("label;id\n2,5;7\n4;8\n")
    assert losscli.compute("mse", "p.csv::pred", "l.txt::label").value == (1.5**2 + 1) / 2
    Path("d").mkdir()
    Path("d/part-1.csv").write_text("pred\tlabel\n1\t2\n")
    Path("d/part-2.csv").write_text("pred,label\n3,5\n")
    assert losscli.compute("mse", "d").value == 2.5


@pytest.mark.parametrize(
    ("text", "options", "right"),
    [
        ("pred~label\n1~2\n", {"delimiter": "~"}, 1.0),
        ("pred\tlabel\n1\t2\n", {"delimiter": "tab"}, 1.0),
        ("pred\tlabel\n1\t2\n", {"delimiter": "\\t"}, 1.0),
        ("pred  label\n1 2\n", {"delimiter": "blanks"}, 1.0),
        ("pred;label\n1,500;2\n", {"decimal": ","}, 0.25),
        ('text,pred,label\n"a,1,2\n"b,1,3\n', {"quote": "none"}, 2.5),
        ("text,pred,label\n'a,b',1,2\n", {"quote": "'"}, 1.0),
        ("text,pred,label\na\\,b,1,2\n", {"escape": "\\"}, 1.0),
        ('text,pred,label\n"a\\", b",1,2\n', {"escape": "\\"}, 1.0),
    ],
)
def test_what_is_said_holds_for_all_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cli: Any, text: str, options: dict[str, str], right: float
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("x.csv").write_text(text)
    assert losscli.compute("mse", "x.csv", **options).value == right
    typed = [f"--{name}={value}" for name, value in options.items()]
    code, out, err = cli("compute", "mse", "x.csv", "--format", "json", *typed)
    assert code == 0, err
    assert f'"{next(iter(options))}": ' in out.partition('"request"')[2]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"delimiter": "ab"}, "one ASCII character"),
        ({"decimal": ";"}, "decimal sign is"),
        ({"quote": "x"}, "--quote takes"),
        ({"escape": "ab"}, "--escape takes"),
        ({"quote": ";", "delimiter": ";"}, "different characters"),
        ({"decimal": ",", "delimiter": ","}, "different characters"),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path: Path, options: dict[str, str], said: str) -> None:
    with pytest.raises(UsageProblem, match=said):
        opened(tmp_path, "x.csv", PLAIN, **options)


def test_two_readings_are_shown(tmp_path: Path) -> None:
    with pytest.raises(DataProblem, match=r"two ways, with commas .* and with semicolons .*--delimiter ';'"):
        opened(tmp_path, "x.csv", "0,1;1,5\n0,2;2,5\n")
    table = opened(tmp_path, "x.csv", "id,text,p\n1,a;b,0.5\n2,c;d,1\n")  # a semicolon in each text is no delimiter
    assert table.columns == ("id", "text", "p")
    table = opened(tmp_path, "y.csv", "a;b\n1,500;1\n2,250;1\n")  # of thousands, or decimal?
    with pytest.raises(DataProblem, match="Say --decimal"):
        column(table, "a")


def test_windows_writes_nan_in_its_own_way(tmp_path: Path) -> None:
    table = opened(
        tmp_path, "x.csv", "a,word\n1.5,1.#INF\n-1.#IND,b\n1.#QNAN0,c\n-1.#INF,d\nnan(snan),e\n-nan(ind),f\n"
    )
    np.testing.assert_array_equal(column(table, "a"), [1.5, np.nan, np.nan, -np.inf, np.nan, np.nan])
    assert table.is_text("word") is False
    with pytest.raises(DataProblem, match=r"row 1 \(from 0\) holds '1.#X'"):
        column(opened(tmp_path, "y.csv", "a\n1.#INF\n1.#X\n"), "a")


@pytest.mark.parametrize(
    ("text", "row", "said"),
    [
        ('text,pred\nx,1\n"a"b,1\n', 1, "text after a closing quote"),
        ('text,pred\nx,1\n"a,1\ny,2\n', 1, "opens a quote that is never closed"),
        ('text,pred\nx,1\n"a,1\ny,2\nb",3\n', 1, "quote around 3 lines that each look like a row"),
        ('text,pred\n5" pipe,1\n"a,1\ny,2\n7" b",3\n', 1, "text after a closing quote"),
    ],
)
def test_a_quote_that_swallows_rows_is_an_error(tmp_path: Path, text: str, row: int, said: str) -> None:
    with pytest.raises(DataProblem, match=rf"row {row} \(from 0\) .*{said}.*--quote none"):
        column(opened(tmp_path, "x.csv", text), "pred")
    many = text.replace("x,1\n", "x,1\n" * 300_000)  # far behind the head of the file, in another chunk
    if many != text:
        with pytest.raises(DataProblem, match=rf"row {row + 299_999} \(from 0\) .*{said}"):
            column(opened(tmp_path, "y.csv", many), "pred")


def test_a_text_of_lines_that_look_like_rows_is_read_where_quotes_are_said_to_be_quotes(tmp_path: Path) -> None:
    text = 'text,pred\nx,1\n"a,1\ny,2\nb",3\n'
    with pytest.raises(DataProblem, match="if this is a text of several lines, --quote '\"'"):
        column(opened(tmp_path, "x.csv", text), "pred")
    assert column(opened(tmp_path, "x.csv", text, quote='"'), "pred") == [1, 3]
    assert column(opened(tmp_path, "x.csv", text, quote="none"), "pred") == [1, 1, 2, 3]
    half = 'text,pred\nx,1\n",\n",3\n'  # a line without its number is no row
    assert column(opened(tmp_path, "y.csv", half), "pred") == [1, 3]


def test_tabs_have_no_quotes_unless_the_file_has(tmp_path: Path) -> None:
    stray = 'id\ttext\tpred\n1\t"well\t0.5\n2\tx\t1\n3\t"again\t2\n'
    assert column(opened(tmp_path, "x.tsv", stray), "pred") == [0.5, 1, 2]
    quoted = 'id\ttext\tpred\n1\t"a\tb"\t0.5\n2\t"two\nlines"\t1\n'
    assert column(opened(tmp_path, "y.tsv", quoted), "pred") == [0.5, 1]


@given(
    st.lists(st.tuples(st.text(alphabet='ab ,;"\n\r\t', max_size=8), st.floats(-9, 9)), min_size=1, max_size=12),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_what_the_csv_module_writes_is_read(rows: list[tuple[str, float]], delimiter: str, end: str) -> None:
    """Whole, or refused with a sentence: never with other numbers, nor fewer rows."""
    if delimiter == "\t":  # tab-separated text has quotes only where whole cells on one line are quoted
        rows = [("".join(text.split()).replace('"', ""), number) for text, number in rows]
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(["text", "pred"])
    writer.writerows(rows)
    table = CsvTable(io.BytesIO(out.getvalue().encode()), delimiter=delimiter)
    try:
        read = column(table, "pred")
    except DataProblem as problem:
        refused = str(problem)
    else:
        assert read == [number for _, number in rows]
        return
    assert "look like a row" in refused
    assert any("\n" in text for text, _ in rows)


@given(st.integers(1, 5), st.integers(1, 40), st.integers(0, 2**32), st.booleans())
def test_a_plain_file_is_read_as_ever(width: int, rows: int, seed: int, header: bool) -> None:
    values = np.random.default_rng(seed).normal(size=(rows, width)).round(3)
    lines = [",".join(map(str, row)) for row in values.tolist()]
    names = [f"c{index}" for index in range(width)]
    text = "\n".join(([",".join(names)] if header else []) + lines)
    table = CsvTable(lambda: io.BytesIO(text.encode()), header="yes" if header else "no", name="x.csv")
    assert (table.delimiter, len(table.columns)) == (",", width)
    for index, name in enumerate(table.columns):
        assert column(table, name) == values[:, index].tolist()


def test_content_says_what_a_name_does_not(tmp_path: Path) -> None:
    assert opened(tmp_path, "x.gz", gzip.compress(PLAIN.encode())).columns == ("pred", "label")
    assert opened(tmp_path, "x.out.gz", gzip.compress(b'{"a": 1}\n')).format == "jsonl"
    for name, data in (("x.json", "[1, 2]"), ("x.yaml", "a: 1\n"), ("x", b"\1\2\3"), ("x.pkl", b"\x80\4")):
        with pytest.raises(LossCliError):
            opened(tmp_path, name, data)
