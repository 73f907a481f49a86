"""JSON lines: nested keys, lists, text that is numbers, and what a user is told of a line that is none."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import losscli
from losscli.core.errors import DataProblem, UsageProblem
from losscli.sources.open import ReadOptions, open_table
from losscli.sources.table import Pick, Table

ROWS = [
    {
        "pred": 0.5,
        "label": 1,
        "m": {"acc": "0.25", "x.y": 3},
        "v": [1, 2.5],
        "r": [["-1.5", "a"], ["-2", "b"]],
        "t": "cat",
    },
    {"label": 0, "pred": 1, "m": {"acc": None}, "v": [3, 4], "r": [["-1", "a"], ["-3", "b"]], "t": "dog"},
]


def opened(folder: Path, text: str, name: str = "x.jsonl") -> Table:
    (folder / name).write_text(text)
    return open_table(str(folder / name), ReadOptions())


def lines(rows: list[Any]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def whole(table: Table, name: str, **more: Any) -> Any:
    return np.concatenate([load().arrays["x"] for load in table.blocks({"x": Pick((name,), **more)}, 1)])


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("pred", [0.5, 1]),
        ("label", [1, 0]),
        ("m.acc", [0.25, np.nan]),
        ("m.x.y", [3, np.nan]),
        ("v", [[1, 2.5], [3, 4]]),
        ("v.1", [2.5, 4]),
        ("r.0.0", [-1.5, -1]),
        ("r.*.0", [[-1.5, -2], [-1, -3]]),
    ],
)
def test_paths_lead_into_objects_and_lists(tmp_path: Path, name: str, right: Any) -> None:
    np.testing.assert_array_equal(whole(opened(tmp_path, lines(ROWS)), name), right)


def test_texts_are_classes_and_keys(tmp_path: Path) -> None:
    table = opened(tmp_path, lines(ROWS))
    assert table.columns == ("pred", "label", "m.acc", "m.x.y", "v", "r", "t")
    assert whole(table, "t", classes=("dog", "cat")).tolist() == [1, 0]
    keys = next(iter(table.blocks({"x": Pick(("t",), text=True)}, 2)))().arrays["x"]
    assert bytes(keys.values) == b"catdog"
    for wrong in ("nothing", "t.0", "v.x"):
        with pytest.raises(UsageProblem, match="has no column"):
            table.describe(Pick((wrong,)))
    with pytest.raises(UsageProblem, match=r"Reach into it with a path, such as r\.0"):
        table.describe(Pick(("r",)))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a": 1}\n{"a":\n', r"row 1 \(from 0\) is not one line of JSON"),
        ('{"a": 1}\n[1]\n', r"row 1 \(from 0\) is JSON, but no object"),
        ('{"a": 1}\n{"a": "x"}\n', r"column a, row 1 \(from 0\) holds 'x', which is not a number"),
        ('{"a": [1]}\n' * 1000 + '{"a": [1, 2]}\n', r"column a, row 1000 \(from 0\) is a list of 2 values where 1"),
        ('{"a": 1}\n' * 200_000 + "{\n", r"row 200000 \(from 0\) is not one line"),
    ],
)
def test_a_faulty_line_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(DataProblem, match=said):
        whole(opened(tmp_path, text), "a")


@pytest.mark.parametrize("blank", ["\n", "\r\n", " \n\n"])
def test_a_blank_line_is_a_row_of_missing_values(tmp_path: Path, blank: str) -> None:
    path = tmp_path / "a.jsonl"
    lines = '{"pred": 0.5, "label": 1}\n' + blank + '{"pred": 0.25, "label": 0}\n' + blank
    path.write_bytes(lines.encode())
    with pytest.raises(losscli.DataProblem, match=r"has no value in row 1 \(from 0\)\. Use missing=.drop."):
        losscli.compute("mse", path)
    assert losscli.compute("mse", path, missing="drop").value == (0.5**2 + 0.25**2) / 2


def test_it_is_known_by_its_content_packed_and_piped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cli: Any) -> None:
    monkeypatch.chdir(tmp_path)
    text = lines(ROWS)
    right = losscli.compute("mse", [0.5, 1], [1, 0]).value
    packed = gzip.compress(text.encode())
    for name, data in (
        ("a.jsonl", text.encode()),
        ("a.ndjson", text.encode()),
        ("a", text.encode()),
        ("b.jsonl.gz", packed),
    ):
        Path(name).write_bytes(data)
        assert losscli.compute("mse", name).value == right
    for data in (text.encode(), packed):
        code, out, err = cli("compute", "mse", "-", "--format", "value", stdin=data)
        assert (code, float(out)) == (0, right), err
    code, out, err = cli(
        "compute", "mse", "a.jsonl", "--pred", "m.x.y", "--label", "v.0", "--missing", "omit", "--json"
    )
    assert json.loads(out)["results"][0]["value"] == 4.0, err


@given(
    st.lists(
        st.fixed_dictionaries({}, optional={"a": st.none() | st.integers() | st.floats(), "b": st.text()}), min_size=1
    )
)
def test_numbers_are_those_of_the_lines(tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]]) -> None:
    rows = [{"a": 0.0, "b": "x"}, *rows]
    table = opened(tmp_path_factory.mktemp("j"), lines(rows))
    cells = [row.get("a") for row in rows]
    np.testing.assert_array_equal(whole(table, "a"), [np.nan if cell is None else float(cell) for cell in cells])
