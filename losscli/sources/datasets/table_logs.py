"""Folders of table formats with a log (Delta Lake, Apache Iceberg, Apache Hudi), which are refused.

Only the log says which of the files in such a folder are rows of the table: others were replaced or deleted, and
reading them all would count rows that are no longer there.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from ...core.errors import DataProblem
from ...core.safe_text import shown

_LOGS = {"_delta_log": ("Delta Lake", "deltalake"), ".hoodie": ("Apache Hudi", "hudi")}
_ICEBERG = ("Apache Iceberg", "pyiceberg")
_METADATA, _ENDING = "metadata", ".metadata.json"


def refuse_table_log(folder: str, folders: Iterable[str]) -> None:
    """Refuse a folder on this machine, of which `folders` are the folders in it, if it is a table with a log."""
    names = set(folders)
    for log, table in _LOGS.items():
        if log in names:
            raise _refused(folder, log, *table)
    if _METADATA in names:
        try:
            inner = os.listdir(os.path.join(folder, _METADATA))
        except OSError:
            return
        if any(name.endswith(_ENDING) for name in inner):
            raise _refused(folder, _METADATA, *_ICEBERG)


def refuse_table_around(folder: str) -> None:
    """The same for a folder and, where it is a partition of a table (`day=7`), for those around it."""
    folder = os.path.abspath(folder)
    while os.path.isdir(folder):
        refuse_table_log(folder, os.listdir(folder))
        if "=" not in os.path.basename(folder) and os.path.basename(folder) != "data":
            return
        folder = os.path.dirname(folder)


def refuse_stored_log(paths: Iterable[tuple[str, ...]], said: str) -> None:
    """The same for the paths of all files below a place in an object store, each cut at its slashes."""
    for steps in paths:
        for step in steps[:-1]:
            if step in _LOGS:
                raise _refused(said, step, *_LOGS[step])
        if len(steps) > 1 and steps[-2] == _METADATA and steps[-1].endswith(_ENDING):
            raise _refused(said, _METADATA, *_ICEBERG)


def _refused(folder: str, log: str, title: str, library: str) -> DataProblem:
    text = f"{shown(folder)} is a table of {title}: its log ({log}) says which of its files count, and it is not read."
    hint = f"Write the table's rows to a Parquet file with its library ({library}), or name single files."
    return DataProblem(text, hint, kind="table_log", file=folder)
