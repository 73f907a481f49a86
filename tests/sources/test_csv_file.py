"""CSV and TSV: what pyarrow's defaults would get wrong, and what the user is told about a bad file."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from losscli.core.errors import DataProblem, UsageProblem
from losscli.sources.formats.csv import csv_chunks
from losscli.sources.formats.csv.csv_dialect import RowEnds
from losscli.sources.formats.csv.csv_file import CsvTable
from losscli.sources.formats.csv.csv_format import CsvFormat
from losscli.sources.table import Pick

SIZES = (1, 7, 1000, 65536)


def table(text: str | bytes, **options: Any) -> CsvTable:
    data = text.encode() if isinstance(text, str) else text
    return CsvTable(io.BytesIO(data), **{"name": "preds.csv", **options})


def read(source: CsvTable, size: int = 1000, **picks: Pick) -> tuple[dict[str, Any], dict[str, Any], list[int]]:
    """The roles whole, their masks whole, and the lengths of the blocks."""
    blocks = [load() for load in source.blocks(picks, size)]
    arrays = {role: np.concatenate([block.arrays[role] for block in blocks]) for role in picks}
    lengths = [len(next(iter(block.arrays.values()))) for block in blocks]
    masks = {
        role: np.concatenate(
            [block.missing.get(role, np.zeros(n, bool)) for block, n in zip(blocks, lengths, strict=True)]
        )
        for role in picks
    }
    return arrays, masks, lengths


def column(text: str | bytes, name: str, **options: Any) -> list[float]:
    result: list[float] = read(table(text, **options), x=Pick((name,)))[0]["x"].tolist()
    return result


def problem(text: str | bytes, size: int = 1000, picks: dict[str, Pick] | None = None, **options: Any) -> str:
    def attempt() -> None:
        read(table(text, **options), size, **(picks or {"x": Pick()}))

    with pytest.raises(DataProblem) as caught:
        attempt()
    return str(caught.value)


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_chunks, "_CHUNK", 4096)


# values


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.usefixtures("small_chunks")
def test_blocks_are_cut_exactly_and_hold_the_values(size: int, threads: int, tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(size=(3001, 3))
    path = tmp_path / "a.csv"
    path.write_text("a,b,c\n" + "".join(",".join(map(repr, row)) + "\n" for row in values.tolist()))
    source = CsvTable(path, threads=threads)
    assert (source.rows, source.repeatable, source.path) == (None, True, str(path))
    for _ in range(2):
        arrays, masks, lengths = read(source, size, x=Pick(("c", "a")), y=Pick(("b",)))
        np.testing.assert_array_equal(arrays["x"], values[:, [2, 0]])
        np.testing.assert_array_equal(arrays["y"], values[:, 1])
        assert not any(mask.any() for mask in masks.values())
        assert lengths == [size] * (3001 // size) + ([3001 % size] if 3001 % size else [])
        assert source.rows == 3001
    block = next(source.blocks({"x": Pick(("c", "a"))}, size))()
    assert block.arrays["x"].flags.c_contiguous
    assert not block.missing


def test_all_columns_by_an_empty_pick() -> None:
    assert read(table("a,b\n1,2\n"), x=Pick())[0]["x"].tolist() == [[1.0, 2.0]]


def test_integers_for_megabytes_and_then_a_fraction() -> None:
    count = 2_500_000
    arrays, _, _ = read(table("p\n" + "1\n" * count + "0.5\n"), 65536, x=Pick(("p",)))
    assert len(arrays["x"]) == count + 1
    assert arrays["x"][-1] == 0.5
    assert arrays["x"].sum() == count + 0.5


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("nan", np.nan),
        ("NaN", np.nan),
        ("-nan", np.nan),
        ("inf", np.inf),
        ("-inf", -np.inf),
        ("Infinity", np.inf),
        ("+1", 1.0),
        (" 2 ", 2.0),
        ("1e400", np.inf),
        ('"1.5"', 1.5),
        ("9007199254740993", 9007199254740992.0),
    ],
)
def test_number_texts(text: str, value: float) -> None:
    arrays, masks, _ = read(table(f"a,b\n{text},0\n"), x=Pick(("a",)))
    np.testing.assert_array_equal(arrays["x"], [value])
    assert not masks["x"].any()


@pytest.mark.parametrize("text", ["", '""', "NA", "N/A", "null", "NULL", "None", "#N/A"])
def test_missing_texts(text: str) -> None:
    arrays, masks, _ = read(table(f"a,b\n1,0\n{text},2\n"), x=Pick(("a",)), y=Pick(("b",)), z=Pick(("b", "a")))
    np.testing.assert_array_equal(arrays["x"], [1, np.nan])
    assert masks["x"].tolist() == [False, True]
    assert masks["y"].tolist() == [False, False]
    assert masks["z"].tolist() == [False, True]


def test_blank_lines_are_missing_rows() -> None:
    arrays, masks, _ = read(table("a\n1\n\n2\n\n"), x=Pick(("a",)))
    assert masks["x"].tolist() == [False, True, False, True]
    np.testing.assert_array_equal(arrays["x"], [1, np.nan, 2, np.nan])
    arrays, masks, _ = read(table("a,b\r\n1,2\r\n\r\n3,4"), x=Pick(("a", "b")))
    assert masks["x"].tolist() == [False, True, False]


def test_missing_only_in_its_own_block() -> None:
    blocks = [load() for load in table("a\n1\n\n2\n3\n").blocks({"x": Pick(("a",))}, 2)]
    assert [list(block.missing) for block in blocks] == [["x"], []]


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


def test_a_pipe_is_read_once_and_in_short_pieces(tmp_path: Path) -> None:
    class Slow(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(size or 0, 11))

    source = CsvTable(Slow(b"a,b\n" + b"1,2\n" * 50_000), name="stdin")
    assert (source.repeatable, source.path, source.describe(Pick(("a",))).shape) == (False, None, (None,))
    assert read(source, x=Pick(("a",)))[0]["x"].sum() == 50_000
    assert source.rows == 50_000
    with pytest.raises(DataProblem, match="read only once"):
        source.blocks({"x": Pick(("a",))}, 10)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_named_pipe_is_a_stream(tmp_path: Path) -> None:
    path = tmp_path / "pipe.csv"
    os.mkfifo(path)
    writer = threading.Thread(target=lambda: path.write_bytes(b"a\n" + b"1\n" * 100_000))
    writer.start()
    source = CsvTable(path)
    assert (source.repeatable, source.path) == (False, None)
    assert read(source, x=Pick(("a",)))[0]["x"].sum() == 100_000
    source.close()
    writer.join()


# header


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


# text


def test_classes_by_name_in_the_order_given() -> None:
    text = 'y,p\ncat,1\n"dog",2\n,3\nNA,4\nbird,5\n'
    source = table(text)
    assert source.is_text("y")
    assert not source.is_text("p")
    assert source.describe(Pick(("y",))).dtype == "text"
    arrays, masks, _ = read(source, 2, x=Pick(("y",), ("dog", "cat", "bird")))
    assert arrays["x"].tolist() == [1, 0, 0, 0, 2]
    assert arrays["x"].dtype == np.int64
    assert masks["x"].tolist() == [False, False, True, True, False]


def test_classes_named_none_and_by_numbers() -> None:
    arrays, masks, _ = read(table("y\nNone\nSome\n"), x=Pick(("y",), ("Some", "None")))
    assert arrays["x"].tolist() == [1, 0]
    assert not masks["x"].any()
    assert read(table("y\n5\n3\n"), x=Pick(("y",), ("3", "5")))[0]["x"].tolist() == [1, 0]
    assert read(table("y\n1\n0\n"), x=Pick(("y",), ("cat", "dog")))[0]["x"].tolist() == [1.0, 0.0]
    both = read(table("y,z\na,b\nb,b\n"), x=Pick(("y", "z"), ("a", "b")))[0]["x"]
    assert both.tolist() == [[0, 1], [1, 1]]


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.usefixtures("small_chunks")
def test_an_unknown_class_names_its_row(threads: int) -> None:
    text = "y\n" + "cat\n" * 5000 + "\nowl\x1b[31m\n" + "cat\n" * 5000
    picks = {"x": Pick(("y",), ("cat", "dog"))}
    assert problem(text, picks=picks, threads=threads) == (
        "preds.csv: column y, row 5001 (from 0) holds 'owl\\x1b[31m', which is not one of the classes cat, dog. "
        "--classes lists every class, in order."
    )


def test_text_without_classes() -> None:
    assert problem("y\ncat\n") == (
        "preds.csv: column y, row 0 (from 0) holds text ('cat'). --classes a,b,c gives the order of the classes."
    )
    assert problem('y\n"0,5"\n').endswith("The decimal sign is a dot. Say --decimal ',' if it is a comma here.")


def test_a_column_cannot_be_numbers_and_classes() -> None:
    with pytest.raises(UsageProblem, match="as numbers and as classes"):
        read(table("y\n1\n"), x=Pick(("y",)), z=Pick(("y",), ("1",)))


# faults


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("row", [0, 1, 999, 4321])
@pytest.mark.usefixtures("small_chunks")
def test_a_bad_number_names_its_row(row: int, threads: int) -> None:
    lines = [f'{i}.5,"x\ny",{i}' for i in range(5000)]
    lines[row] = "1,2,0x10"
    lines[4999] = "abc,2,3"
    text = "a,b,c\n1,2,3\n" + "\n".join(lines)
    found = problem(text, 64, {"x": Pick(("a", "c"))}, threads=threads)
    assert found.startswith(f"preds.csv: column c, row {row + 1} (from 0) holds '0x10', which is not a number.")


def test_a_decimal_comma_in_a_later_row() -> None:
    found = problem('a,b\n1,2\n"0,5",2\n')
    assert found == (
        "preds.csv: column a, row 1 (from 0) holds '0,5', which is not a number. "
        "The decimal sign is a dot. Say --decimal ',' if it is a comma here."
    )


def test_bad_cells_of_columns_that_nobody_picked_do_not_matter() -> None:
    assert column(b"a,b\n1,2\n2,x\xff\n", "a") == [1, 2]


@pytest.mark.parametrize("line", ["1", "1,2,3", "   "])
@pytest.mark.parametrize("row", [0, 3500])
@pytest.mark.usefixtures("small_chunks")
def test_ragged_rows(line: str, row: int) -> None:
    lines = ["1,2"] * 5000
    lines[row] = line
    count = line.count(",") + 1
    fields = "1 field" if count == 1 else f"{count} fields"
    assert problem("a,b\n" + "\n".join(lines), picks={"x": Pick(("a",))}).startswith(
        f"preds.csv: row {row} (from 0) has {fields} where 2 are expected."
    )


def test_faults_of_encoding() -> None:
    assert "UTF-16" in problem("a,b\n1,2\n".encode("utf-16") + b"1")
    assert "NUL byte at byte 1" in problem("a,b\n1,2\n".encode("utf-16-le"))
    assert "NUL byte at byte 140004" in problem(b"a,b\n" + b"1,2.50\n" * 20_000 + b"\x00,2\n")
    assert "byte 2 of the first line is 0xff" in problem(b"a,\xff\n1,2\n")
    picks = {"x": Pick(("b",), ("y",))}
    assert problem(b"a,b\n1,y\n2,\xff\n", picks=picks).startswith(
        "preds.csv: column b, row 1 (from 0) is not UTF-8 text."
    )


def test_no_rows(tmp_path: Path) -> None:
    assert problem(b"") == "preds.csv is empty (0 bytes)."
    source = table("a,b\n")
    assert source.rows == 0
    assert source.describe(Pick(("a", "b"))).shape == (0, 2)
    assert problem("a,b\n") == "preds.csv has no rows."
    assert problem("\na\n1\n").startswith("preds.csv starts with a blank line.")
    assert column("\n1\n", "0", header="no")[1] == 1
    with pytest.raises(DataProblem, match=r"cannot be read: No such file"):
        CsvTable(tmp_path / "none.csv")
    with pytest.raises(DataProblem, match="cannot be read"):
        CsvTable(tmp_path)


def test_limits() -> None:
    assert "more than 100000 columns" in problem("a" + ",b" * 100_000 + "\n1\n")
    assert "longer than 16 MiB" in problem(b'a,"b' + b"\nx" * (9 << 20))
    quote = problem(b'a,b\n1,"2\n' + b"3,4\n" * (5 << 20))
    assert quote.startswith("preds.csv: the row that starts at byte 4 is longer than 16 MiB.")
    assert "cannot be read (field larger" in problem("a" * 200_000 + "\n1\n")
    wide = ",".join(f"c{i}" for i in range(20_000)) + "\n" + ",".join(["0.5"] * 20_000) + "\n"
    assert read(table(wide), x=Pick())[0]["x"].shape == (1, 20_000)


def test_a_long_cell_in_a_column_that_nobody_picked() -> None:
    assert column("a,b\n1," + "x" * 300_000 + "\n2,y\n", "a") == [1, 2]


def test_a_stream_that_breaks_is_a_data_problem() -> None:
    import gzip
    import random

    text = "a\n" + "".join(f"{random.Random(i).random()}\n" for i in range(50_000))
    whole = gzip.compress(text.encode())
    assert len(read(CsvTable(gzip.GzipFile(fileobj=io.BytesIO(whole)), name="a.csv.gz"), x=Pick())[0]["x"]) == 50_000
    for broken in (whole[: len(whole) // 2], whole[:200_000] + b"\xff" * 50 + whole[200_050:], b"no gzip"):
        with pytest.raises(DataProblem, match="cannot be read"):
            read(CsvTable(gzip.GzipFile(fileobj=io.BytesIO(broken)), name="a.csv.gz"), x=Pick())


def test_unknown_columns() -> None:
    with pytest.raises(UsageProblem, match="no column labl"):
        table("label\n1\n").describe(Pick(("labl",)))
    with pytest.raises(UsageProblem, match="first axis"):
        table("label\n1\n").blocks({"x": Pick(("label",), row_axis=1)}, 1)


# round trips and cost

floats = st.floats(allow_nan=True, allow_infinity=True)


@settings(max_examples=60)
@given(
    st.lists(st.tuples(floats, st.one_of(st.none(), floats)), min_size=1, max_size=40),
    st.integers(1, 50),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.booleans(),
)
def test_any_floats_come_back(rows: list[tuple[float, float | None]], size: int, end: str, quoted: bool) -> None:
    mark = '"' if quoted else ""
    text = f"a,b{end}" + "".join(f"{mark}{a!r}{mark},{'' if b is None else repr(b)}{end}" for a, b in rows)
    arrays, masks, lengths = read(table(text), size, x=Pick(("a",)), y=Pick(("b",)))
    np.testing.assert_array_equal(arrays["x"], [a for a, _ in rows])
    np.testing.assert_array_equal(arrays["y"], [np.nan if b is None else b for _, b in rows])
    assert masks["y"].tolist() == [b is None for _, b in rows]
    assert lengths[:-1] == [size] * (len(lengths) - 1)


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


@settings(max_examples=300)
@given(st.text(alphabet='",\n\rx', max_size=30), st.booleans())
def test_records_end_where_a_reader_byte_by_byte_says(text: str, newline: bool) -> None:
    text += "\n" * newline
    end = RowEnds(CsvFormat()).last(text.encode())
    assert end in _ends(text)
    assert end >= max(at for at in _ends(text) if at == 0 or text[at - 1] == "\n")


@settings(max_examples=150)
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


def test_neither_pandas_nor_dataset_is_imported(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("p,y,z\n0.5,cat,1\n,dog,2\n")
    code = f"""
import sys
from losscli.sources.formats.csv.csv_file import CsvTable
assert "pyarrow" not in sys.modules
from losscli.sources.table import Pick
picks = {{"p": Pick(("p", "z")), "y": Pick(("y",), ("cat", "dog"))}}
print([load().arrays["p"].shape for load in CsvTable({str(path)!r}).blocks(picks, 1)])
print([name for name in ("pandas", "pyarrow.dataset", "pyarrow.compute", "pyarrow.parquet") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[(1, 2), (1, 2)]", "[]"]
