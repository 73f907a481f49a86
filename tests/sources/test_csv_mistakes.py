"""CSV that is wrong: the row and the column are named."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from csv_tables import column, problem, read, table

from losscli.core.errors import DataProblem, UsageProblem
from losscli.sources.formats.csv.csv_file import CsvTable
from losscli.sources.table import Pick


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
    assert "NUL byte at byte 1" in problem(b"a\x00,b\n1,2\n")
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
