"""Cells without a value among several columns: `--missing omit` leaves out the cells, not their rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest

import losscli
from losscli.core.errors import DataProblem

ROWS = [[0.5, None, 1.0], [2.0, 1.5, None], [None, None, None], [0.0, 1.0, 2.0]]
PRED = [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0], [1.0, 1.0, 1.0], [1.0, None, 1.0]]
CELLS = [0.5, 0.0, 1.0, 0.5, 1.0, 1.0]  # the absolute errors where both have a value


def _csv(rows: Any) -> str:
    lines = [",".join("" if cell is None else str(cell) for cell in row) for row in rows]
    return "\n".join(["a,b,c", *lines]) + "\n"


def _files(folder: Any, suffix: str) -> tuple[str, str]:
    paths = []
    for name, rows in (("pred", PRED), ("label", ROWS)):
        path = folder / f"{name}.{suffix}"
        if suffix == "csv":
            path.write_text(_csv(rows))
        elif suffix == "jsonl":
            import json

            path.write_text("".join(json.dumps({"v": row}) + "\n" for row in rows))
        else:
            columns = pa.table({each: [row[i] for row in rows] for i, each in enumerate("abc")})
            lists = pa.table({"v": pa.array(rows, pa.list_(pa.float64()))})
            table = lists if suffix.startswith("list") else columns
            if suffix.endswith("arrow"):
                pyarrow.feather.write_feather(table, str(path), compression="uncompressed")
                path = path.rename(folder / f"{name}_{suffix.replace('.', '_')}.arrow")
            else:
                pyarrow.parquet.write_table(table, path)
                path = path.rename(folder / f"{name}_{suffix.replace('.', '_')}.parquet")
        paths.append(str(path))
    return paths[0], paths[1]


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet", "arrow", "list.parquet", "list.arrow"])
def test_cells_are_left_out(tmp_path: Any, suffix: str) -> None:
    pred, label = _files(tmp_path, suffix)
    columns = {} if suffix == "jsonl" or suffix.startswith("list") else {"pred": "a,b,c", "label": "a,b,c"}
    result = losscli.compute("mae", pred, label, missing="omit", **columns)
    assert result.value == pytest.approx(np.mean(CELLS), rel=1e-14)
    assert result.counts["missing"] == 1  # the row of which nothing is known
    assert result.elements == {"left_out": 3}
    with pytest.raises(DataProblem, match="has no value in row"):
        losscli.compute("mae", pred, label, **columns)
    macro = losscli.compute("mae", pred, label, missing="omit", macro_columns=True, **columns)
    assert macro.value == pytest.approx(np.mean([np.mean([0.5, 1, 1]), 0.5, np.mean([0, 1])]), rel=1e-14)
    with pytest.raises(DataProblem, match="No rows are left"):  # a loss that takes rows whole leaves rows out
        losscli.compute("cosine_distance", pred, label, missing="omit", **columns, input="embeddings")
