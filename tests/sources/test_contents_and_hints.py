"""Files whose content is not what their name says, and what messages of files say to type: it is typed here."""

from __future__ import annotations

import bz2
import csv
import gzip
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import feather, parquet

import losscli
from losscli.core.errors import DataProblem, LossCliError, UsageProblem

PRED, LABEL = [0.5, 0.25, 0.75, 1.5], [1.0, 0.0, 1.0, 1.0]
MSE = float(np.mean((np.array(PRED) - LABEL) ** 2))
TEXT = "pred,label\n" + "".join(f"{p},{y}\n" for p, y in zip(PRED, LABEL, strict=True))


@pytest.fixture(autouse=True)
def here(cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def content_of(kind: str) -> bytes:
    table = pa.table({"pred": PRED, "label": LABEL})
    if kind == "parquet":
        parquet.write_table(table, "made")
    elif kind == "arrow":
        feather.write_feather(table, "made")
    elif kind == "npz":
        with Path("made").open("wb") as file:
            np.savez(file, pred=np.array(PRED), label=np.array(LABEL))
    elif kind == "jsonl":
        table.to_pandas().to_json("made", orient="records", lines=True)
    else:
        Path("made").write_text(TEXT.replace(",", {"csv": ",", "tsv": "\t"}[kind]))
    return Path("made").read_bytes()


@pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl", "parquet", "arrow", "npz"])
@pytest.mark.parametrize("name", ["x.parquet.gz", "x.npz.gz", "x.csv.gz", "x.json", "x.txt", "x"])
def test_the_content_decides(kind: str, name: str) -> None:
    Path(name).write_bytes(content_of(kind))
    assert losscli.compute("mse", name).value == pytest.approx(MSE)


def typed(message: str) -> str:
    """The command that a message says to type."""
    match = re.search(r"(?:Type|such as with) ((?:gunzip|bunzip2|iconv) .*?)(?:, and name| \(the encoding)", message)
    assert match, message
    return match[1]


@pytest.mark.skipif(shutil.which("gunzip") is None or shutil.which("bunzip2") is None, reason="no gunzip")
@pytest.mark.parametrize("kind", ["parquet", "arrow", "npz"])
@pytest.mark.parametrize("name", ["x.parquet.gz", "x.gz", "x.parquet", "x.npz", "two words.data", "x.csv.gz"])
@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
def test_the_command_that_unpacks_a_file_does_so(kind: str, name: str, pack: Any) -> None:
    packed = pack(content_of(kind))
    Path(name).write_bytes(packed)
    with pytest.raises(LossCliError) as caught:
        losscli.compute("mse", name)
    command = typed(str(caught.value))
    subprocess.run(["sh", "-c", command], check=True)
    assert Path(name).read_bytes() == packed
    made = command.rpartition("> ")[2].strip("'")
    assert losscli.compute("mse", made).value == pytest.approx(MSE)


@pytest.mark.skipif(shutil.which("iconv") is None, reason="no iconv")
@pytest.mark.parametrize("where", ["header", "class"])
def test_the_command_that_converts_text_does_so(where: str) -> None:
    words = ("né", "oui") if where == "class" else ("a", "b")
    name = "prédit" if where == "header" else "pred"
    Path("my x.csv").write_bytes(f"{name},label\n0.25,{words[0]}\n0.75,{words[1]}\n".encode("cp1252"))
    given: dict[str, Any] = {"pred": name, "label": "label", "classes": list(words), "input": "probs"}
    with pytest.raises(LossCliError) as caught:
        losscli.compute("bce", "my x.csv", **given)
    subprocess.run(["sh", "-c", typed(str(caught.value))], check=True)
    assert losscli.compute("bce", "my x-utf8.csv", **given).value == pytest.approx(-np.log(0.75))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("name", ["x.csv", "x.tsv", "x.txt", "x"])
@pytest.mark.parametrize("text", [TEXT, TEXT.replace(",", "\t"), TEXT.replace(",", ";").replace(".", ",")])
def test_utf_16_is_read_with_and_without_a_mark(encoding: str, name: str, text: str) -> None:
    Path(name).write_bytes(text.encode(encoding))
    assert losscli.compute("mse", name).value == pytest.approx(MSE)
    packed = Path("y.csv.gz")
    packed.write_bytes(gzip.compress(text.encode(encoding)))
    assert losscli.compute("mse", str(packed)).value == pytest.approx(MSE)


def test_quotes_behind_backslashes_say_what_to_type(cli: Any) -> None:
    with Path("x.csv").open("w", newline="") as file:
        writer = csv.writer(file, escapechar="\\", doublequote=False, quoting=csv.QUOTE_MINIMAL)
        writer.writerows(
            [["said", "pred", "label"], *(['so "it", is', p, y] for p, y in zip(PRED, LABEL, strict=True))]
        )
    ran = cli("compute", "mse", "x.csv")
    assert (ran.code, "say --escape '\\'." in ran.err) == (3, True), ran.err
    assert float(cli("compute", "mse", "x.csv", "--escape", "\\", "--format", "value").out) == pytest.approx(MSE)


@pytest.mark.parametrize("ending", ["jsonl", "jsonl.gz", "csv", "tsv", "csv.gz"])
def test_parts_of_blank_lines_are_empty(ending: str) -> None:
    Path("d").mkdir()
    rows = '{"pred": 1.0, "label": 2.0}\n' if "jsonl" in ending else "pred,label\n1.0,2.0\n"
    for number, text in enumerate(["\n", rows, "\n\n", rows]):
        path = Path(f"d/{number}.{ending}")
        path.write_bytes(gzip.compress(text.encode()) if ending.endswith("gz") else text.encode())
    result = losscli.compute("mse", "d")
    assert (result.value, result.n) == (1.0, 2)
    assert any("2 files are empty and are passed over" in note for note in result.notes)
    with pytest.raises(DataProblem, match="has no rows, only blank lines"):
        losscli.compute("mse", f"d/0.{ending}")


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("12 %", "divided by 100, 0.12"),
        ("$1.5", "the number alone, 1.5"),
        ("1.5D+00", "save it with an e, 1.5e+00"),
        ("1,234.5", "save it without them, 1234.5"),
        ("0,5", "The decimal sign is a dot: save it so, 0.5"),
        ("{0.1,0.9}", r"Write them as a list, as JSON does"),
        ("0.1 0.9", r"Write them as a list, as JSON does"),
        ("0.1;0.9", r"Write them as a list, as JSON does"),
    ],
)
@pytest.mark.parametrize("kind", ["parquet", "arrow", "jsonl"])
@pytest.mark.parametrize("row", [0, 1])
def test_text_among_numbers_has_the_hint_that_csv_has(cell: str, says: str, kind: str, row: int) -> None:
    cells = ["0.5", "0.5"]
    cells[row] = cell
    frame = pd.DataFrame({"pred": cells, "label": [1.0, 1.0]})
    if kind == "jsonl":
        frame.to_json("x.jsonl", orient="records", lines=True)
    else:
        {"parquet": parquet.write_table, "arrow": feather.write_feather}[kind](pa.Table.from_pandas(frame), f"x.{kind}")
    with pytest.raises(LossCliError) as caught:
        losscli.compute("mse", f"x.{kind}")
    assert says in str(caught.value)
    assert "decimal=" not in str(caught.value)


