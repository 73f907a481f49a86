"""Data sets from a list: paths a line, or ended by NUL, or a JSON object a line. Read as they come."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import BinaryIO

from ...core.errors import LossCliError, UsageProblem
from ...core.record import replace
from ..batch import BatchJob, FailedJob
from .suite import Base, jobs_of

LONGEST = 1 << 20  # bytes of an entry
_PIECE = 1 << 16


def listed(stream: BinaryIO, name: str, base: Base, *, nul: bool = False) -> Iterator[BatchJob | FailedJob]:
    """The data sets of a list. An entry that is wrong fails as a job does; `name` is the list's, for messages."""
    count = 0
    for number, entry in enumerate(_entries(stream, b"\0" if nul else b"\n"), 1):
        entry = entry if nul else entry.rstrip(b"\r")
        if not entry.strip():
            continue
        count += 1
        where = f"{name}, {'entry' if nul else 'line'} {number}"
        if len(entry) > LONGEST:
            raise UsageProblem(
                f"{where} is longer than {LONGEST} bytes.", "The list holds paths, or JSON objects.", place=where
            )
        if nul or not entry.lstrip().startswith(b"{"):
            yield _of_path(os.fsdecode(entry), base)
        else:
            yield from _of_json(entry, where, base)
    if not count:
        raise UsageProblem(f"{name} lists no data sets.")


def _of_path(path: str, base: Base) -> BatchJob:
    if not base.request.losses:
        raise UsageProblem("No loss is named.", "Write -l mse.")
    return BatchJob(path, replace(base.request, files={**base.request.files, "pred": path}))


def _of_json(entry: bytes, where: str, base: Base) -> Iterator[BatchJob | FailedJob]:
    try:
        data_set = json.loads(entry)
    except (ValueError, RecursionError) as problem:
        yield FailedJob(where, UsageProblem(f"{where} is not JSON: {problem}.", place=where))
        return
    name = data_set.get("name") or data_set.get("pred")
    try:
        yield from jobs_of(data_set, base, where)
    except LossCliError as problem:
        yield FailedJob(name if isinstance(name, str) else where, problem)


def _entries(stream: BinaryIO, end: bytes) -> Iterator[bytes]:
    """What stands before each `end`, as soon as it has come; what comes after the last one too."""
    held = b""
    read = getattr(stream, "read1", stream.read)
    while piece := read(_PIECE):
        *whole, held = (held + piece).split(end)
        yield from whole
        if len(held) > LONGEST:
            break
    if held:
        yield held
