"""Files whose rows are paired by key, and what their loss must be."""

from __future__ import annotations

import csv
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import feather, parquet

import losscli
from losscli.report.model import Result

Columns = dict[str, Any]
TINY = 20_000  # bytes: less than any of these tests needs


def save(name: str, columns: Columns) -> str:
    """The columns as a file of the format that its name tells."""
    kind = name.rpartition(".")[2]
    if kind in ("csv", "tsv"):
        with open(name, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, delimiter="\t" if kind == "tsv" else ",", lineterminator="\n")
            writer.writerow(columns)
            writer.writerows(zip(*(np.asarray(column).tolist() for column in columns.values()), strict=True))
    elif kind == "npz":
        np.savez(name, **{column: np.asarray(values) for column, values in columns.items()})
    else:
        plain = {n: c.tolist() if isinstance(c, np.ndarray) and c.dtype.kind == "U" else c for n, c in columns.items()}
        (parquet.write_table if kind == "parquet" else feather.write_feather)(pa.table(plain), name)
    return name


def data(rows: int, seed: int = 0) -> tuple[Any, Any, Any, Any]:
    """Keys, predictions, labels and weights."""
    rng = np.random.default_rng(seed)
    ids = rng.permutation(rows * 3)[:rows] + 1
    return ids, rng.normal(size=rows), rng.normal(size=rows), rng.uniform(size=rows)


def same(a: Result, b: Result) -> None:
    assert (a.value, a.stderr, a.n, a.weight_sum) == (b.value, b.stderr, b.n, b.weight_sum)


def problem(kind: type[Exception], *files: Any, **options: Any) -> str:
    with pytest.raises(kind) as caught:
        losscli.compute("mse", *files, **{"join": "id", **options})
    return str(caught.value)
