"""The files of `--per-sample`: one loss a row for people, and what a comparison of two reports must know of the rows.

FILE holds losses, and the columns that were kept beside them. What its rows are stands in the report
(`per_sample_file`) and, where that takes a number a row, in FILE.detail.npz beside it: the details of `SampleBlock`.
Rows that are all there, in order and unweighted, need no such file.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from ...core.record import replace
from ..model import Report
from ..renderers.as_rows import pieces
from .atomic_file import AtomicFile
from .sample_rows import SampleBlock, SampleRows

__all__ = ["DETAIL", "SampleBlock", "SampleRows", "write"]

DETAIL = ".detail.npz"
_MADE = (1980, 1, 1, 0, 0, 0)  # so that equal rows make equal files


def write(report: Report, path: str, file: AtomicFile, beside: AtomicFile | None) -> Report:
    """Write the rows of a report's one result, and say in the report what they are."""
    result = report.results[0]
    rows: SampleRows = result.sample_rows
    try:
        manifest = _written(rows, path, file, beside)
    finally:
        rows.close()
    return replace(report, results=[replace(result, sample_rows=None, per_sample=path, per_sample_file=manifest)])


def _written(rows: SampleRows, path: str, file: AtomicFile, beside: AtomicFile | None) -> dict[str, Any] | None:
    """Write the files; what the report says of them, None where no comparison takes them."""
    packed = None
    if beside is not None and rows.complete:
        packed = _Hashed(_packed(rows)) if rows.details else None
        if packed is not None:
            beside.write(packed)
    if beside is not None and packed is None:
        beside.discard()
    data = _Hashed(pieces(rows, path))
    file.write(data)
    if beside is None or not rows.complete:
        return None
    return {
        "sha256": data.sha256,
        "rows": rows.count,
        "terms": rows.terms,
        "ignored": rows.ignored,
        "details": packed and {"name": _name(path), "sha256": packed.sha256},
    }


class _Hashed:
    """Pieces of a file, whose SHA-256 is known once they are written."""

    def __init__(self, parts: Iterable[bytes]) -> None:
        self._parts = parts
        self._digest = hashlib.sha256()

    def __iter__(self) -> Iterator[bytes]:
        for part in self._parts:
            self._digest.update(part)
            yield part

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


def _name(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2] + DETAIL


class _Unseekable(io.RawIOBase):
    """A file that gives away what was written to it, so that an archive is made some bytes at a time."""

    def __init__(self) -> None:
        super().__init__()
        self._held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._held += data
        return len(data)

    def taken(self) -> bytes:
        data = bytes(self._held)
        self._held.clear()
        return data


def _packed(rows: SampleRows) -> Iterator[bytes]:
    """The details as an .npz archive."""
    sink = _Unseekable()
    with zipfile.ZipFile(sink, "w", allowZip64=True) as archive:
        for name, kind in rows.details.items():
            dtype: np.dtype[Any] = np.dtype(kind)
            with archive.open(zipfile.ZipInfo(f"{name}.npy", _MADE), "w", force_zip64=True) as entry:
                header = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": (rows.count,)}
                np.lib.format.write_array_header_1_0(entry, header)
                for block in rows.blocks(False):
                    entry.write(np.ascontiguousarray(block.details[name], dtype=dtype).tobytes())
                    yield sink.taken()
    yield sink.taken()