@pytest.mark.parametrize(
    ("array", "mended"),
    [
        (np.array(PRED, dtype=object), lambda a: a.astype(float)),
        (np.array(PRED, dtype=complex), lambda a: a.real),
        (np.array([1, 2, 3, 4], dtype="m8[s]"), lambda a: a / np.timedelta64(1, "s")),
        (np.array(PRED, dtype=np.longdouble), lambda a: a.astype(float)),
    ],
)
def test_types_that_are_not_read_say_how_to_save_them(array: Any, mended: Any) -> None:
    np.save("y.npy", np.array(LABEL))
    np.save("p.npy", array)
    if array.dtype.itemsize == 8 and array.dtype.kind == "f":
        pytest.skip("long doubles are doubles here")
    with pytest.raises(DataProblem, match=r"Save (it|plain numbers|real numbers|numbers)"):
        losscli.compute("mse", "p.npy", "y.npy")
    np.save("p.npy", mended(array))
    assert losscli.compute("mse", "p.npy", "y.npy").n == 4


def test_a_batch_of_a_glob_goes_in_natural_order_and_past_no_log(cli: Any) -> None:
    Path("d").mkdir()
    for number in (10, 9, 2, 1):
        Path(f"d/run{number}.csv").write_text(TEXT)
    report = json.loads(cli("batch", "d/*.csv", "-l", "mse", "--json").out)
    assert [Path(each["dataset"]).stem for each in report["results"]] == ["run1", "run2", "run9", "run10"]
    Path("d/_delta_log").mkdir()
    ran = cli("batch", "d/*.csv", "-l", "mse")
    assert (ran.code, "is a table of Delta Lake" in ran.err) == (3, True), ran.err
    assert cli("batch", "d/run1.csv", "-l", "mse").code == 0


def test_keys_that_are_numbers_have_no_suffix() -> None:
    Path("a.csv").write_text("id,pred\n1.5e+00,1\n2.5e+00,1\n")
    Path("b.csv").write_text("id,label\n1,1\n2,2\n")
    with pytest.raises(DataProblem) as caught:
        losscli.compute("mse", "a.csv", "b.csv", join="id")
    assert "folder or suffix" not in str(caught.value)


def test_a_document_of_json_is_still_one() -> None:
    Path("x.json").write_text(json.dumps([{"pred": 1, "label": 2}], indent=1))
    with pytest.raises(UsageProblem, match="is one JSON document"):
        losscli.compute("mse", "x.json")
