"""One loss a row, for `--per-sample`: as NPY, CSV, JSON lines, Parquet or Arrow, some rows at a time."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from ...core.errors import UsageProblem
from ..result_parts import status_of
from ..writing.sample_rows import SampleBlock, SampleRows, written_terms
from .as_csv import ready

SUFFIXES = (".npy", ".csv", ".parquet", ".arrow", ".jsonl")


def suffix(path: str) -> str:
    """The format of a file of rows, by its name; another name is a UsageProblem."""
    known = next((each for each in SUFFIXES if path.lower().endswith(each)), None)
    if known is None:
        *most, last = SUFFIXES
        raise UsageProblem(f"--per-sample writes {', '.join(most)} or {last}, not {path}.", options=("per-sample",))
    return known


def headings(rows: SampleRows) -> list[str]:
    """The columns: the row of the file, its loss, and those that are kept; one that is called so gets `keep` before.

    Rows with several terms, whose loss is a function of sums, have a column for each: `term 0`, `term 1`.
    """
    own = ["row", *(["loss"] if rows.terms == 1 else [f"term {i}" for i in range(rows.terms)])]
    return [*own, *(f"keep {name}" if name in own else name for name in rows.columns)]


def pieces(rows: SampleRows, path: str) -> Iterator[bytes]:
    """The content of the file, some rows at a time."""
    format = suffix(path)
    if format == ".npy":
        return _npy(rows)
    if format == ".csv":
        return _csv(rows)
    if format == ".jsonl":
        return _jsonl(rows)
    from ..writing.row_tables import table_pieces

    return table_pieces(rows, headings(rows), format)


def _npy(rows: SampleRows) -> Iterator[bytes]:
    """float64 rows, (n,) or (n, k)."""
    held = io.BytesIO()
    shape = (rows.count,) if rows.terms == 1 else (rows.count, rows.terms)
    np.lib.format.write_array_header_1_0(held, {"descr": "<f8", "fortran_order": False, "shape": shape})
    yield held.getvalue()
    for block in rows.blocks(False):
        yield written_terms(rows, block).tobytes()


def _columns(rows: SampleRows, block: SampleBlock) -> list[list[Any]]:
    """The values of a block, column by column."""
    terms = written_terms(rows, block)
    own = [terms.tolist()] if rows.terms == 1 else [column.tolist() for column in terms.T]
    return [block.row.tolist(), *own, *(column.to_pylist() for column in block.kept)]


def _csv(rows: SampleRows) -> Iterator[bytes]:
    """Numbers with as many digits as read back to the same float; texts as spreadsheets may read them."""
    yield _csv_lines([ready(headings(rows))])
    for block in rows.blocks(True):
        columns = _columns(rows, block)
        own = len(columns) - len(block.kept)
        cells = [[repr(value) for value in column] if 0 < i < own else column for i, column in enumerate(columns)]
        cells[own:] = [_cells(column) for column in columns[own:]]
        yield _csv_lines(zip(*cells, strict=True))


def _cells(column: list[Any]) -> list[Any]:
    if any(isinstance(value, float | bool) for value in column):
        return [None if value is None else str(value).lower() if value in (True, False) and isinstance(value, bool)
                else repr(value) for value in column]  # fmt: skip
    return list(ready(column))


def _csv_lines(lines: Any) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(lines)
    return text.getvalue().encode("utf-8", "backslashreplace")


def _jsonl(rows: SampleRows) -> Iterator[bytes]:
    """An object a line. A loss that JSON has no number for is null, with what it is as `status`."""
    names = headings(rows)
    for block in rows.blocks(True):
        lines = (dict(zip(names, line, strict=True)) for line in zip(*_columns(rows, block), strict=True))
        yield "".join(f"{json.dumps(_finite(line), ensure_ascii=False)}\n" for line in lines).encode(
            "utf-8", "backslashreplace"
        )


def _finite(line: dict[str, Any]) -> dict[str, Any]:
    lacking = {name for name, value in line.items() if isinstance(value, float) and not math.isfinite(value)}
    if not lacking:
        return line
    status = {"status": status_of(line["loss"])} if "loss" in lacking else {}
    return {**{name: None if name in lacking else value for name, value in line.items()}, **status}
