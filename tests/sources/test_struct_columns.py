"""Fields of struct columns are columns named by dots, in Parquet and Arrow alike, as keys of JSON lines are."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import feather, ipc, parquet

ROWS = [
    {"scores": {"pred": 0.5, "both": [0.5, 0.5]}, "label": "yes"},
    {"scores": None, "label": "no"},
    {"scores": {"pred": 0.25, "both": [0.75, 0.25]}, "label": "no"},
    {"scores": {"pred": None, "both": None}, "label": "yes"},
    {"scores": {"pred": 0.8, "both": [0.2, 0.8]}, "label": "yes"},
]
LOG_LOSS = -(math.log(0.5) + math.log(0.75) + math.log(0.8)) / 3


@pytest.fixture(params=["parquet", "arrow", "stream"])
def nested(request: Any, tmp_path: Path) -> Path:
    """A file with structs in a struct, of several row groups or record batches."""
    table, path = pa.table({"out": ROWS, "group": ["a", "b", "a", "b", "a"]}), tmp_path / f"nested.{request.param}"
    if request.param == "parquet":
        parquet.write_table(table, path, row_group_size=2)
    elif request.param == "arrow":
        feather.write_feather(table, str(path), chunksize=2)
    else:
        with ipc.new_stream(str(path), table.schema) as stream:
            stream.write_table(table, 2)
    return path


@pytest.mark.parametrize("column", ["out.scores.pred", "out.scores.both"])
def test_fields_are_columns(cli: Any, nested: Path, column: str) -> None:
    """Numbers, lists and texts, of which those in a null struct are missing."""
    options = ("--pred", column, "--label", "out.label", "--classes", "no,yes", "--format", "value")
    ran = cli("compute", "log_loss", nested, *options, "--drop-missing")
    assert float(ran.out) == pytest.approx(LOG_LOSS, rel=1e-15)
    ran = cli("compute", "log_loss", nested, *options)
    assert ran.code == 3
    assert f"column {column} has no value in row 1" in ran.err


def test_conditions_and_groups_take_fields(cli: Any, nested: Path) -> None:
    options = ("--pred", "out.scores.pred", "--label", "out.label", "--classes", "no,yes", "--drop-missing")
    ran = cli("compute", "log_loss", nested, *options, "--where", "out.scores.pred>=0.5", "--format", "value")
    assert float(ran.out) == pytest.approx(-(math.log(0.5) + math.log(0.8)) / 2)
    ran = cli("compute", "log_loss", nested, *options, "--by", "out.label", "--format", "csv")
    assert ran.code == 0, ran.err


def test_what_is_not_named_is_asked_for_by_its_path(cli: Any, nested: Path) -> None:
    ran = cli("compute", "log_loss", nested)
    assert ran.code == 2
    assert ran.err.endswith("Name it, such as --pred out.scores.pred.\n")
    ran = cli("compute", "log_loss", nested, "--pred", "out.scores.pred", "--label", "out.labels")
    assert "Did you mean out.label?" in ran.err


def test_a_column_wins_over_a_field_of_its_name(cli: Any, tmp_path: Path) -> None:
    table = pa.table({"a": [{"b": 1.0, "c": 9.0}] * 3, "a.b": [2.0] * 3, "label": [0.0] * 3})
    parquet.write_table(table, tmp_path / "twins.parquet")
    feather.write_feather(table, str(tmp_path / "twins.arrow"))
    np.save(tmp_path / "label.npy", np.zeros(3))
    for name in ("twins.parquet", "twins.arrow"):
        for column, value in (("a.b", 4.0), ("a.c", 81.0)):
            ran = cli("compute", "mse", tmp_path / name, "--pred", column, "--format", "value")
            assert float(ran.out) == value
