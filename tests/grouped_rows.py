"""Rows with keys, and the files that hold them."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

ROWS = 3000


def data(seed: int = 0) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    region = [["north", "south", "", "007"][i] for i in rng.integers(0, 4, ROWS)]
    return {
        "p": np.round(rng.normal(size=ROWS) * 10.0 ** rng.integers(-6, 7, ROWS), 9),
        "y": np.round(rng.normal(size=ROWS), 9),
        "w": np.round(rng.random(ROWS) * 3, 3),
        "region": region,
        "shop": rng.integers(0, 9, ROWS),
        "age": rng.integers(18, 70, ROWS),
    }


def as_table(columns: dict[str, Any]) -> pa.Table:
    return pa.table({**columns, "region": pa.array([each or None for each in columns["region"]])})


def written(folder: Path, columns: dict[str, Any]) -> dict[str, str]:
    """The same rows in each format."""
    table = as_table(columns)
    paths = {kind: str(folder / f"data.{kind}") for kind in ("csv", "jsonl", "parquet", "arrow")}
    with open(paths["csv"], "w", newline="") as file:
        out = csv.writer(file)
        out.writerow(columns)
        out.writerows(zip(*(np.asarray(column).tolist() for column in columns.values()), strict=True))
    with open(paths["jsonl"], "w") as file:
        file.writelines(json.dumps(row) + "\n" for row in table.to_pylist())
    pq.write_table(table, paths["parquet"], row_group_size=701)
    with pa.ipc.new_file(paths["arrow"], table.schema) as file:
        file.write_table(table, max_chunksize=333)
    return paths
