"""Lists of differing lengths that are written as text: the same value from every format, and from a pipe."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import losscli
from losscli.sources.formats.csv import csv_chunks

SCORES = [[0.9, 0.2], [0.4, 0.75, 0.5], [0.25], [0.125, 0.5, 0.5, 0.875]]
TAGS = [[1, 0], [0, 1, 1], [0], [0, 0, 1, 1]]
WANT = -np.mean(
    [np.log(p if y else 1 - p) for ps, ys in zip(SCORES, TAGS, strict=True) for p, y in zip(ps, ys, strict=True)]
)
WORDS = ["compute", "bce", "--pred", "scores", "--label", "tags", "--input", "probs", "--format", "value"]


def frame(as_printed: bool = False) -> pd.DataFrame:
    text = (lambda row: str(np.array(row))) if as_printed else str
    return pd.DataFrame({"scores": [text(row) for row in SCORES], "tags": [text(row) for row in TAGS]})


@pytest.mark.parametrize("as_printed", [False, True])
@pytest.mark.parametrize("suffix", ["csv", "tsv", "csv.gz", "parquet", "jsonl"])
def test_every_format_reads_the_same(suffix: str, as_printed: bool, tmp_path: Path) -> None:
    path, made = tmp_path / f"x.{suffix}", frame(as_printed)
    if suffix == "parquet":
        made.to_parquet(path)
    elif suffix == "jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in made.to_dict("records")))
    else:
        made.to_csv(path, index=False, sep="\t" if suffix == "tsv" else ",")
    result = losscli.compute("bce", str(path), pred="scores", label="tags", input="probs")
    assert result.value == pytest.approx(WANT, rel=1e-14)
    assert result.n == 4


def test_a_pipe_too(cli: Any) -> None:
    ran = cli(*WORDS[:2], "-", *WORDS[2:], stdin=frame().to_csv(index=False).encode())
    assert float(ran.out) == pytest.approx(WANT, rel=1e-14)


def test_rows_whose_lists_differ_in_length_are_named(cli: Any, tmp_path: Path) -> None:
    made = frame()
    made.loc[2, "tags"] = "[0, 1]"
    made.to_csv(tmp_path / "x.csv", index=False)
    ran = cli(*WORDS[:2], tmp_path / "x.csv", *WORDS[2:])
    assert ran.code == 3
    assert "row 2" in ran.err


ROWS = 3000  # more than any format looks at before it reads
LONGER = [("[0.5, 0.5]", "[1, 0]")] * ROWS + [("[0.5, 0.25, 0.5]", "[1, 0, 1]")]
MEAN = -(np.log(0.5) * (2 * ROWS + 2) + np.log(0.75)) / (2 * ROWS + 3)


@pytest.fixture
def small_head(monkeypatch: pytest.MonkeyPatch) -> None:
    """As little of a CSV file as of others is looked at before it is read."""
    monkeypatch.setattr(csv_chunks, "_HEAD", 1 << 12)


def longer(path: Path, rows: list[tuple[str, str]] = LONGER) -> str:
    """A file whose lists have another length beyond the rows that are looked at."""
    made = pd.DataFrame(rows, columns=["scores", "tags"])
    listed = made.map(json.loads) if path.suffix != ".csv" else made
    if path.suffix == ".csv":
        made.to_csv(path, index=False)
    elif path.suffix == ".jsonl":
        listed.to_json(path, orient="records", lines=True)
    else:
        listed.to_parquet(path)
    return str(path)


@pytest.mark.usefixtures("small_head")
@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_a_length_may_change_beyond_the_head_of_the_file(suffix: str, cli: Any, tmp_path: Path) -> None:
    path = longer(tmp_path / f"x.{suffix}")
    columns = {"pred": "scores", "label": "tags"}
    assert losscli.compute("bce", path, input="probs", **columns).value == pytest.approx(MEAN, rel=1e-14)
    report = losscli.evaluate(["bce", "brier"], path, input="probs", **columns)
    assert report.results[0].value == pytest.approx(MEAN, rel=1e-14)
    assert losscli.compare("mse", f"{path}::scores", f"{path}::scores", f"{path}::tags").verdict == "not worse"
    described = losscli.inspect(path, loss="mse", **columns).inputs
    assert [each.shape for each in described] == [(ROWS + 1, None)] * 2
    ran = cli("batch", path, "--pred", "scores", "--label", "tags", "--input", "probs", "-l", "bce", "-l", "ce",
              "--keep-going", "--format", "csv")  # fmt: skip
    assert ran.code == 4  # one of the two takes no such lists, and says of which row
    assert f"row {ROWS} (from 0) is a list of 3 values where 2 are expected. The rows" in ran.err
    with pytest.raises(losscli.DataProblem, match=rf"row {ROWS} .* 2 are expected\. The rows .* differ in length"):
        losscli.compute("ce", path, input="probs", **columns)
    with pytest.raises(losscli.DataProblem, match="losscli compute mse prints"):
        losscli.reconcile("mse", path, **columns)


@pytest.mark.usefixtures("small_head")
def test_a_pipe_is_read_once_and_a_folder_as_often_as_needed(cli: Any, tmp_path: Path) -> None:
    text = Path(longer(tmp_path / "x.csv")).read_bytes()
    ran = cli(*WORDS[:2], "-", *WORDS[2:], stdin=text)
    assert ran.code == 3
    assert f"row {ROWS} (from 0) is a list of 3 values" in ran.err
    assert "Save it to a file first" in ran.err
    (tmp_path / "parts").mkdir()
    longer(tmp_path / "parts" / "1.parquet", LONGER[:3])
    longer(tmp_path / "parts" / "2.parquet", LONGER[-2:])
    value = losscli.compute("bce", str(tmp_path / "parts"), pred="scores", label="tags", input="probs").value
    assert value == pytest.approx(-(np.log(0.5) * 10 + np.log(0.75)) / 11, rel=1e-14)


@pytest.mark.parametrize("make", [list, pd.Series, pa.array])
def test_lists_in_memory_are_read_as_those_of_files(make: Any) -> None:
    assert losscli.compute("bce", make(SCORES), make(TAGS), input="probs").value == pytest.approx(WANT, rel=1e-14)
    table = pd.DataFrame({"scores": SCORES, "tags": TAGS})
    for each in (table, pa.Table.from_pandas(table)):
        result = losscli.compute("bce", each, pred="scores", label="tags", input="probs")
        assert result.value == pytest.approx(WANT, rel=1e-14)
    with pytest.raises(losscli.DataProblem, match="The rows of predictions differ in length: row 0 has 2 values and"):
        losscli.compute("bce", make(SCORES), [1, 0, 1, 0], input="probs")


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("$1.5", "the number alone, 1.5."),
        ("-2 €", "the number alone, -2."),
        ("1.5D+00", "save it with an e, 1.5e+00."),
        ('"1,234.5"', "Commas separate its thousands: save it without them, 1234.5."),
        ("12 %", "divided by 100, 0.12."),
        ("four", "which is not a number"),
    ],
)
def test_the_hint_follows_the_cell(cell: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(f"pred,label\n1,1\n{cell},1\n")
    with pytest.raises(losscli.DataProblem) as caught:
        losscli.compute("mse", str(tmp_path / "x.csv"))
    assert says in str(caught.value)
    (tmp_path / "y.csv").write_text(f"pred,label\n{cell},1\n1,1\n")
    with pytest.raises(losscli.LossCliError) as caught:
        losscli.compute("mse", str(tmp_path / "y.csv"))
    assert says.replace("which is not a number", "holds text ('four')") in str(caught.value)


@pytest.mark.parametrize(
    ("document", "says"),
    [([{"pred": 1.5, "label": 2}], "jq -c '.[]'"), ({"pred": [1.5, 2.5], "label": [2, 2]}, "pandas.read_json")],
)
def test_a_json_document_is_told_how_to_become_a_table(document: Any, says: str, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(json.dumps(document, indent=1))
    with pytest.raises(losscli.UsageProblem, match="is one JSON document, and JSON is read line by line") as caught:
        losscli.compute("mse", str(tmp_path / "x.json"))
    assert says in str(caught.value)
    if "python -c " in str(caught.value):
        exec(str(caught.value).partition('python -c "')[2].partition('"')[0])
        assert losscli.compute("mse", str(tmp_path / "x.csv")).value == 0.25
