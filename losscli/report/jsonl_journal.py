"""A file of JSON lines that grows while a batch runs, and is read back to go on where a run was ended.

Every line is one write to a file that appends, so a run that is killed leaves whole lines. A file that is there is
replaced in one step at the end, unless it is gone on with; until then the lines are in FILE.part.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Iterable, Mapping
from typing import Any

from ..core.errors import DataProblem, UsageProblem
from ..core.record import replace
from . import read_back
from .atomic_file import AtomicFile
from .model import SCHEMA_VERSION, Input, Report

PART = ".part"
_SYNC = 2.0  # seconds between looks that the lines have reached the disk

Key = tuple[str, str, str, str]


def key_of(dataset: str, signature: str, inputs: Iterable[Mapping[str, Any]], request: Mapping[str, Any]) -> Key | None:
    """What tells finished work: data set, recipe, the inputs' contents and columns, how they were read.

    None where a hash is missing.
    """
    files = sorted((str(each["role"]), each.get("sha256"), list(each.get("columns", ()))) for each in inputs)
    if not signature or not files or not all(isinstance(sha, str) for _, sha, _ in files):
        return None
    return dataset, signature, json.dumps(files), json.dumps(request, sort_keys=True)


class Journal:
    """The file of a batch's lines. With `resume` it is gone on with, and `finished` finds what it holds."""

    def __init__(self, path: str, inputs: Iterable[str | int], *, resume: bool) -> None:
        self.path = path
        self._finished: dict[Key, Mapping[str, Any]] = {}
        exists = os.path.lexists(path)
        AtomicFile(path, inputs).discard()  # refuses what cannot be written, and an input
        regular = not exists or os.path.isfile(path)
        if resume and not regular:
            raise UsageProblem(
                f"{path} is no file that can be gone on with.", "Leave out --resume.", options=("resume",)
            )
        self._replaces = exists and regular and not resume
        self.target = path + PART if self._replaces else path
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
        try:
            if resume and exists:
                self._read_back()
            self._file = os.open(self.target, flags | (os.O_TRUNC if self._replaces else 0), 0o666)
        except OSError as problem:
            raise self._problem(problem) from None
        self._synced = time.monotonic()

    def _problem(self, problem: OSError) -> UsageProblem:
        return UsageProblem(f"{self.path} cannot be written: {(problem.strerror or str(problem)).lower()}.")

    def _read_back(self) -> None:
        """Keep the lines of finished work; failures and a line that was cut short will be computed again."""
        whole_lines: list[bytes] = []
        changed = False
        with open(self.path, "rb") as file:
            for line in file:
                key, data = _parsed(line)
                if key is None or data is None or key in self._finished or not line.endswith(b"\n"):
                    changed = True
                    continue
                self._finished[key] = data
                whole_lines.append(line)
        if changed:
            file_again = AtomicFile(self.path, ())
            file_again.write(b"".join(whole_lines).decode("utf-8"))

    def finished(
        self, dataset: str, signature: str, inputs: Iterable[Input], request: Mapping[str, Any]
    ) -> Report | None:
        """The report of a line, if it is of this work."""
        key = key_of(dataset, signature, [each.to_dict() for each in inputs], request)
        data = self._finished.get(key) if key is not None else None
        return _report(data) if data is not None else None

    def write(self, lines: str) -> None:
        """Append lines, all or none of them."""
        data = lines.encode("utf-8")
        size = os.fstat(self._file).st_size
        try:
            done = os.write(self._file, data)
            if done < len(data):  # the disk is full, or this is a pipe
                if not os.path.isfile(self.target):
                    while done < len(data):
                        done += os.write(self._file, data[done:])
                else:
                    os.ftruncate(self._file, size)
                    raise OSError(28, "no space left on device")
            if time.monotonic() - self._synced > _SYNC:
                self._sync()
        except OSError as problem:
            raise self._problem(problem) from None

    def _sync(self) -> None:
        with contextlib.suppress(OSError):  # a pipe has no disk
            os.fsync(self._file)
        self._synced = time.monotonic()

    def close(self, *, whole: bool) -> None:
        """Sync, and where another file is replaced, replace it if the run came to its end."""
        self._sync()
        os.close(self._file)
        if self._replaces and whole:
            try:
                os.chmod(self.target, os.stat(self.path).st_mode & 0o777)
                os.replace(self.target, os.path.realpath(self.path))
            except OSError as problem:
                raise self._problem(problem) from None
            self.target = self.path


def _parsed(line: bytes) -> tuple[Key | None, Mapping[str, Any] | None]:
    """What a line is of; None where it is no result that is finished."""
    try:
        data = json.loads(line)
        if data["tool"]["name"] != "losscli" or data["schema_version"].partition(".")[0] != SCHEMA_VERSION[0]:
            return None, None
        if data["status"] not in ("ok", "nan", "inf") or "rows" in data:
            return None, None
        return key_of(data["dataset"], data["signature"], data["inputs"], data.get("request", {})), data
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None, None


def _report(data: Mapping[str, Any]) -> Report | None:
    """The report that a line was written from; None where the line is damaged."""
    try:
        inputs = [read_back.input(each) for each in data["inputs"]]
        result = replace(read_back.result(data), inputs=tuple(range(len(inputs))))
        return Report(data["command"], [result], inputs, request=data.get("request", {}))
    except (DataProblem, KeyError, TypeError, AttributeError):
        return None
