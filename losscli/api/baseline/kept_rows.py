"""The rows that `--per-sample` wrote, read back: only if they are the file that the report was written with."""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import numpy as np

from ...core.errors import DataProblem, LossCliError
from ...core.record import record
from ...core.safe_text import shown
from ...core.scratch import Array
from ...report.model import Result
from ...sources.frame import read_whole
from ...sources.open import ReadOptions, open_table
from ...sources.table import Pick

LARGEST = 1 << 33  # bytes of a file of rows
NO_HASHES = "no hash says that the labels are the same; hashes are of files, and losscli compute --no-hash writes none"
AGAIN = "Compute it again with --per-sample FILE, each report's rows in a file of their own"


class NoRows(Exception):
    """Why the rows of a report are not used, in words."""


@record
class KeptRows:
    """The rows of a result: weighted terms (n, k), what each counts for, which row it is, its cluster and its group.

    `group` is the place of the row's group in the list of the result, -1 where it is not listed. `by_key` says that
    `row` are numbers for keys, not places in the labels' file; `repeats` are the numbers of equal rows that each stands
    for, where weights say that.
    """

    terms: Array
    mass: Array
    row: Array
    cluster: Array | None
    ignored: int
    by_key: bool
    repeats: Array | None = None
    group: Array | None = None

    def at(self, places: Array) -> KeptRows:
        """Some of the rows."""
        cluster = None if self.cluster is None else self.cluster[places]
        whole = len(places) == len(self.row)
        repeats = None if self.repeats is None else self.repeats[places]
        out = self.mass[places] == 0
        without_mass = int(np.count_nonzero(out) if repeats is None else repeats[out].sum())
        ignored = self.ignored if whole else min(self.ignored, without_mass)
        group = None if self.group is None else self.group[places]
        return KeptRows(
            self.terms[places], self.mass[places], self.row[places], cluster, ignored, self.by_key, repeats, group
        )


def read(result: Result, folder: str, whose: str) -> KeptRows:
    """The rows of a result whose report lies in this folder. NoRows says why there are none, or none to be trusted."""
    manifest = result.per_sample_file
    if result.per_sample is None:
        raise NoRows(f"{whose} kept no rows; compute both with --per-sample FILE")
    if manifest is None:
        raise NoRows(f"{whose} does not say what the rows of {_said(result)} are. {AGAIN}")
    try:
        path, data = _found(result.per_sample, str(manifest["sha256"]), folder, whose)
        details: dict[str, Array] = {}
        if manifest.get("details"):
            entry = manifest["details"]
            beside = os.path.join(os.path.dirname(path), str(entry["name"]))
            details = _details(_found(beside, str(entry["sha256"]), folder, whose)[1])
        return _rows(path, data, manifest, details)
    except (KeyError, TypeError, ValueError, LossCliError, zipfile.BadZipFile, OSError) as problem:
        raise NoRows(f"the rows of {whose} cannot be read from {_said(result)} ({problem}). {AGAIN}") from None


def _said(result: Result) -> str:
    return shown(str(result.per_sample))


def _found(path: str, sha256: str, folder: str, whose: str) -> tuple[str, bytes]:
    """The file, where it is the one that the report was written with: beside the report, or where its path says."""
    there = ""
    for candidate in dict.fromkeys(_candidates(path, folder)):
        if not os.path.isfile(candidate) or os.path.getsize(candidate) > LARGEST:
            continue
        with open(candidate, "rb") as file:
            data = file.read()
        if hashlib.sha256(data).hexdigest() == sha256:
            return candidate, data
        there = there or candidate
    if there:
        raise NoRows(
            f"{shown(there)} holds other rows than those that {whose} was written with (its SHA-256 is another): "
            f"it was written again, or belongs to another report. {AGAIN}"
        )
    name = os.path.basename(path.replace("\\", "/"))
    raise NoRows(f"{shown(name)}, with the rows of {whose}, is not in {shown(folder or '.')}. Put it beside the report")


def _candidates(path: str, folder: str) -> Iterator[str]:
    """Beside the report, then by its path from the report's folder, then as it was written. Hashes tell them apart."""
    yield os.path.join(folder, os.path.basename(path.replace("\\", "/")))
    yield os.path.join(folder, path)
    yield path


def _details(data: bytes) -> dict[str, Array]:
    import io

    with np.load(io.BytesIO(data), allow_pickle=False) as packed:
        return {name: packed[name] for name in packed.files}


def _rows(path: str, data: bytes, manifest: dict[str, Any], details: dict[str, Array]) -> KeptRows:
    terms, count = _terms(path, data, int(manifest["terms"])), int(manifest["rows"])
    if terms.shape != (count, int(manifest["terms"])):
        raise DataProblem(f"it has {terms.shape[0]} rows of {terms.shape[1]}, not {count} of {manifest['terms']}.")
    for name, part in details.items():
        if part.shape != (count,):
            raise DataProblem(f"{name} has {len(part)} rows, not {count}.")
    mass = np.asarray(details.get("mass", np.ones(count)), dtype=np.float64)
    by_key = "key" in details
    row = details["key"] if by_key else details.get("row", np.arange(count))
    repeats = np.asarray(details["repeats"], dtype=np.float64) if "repeats" in details else None
    group = details.get("group")
    return KeptRows(terms, mass, row, details.get("cluster"), int(manifest["ignored"]), by_key, repeats, group)


def _terms(path: str, data: bytes, count: int) -> Array:
    """The numbers of each row: of an array all columns, of a table those after the row's number."""
    with closing(open_table(path, ReadOptions())) as table:
        names = table.columns[1 : 1 + count] if len(data) and not path.lower().endswith(".npy") else ()
        column = np.asarray(read_whole(table, Pick(names)), dtype=np.float64)
    return column.reshape(len(column), -1)
