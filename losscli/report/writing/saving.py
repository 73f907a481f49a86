"""Writes a report to a file, in the format that its suffix says."""

from __future__ import annotations

import io
import os
from typing import Any

from ...core.errors import UsageProblem
from ...core.safe_text import shown
from ..model import Report
from ..renderers.registry import RENDERERS
from .atomic_file import AtomicFile

_TABLES = (".parquet", ".arrow", ".feather")


def save(report: Report, path: str) -> None:
    """Write the report; the files that it was computed from are never written over."""
    suffix = os.path.splitext(path)[1].lower()
    renderer = next((each for each in RENDERERS.values() if suffix in each.suffixes), None)
    if renderer is None and suffix not in _TABLES:
        known = sorted({known for each in RENDERERS.values() for known in each.suffixes} | set(_TABLES))
        raise UsageProblem(f"{shown(path)} has no suffix that names a format.", f"Known are {' '.join(known)}.")
    content = _table(report, suffix) if renderer is None else renderer.render(report).encode()
    file = AtomicFile(path, [each.path for each in report.inputs if each.path], "save(path)")
    try:
        file.write(content)
    except BaseException:
        file.discard()
        raise


def _table(report: Report, suffix: str) -> bytes:
    """The results as Parquet or Arrow."""
    import pyarrow

    table: Any = report.to_arrow()
    out = io.BytesIO()
    if suffix == ".parquet":
        from pyarrow import parquet

        parquet.write_table(table, out)
    else:
        with pyarrow.ipc.new_file(out, table.schema) as writer:
            writer.write_table(table)
    return out.getvalue()
