"""Files whose columns are named after classes, in every format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from hypothesis import strategies as st
from pyarrow import feather

RNG = np.random.default_rng(5)


ROWS = 40


FORMATS = ("csv", "csv.gz", "parquet", "arrow", "npz", "frame", "arrow table")


def save(name: str, columns: Mapping[str, Any], kind: str = "csv") -> Any:
    """A file of the columns, or what holds them in memory."""
    frame = pd.DataFrame(dict(columns))
    path = f"{name}.{kind}"
    if kind.startswith("csv"):
        frame.to_csv(path, index=False)
    elif kind == "parquet":
        frame.to_parquet(path)
    elif kind == "arrow":
        feather.write_feather(pa.Table.from_pandas(frame), path)
    elif kind == "frame":
        return frame
    elif kind == "arrow table":
        return pa.Table.from_pandas(frame)
    return path


def softmax(values: Any) -> Any:
    grown = np.exp(values)
    return grown / grown.sum(axis=1, keepdims=True)


def cross_entropy(probs: Any, at: Any) -> float:
    return float(-np.log(probs[np.arange(len(at)), at]).mean())


TABULAR = tuple(kind for kind in FORMATS if kind != "npz")


PROBS = softmax(RNG.normal(size=(ROWS, 12)))


AT = RNG.integers(0, 12, ROWS)


words = st.text("abcxyz", min_size=1, max_size=4)
