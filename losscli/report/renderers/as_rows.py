"""One loss a row, for `--per-sample`: NPY, or CSV with the row's number."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from ...core.errors import UsageProblem

SUFFIXES = (".npy", ".csv")


def suffix(path: str) -> str:
    """The format of a file of rows, by its name; another name is a UsageProblem."""
    known = next((each for each in SUFFIXES if path.lower().endswith(each)), None)
    if known is None:
        raise UsageProblem(f"--per-sample writes {' or '.join(SUFFIXES)}, not {path}.")
    return known


def content(rows: Any, path: str) -> bytes:
    """The file: float64 rows, or lines `row,loss` with as many digits as read back to the same float.

    Rows with several terms, whose loss is a function of sums, have a column for each: `row,term 0,term 1`.
    """
    if suffix(path) == ".npy":
        held = io.BytesIO()
        np.save(held, np.asarray(rows, dtype=np.float64), allow_pickle=False)
        return held.getvalue()
    rows = np.asarray(rows)
    if rows.ndim > 1:
        heads = ",".join(["row", *(f"term {i}" for i in range(rows.shape[1]))])
        lines = [",".join([str(row), *map(repr, terms)]) + "\n" for row, terms in enumerate(rows.tolist())]
        return (f"{heads}\n" + "".join(lines)).encode()
    lines = [f"{row},{loss!r}\n" for row, loss in enumerate(rows.tolist())]
    return ("row,loss\n" + "".join(lines)).encode()
