"""The files of `--per-sample`: one loss a row for people, and what a comparison of two reports must know of the rows.

FILE is NPY or CSV, which hold numbers and nothing else. What its rows are stands in the report (`per_sample_file`) and,
where that takes a number a row, in FILE.detail.npz beside it: the rows of the labels' file that they are (`row`), what
each counts for (`mass`), its cluster (`cluster`), a number for its key (`key`), or how many equal rows it stands for
(`repeats`). Rows that are all there, in order
and unweighted, need no such file.
"""

from __future__ import annotations

import hashlib
import io
from typing import Any

import numpy as np

from ...core.record import record, replace
from ...core.scratch import Array
from ..model import Report
from ..renderers.as_rows import content
from .atomic_file import AtomicFile

DETAIL = ".detail.npz"


@record
class RowTerms:
    """The rows of a result: weighted terms (n, k), what each row counts for, which row of the labels' file it is.

    `mass` and `cluster` are None where every row counts once and is independent. `ignored` rows do not count. `key` is
    a number for the row's key where only that says which row it is; `repeats` is how many equal rows it stands for.
    """

    terms: Array
    mass: Array | None
    row: Array
    cluster: Array | None = None
    ignored: int = 0
    key: Array | None = None
    repeats: Array | None = None

    def details(self) -> dict[str, Array]:
        """What a file of losses alone does not say; empty where nothing is left to say."""
        counted = np.arange(len(self.row))
        parts = {"row": None if np.array_equal(self.row, counted) else self.row.astype(np.int64)}
        parts |= {"mass": self.mass, "cluster": None if self.cluster is None else self.cluster.astype(np.int64)}
        parts |= {"repeats": self.repeats}
        parts |= {} if self.key is None else {"key": self.key, "row": None}
        return {name: part for name, part in parts.items() if part is not None}


def write(report: Report, path: str, file: AtomicFile, beside: AtomicFile | None) -> Report:
    """Write the rows of a report's one result, and say in the report what they are."""
    result = report.results[0]
    kept: RowTerms | None = result.row_terms
    whole = kept is not None and kept.terms.shape[1] > 1
    data = content(kept.terms if kept is not None and whole else result.row_losses, path)
    manifest, packed = None, None
    if kept is not None and beside is not None and len(kept.row) == len(result.row_losses):
        details = kept.details()
        packed = _packed(details) if details else None
        manifest = {
            "sha256": hashlib.sha256(data).hexdigest(),
            "rows": len(kept.row),
            "terms": kept.terms.shape[1],
            "ignored": kept.ignored,
            "details": packed and {"name": _name(path), "sha256": hashlib.sha256(packed).hexdigest()},
        }
    if beside is not None:
        if packed is not None:
            beside.write(packed)
        else:
            beside.discard()
    file.write(data)
    return replace(report, results=[replace(result, per_sample=path, per_sample_file=manifest)])


def _name(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2] + DETAIL


def _packed(arrays: dict[str, Any]) -> bytes:
    held = io.BytesIO()
    np.savez(held, **arrays)
    return held.getvalue()
