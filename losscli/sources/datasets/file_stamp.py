"""Whether a file is still the one that was opened: its numbers are no one's if it changes under the reader."""

from __future__ import annotations

import os

from ...core.errors import DataProblem

FileStamp = tuple[int, int, int, int]


def stamp_of(file: int | str) -> FileStamp:
    """What tells a file from another, and from itself after a change; `file` is a descriptor or a path."""
    status = os.stat(file)
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def check_stamp(file: int | str, before: FileStamp, name: str) -> None:
    """A file that is no longer what it was is a DataProblem."""
    try:
        now = stamp_of(file)
    except OSError as problem:
        why = (problem.strerror or str(problem)).lower()
        raise DataProblem(f"{name} cannot be read any more: {why}.") from None
    if now != before:
        what = "became shorter" if now[2] < before[2] else "was changed"
        raise DataProblem(f"{name} {what} while it was read.", "Read a copy of it, or wait until it is written.")
