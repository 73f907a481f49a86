"""Lists of differing lengths that are written as text: the same value from every format, and from a pipe."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import losscli

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


def test_a_length_that_changes_beyond_the_head_of_the_file_is_an_error_with_its_row(tmp_path: Path) -> None:
    rows = ['"[0.5, 0.5]","[1, 0]"\n'] * 60_000
    (tmp_path / "x.csv").write_text("scores,tags\n" + "".join(rows) + '"[0.5, 0.5, 0.5]","[1, 0, 1]"\n')
    with pytest.raises(losscli.DataProblem, match=r"row 60000 \(from 0\) is a list of 3 values where 2 are expected"):
        losscli.compute("bce", str(tmp_path / "x.csv"), pred="scores", label="tags", input="probs")


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
