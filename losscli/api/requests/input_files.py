"""The input files of a run as they stand in its report: what each is, and its hash."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ...core.safe_text import shown
from ...report.model import MOST_FILES, Input
from ...sources.assembly import Assembly
from ...sources.columns.recognition import CALLED

if TYPE_CHECKING:
    from ...sources.columns.column_content import ContentDigest
    from ...sources.table import Table


def inputs_of(
    assembly: Assembly, read: int, hashes: dict[str, str], contents: ContentDigest | None = None
) -> list[Input]:
    """The files as they stand in a report; `read` is the number of rows where a stream did not know it.

    `contents` has seen all blocks.
    """
    described = []
    digests = contents.by_role() if contents is not None else {}
    for role, (table, pick) in assembly.inputs.items():
        field_ = assembly.frame.fields.get(role) or table.describe(pick)
        path = shown(os.fspath(table.path), 4096) if table.path else None
        name = path if path or table.format == "array" else table.name
        rows = table.describe(pick).shape[0] if assembly.pairing or assembly.left_out else field_.shape[0]
        shape = (read if rows is None else rows, *field_.shape[1:])
        sha = hashes.get(table.path or "")
        role_name, columns = CALLED.get(role, role), tuple(pick.columns)
        files = tuple(shown(each, 4096) for each in getattr(table, "files", ()))
        empty = getattr(table, "empty_files", 0)
        several = files[:MOST_FILES], len(files), empty
        described.append(
            Input(role_name, name, table.format, field_.dtype, shape, sha, columns, *several, digests.get(role))
        )
    return described


class InputHashes:
    """SHA-256 of each input file, a thread a file, computed beside the run."""

    def __init__(self, tables: Iterable[Table]) -> None:
        import threading

        self._by_path: dict[str, str] = {}
        paths = sorted({table.path for table in tables if table.path})
        self._threads: list[threading.Thread] = []
        for path in paths:
            thread = threading.Thread(target=self._hash, args=(path,), daemon=True)
            try:
                thread.start()
            except RuntimeError:  # the system grants no more threads
                self._hash(path)
            else:
                self._threads.append(thread)

    def _hash(self, path: str) -> None:
        from ...sources.datasets.file_listing import sha256_of

        with contextlib.suppress(OSError):
            self._by_path[path] = sha256_of(path)

    def by_path(self) -> dict[str, str]:
        """The hashes by path, once all are known."""
        for thread in self._threads:
            thread.join()
        return self._by_path
