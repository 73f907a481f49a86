"""Data sets from a list: paths a line, or ended by NUL, or a JSON object a line. Read as they come."""

from __future__ import annotations

import codecs
import json
import os
from collections.abc import Iterator
from typing import BinaryIO

from ...core.errors import LossCliError, UsageProblem
from ...core.record import replace
from ..batch import BatchJob, FailedJob
from .suite import Base, expanded, jobs_of

LONGEST = 1 << 20  # bytes of an entry
_PIECE = 1 << 16


def listed(stream: BinaryIO, name: str, base: Base, *, nul: bool = False) -> Iterator[BatchJob | FailedJob]:
    """The data sets of a list. An entry that is wrong fails as a job does; `name` is the list's, for messages.

    A line may be a glob, and is a comment where it begins with #; an entry that NUL ends is a name to the letter.
    """
    count = 0
    for number, entry in enumerate(_entries(stream, b"\0" if nul else b"\n"), 1):
        where = f"{name}, {'entry' if nul else 'line'} {number}"
        if number == 1:
            entry = _without_mark(entry, where)
        entry = entry if nul else entry.rstrip(b"\r")
        if not entry.strip() or (not nul and _is_comment(entry)):
            continue
        count += 1
        try:
            yield from _of_entry(entry, where, base, nul)
        except LossCliError as problem:
            yield FailedJob(_name_of(entry, where), problem)
    if not count:
        raise UsageProblem(f"{name} lists no data sets.")


def _is_comment(entry: bytes) -> bool:
    """Whether a line begins with # and is not the name of a file that does."""
    return entry.lstrip().startswith(b"#") and not os.path.lexists(os.fsdecode(entry).partition("\0")[0])


def _without_mark(entry: bytes, where: str) -> bytes:
    """The first entry without the byte order mark that editors write; another encoding than UTF-8 is refused."""
    if entry.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise UsageProblem(f"{where} is UTF-16.", "Save the list as UTF-8.", place=where)
    return entry.removeprefix(codecs.BOM_UTF8)


def _of_entry(entry: bytes, where: str, base: Base, nul: bool) -> Iterator[BatchJob | FailedJob]:
    if len(entry) > LONGEST:
        raise UsageProblem(
            f"{where} is longer than {LONGEST} bytes.", "The list holds paths, or JSON objects.", place=where
        )
    if not nul and entry.lstrip().startswith(b"{"):
        yield from _of_json(entry, where, base)
        return
    path = os.fsdecode(entry)
    if not base.request.losses:
        raise UsageProblem("No loss is named.", "Write -l mse.", kind="unknown_loss")
    if "\0" in path:
        raise UsageProblem(f"{where} holds a NUL byte.", "A list that NUL ends is read by --files0-from.", place=where)
    for each in (path,) if nul else expanded(path):
        yield BatchJob(each, replace(base.request, files={**base.request.files, "pred": each}))


def _of_json(entry: bytes, where: str, base: Base) -> Iterator[BatchJob]:
    try:
        data_set = json.loads(entry)
    except (ValueError, RecursionError) as problem:
        raise UsageProblem(f"{where} is not JSON: {problem}.", place=where) from None
    yield from jobs_of(data_set, base, where)


def _name_of(entry: bytes, where: str) -> str:
    """What a data set that fails is called: as it calls itself, or where it stands in the list."""
    if not entry.lstrip().startswith(b"{"):
        return os.fsdecode(entry[:LONGEST]) if len(entry) <= LONGEST else where
    try:
        data_set = json.loads(entry)
        name = data_set.get("name") or data_set.get("pred")
    except (ValueError, RecursionError):
        return where
    return name if isinstance(name, str) else where


def _entries(stream: BinaryIO, end: bytes) -> Iterator[bytes]:
    """What stands before each `end`, as soon as it has come; what comes after the last one too.

    Of an entry that is too long only the beginning is kept.
    """
    held = b""
    read = getattr(stream, "read1", stream.read)
    while piece := read(_PIECE):
        *whole, held = (held + piece).split(end)
        yield from whole
        held = held[: LONGEST + 1]
    if held:
        yield held
