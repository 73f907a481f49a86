"""A file of JSON lines that grows while a batch runs, and is read back to go on where a run was ended.

Every line is one write to a file that appends, so a run that is killed leaves whole lines. A file that is there stays
as it is until the run ends, and the new lines are in FILE.part; then one step puts all that belongs together in its
place, in the order of the data sets.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ...core.errors import DataProblem, UsageProblem
from ...core.record import record, replace
from ...core.safe_text import shown
from .. import read_back
from ..model import NAME_LENGTH, Check, Input, Report
from ..writing.atomic_file import AtomicFile, put_in_place, unnamed_file
from ..writing.destination import NOT_MADE, stream_behind, write_all
from ..writing.file_lock import FileLock, Locked, written_by_another
from .journal_index import Key, Line, Place, Slot, is_of_losscli, key_of, lines_of, replaced_by

PART = ".part"
_SYNC = 2.0  # seconds between looks that the lines have reached the disk
_APPENDING = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)


@record
class Finished:
    """A result of an earlier run: its report, and where its line stands."""

    report: Report
    place: Place


class Journal:
    """The file of a batch's lines. With `resume` it is gone on with, and `finished` finds what it holds.

    `target` is the file in which the new lines are; `path` takes their place in the end.
    """

    def __init__(self, path: str, inputs: Iterable[str | int], *, resume: bool) -> None:
        self.path = self.target = path
        self._resume = resume
        self._finished: dict[Key, Place] = {}
        self._earlier: list[Line] = []
        self._order: list[Place] = []  # of this run's lines, where an earlier run's stand among them
        self._filled: set[Slot] = set()
        self._file, self._size = -1, 0
        self._lock = FileLock()
        self._reading: list[int] = []
        self.is_file = stream_behind(path) is None and (os.path.isfile(path) or not os.path.exists(path))
        checked = AtomicFile(path, inputs)  # refuses what cannot be written, and an input
        if not self.is_file:
            self._file = os.dup(checked.fileno())
        checked.discard()
        if resume and not self.is_file:
            raise UsageProblem(
                f"{path} is no file that can be gone on with.", "Leave out --resume.", options=("resume",)
            )
        try:
            self._open()
        except BaseException as problem:
            self.forget()
            if isinstance(problem, OSError):
                raise self._problem(problem) from None
            raise
        self._synced = time.monotonic()

    def _problem(self, problem: OSError) -> UsageProblem:
        return UsageProblem(f"{self.path} cannot be written: {(problem.strerror or str(problem)).lower()}.")

    def _open(self) -> None:
        if not self.is_file:
            return
        part = (os.path.realpath(self.path) if os.path.islink(self.path) else self.path) + PART
        self._refuse_foreign(part)
        self._take_lock(self.path, part)
        there = os.path.isfile(self.path) and os.path.getsize(self.path) > 0
        if there or os.path.lexists(part):
            self._open_beside(part)
        else:
            self._file = os.open(self.path, _APPENDING, 0o666)
        self._take_lock(self.target)
        self._size = os.fstat(self._file).st_size

    def _take_lock(self, *paths: str) -> None:
        try:
            for path in paths:
                self._lock.take(path)
        except Locked:
            raise written_by_another(self.path) from None

    def _refuse_foreign(self, part: str) -> None:
        """A file that only has the name of a part of ours is left alone."""
        if not os.path.lexists(part):
            return
        first = b""
        if os.path.isfile(part) and not os.path.islink(part):
            with open(part, "rb") as file:
                first = file.readline(1 << 24)
            with contextlib.suppress(ValueError, RecursionError):
                if not first or not first.endswith(b"\n") or is_of_losscli(json.loads(first)):
                    return
        raise UsageProblem(
            f"{part}, where the lines of an unfinished run would stand, is another file.",
            "Move it away, or name another file with -o.",
            file=part,
        )

    def _open_beside(self, part: str) -> None:
        """The new lines stand in a file of their own until the run has ended."""
        if self._resume and os.path.isfile(self.path):
            self._read_back(os.open(self.path, os.O_RDONLY), own=False)
        if self._resume and os.path.isfile(part):
            self._read_back(os.open(part, os.O_RDONLY), own=True)
        try:
            self._file = os.open(part, _APPENDING | (0 if self._resume else os.O_TRUNC), 0o666)
            self.target = part
        except OSError as problem:
            if problem.errno not in NOT_MADE or not os.path.isfile(self.path):
                raise
            # no file can be made in the folder
            self._file = os.open(self.path, os.O_RDWR | os.O_APPEND) if self._resume else unnamed_file()
            self.target = self.path if self._resume else ""
        if self._resume:
            self._drop_torn_line()

    def _drop_torn_line(self) -> None:
        """A line that a killed run left unfinished in its file would spoil the next one."""
        ends = [line.place.start + line.place.size for line in self._earlier if _same(line.place.file, self._file)]
        if os.fstat(self._file).st_size > (end := max(ends, default=0)):
            os.ftruncate(self._file, end)
        if end and os.pread(self._file, 1, end - 1) != b"\n":
            write_all(self._file, b"\n")

    def _read_back(self, file: int, *, own: bool) -> None:
        """Learn what the lines of a file are of; of two lines of one work the later counts."""
        self._reading.append(file)
        for line in lines_of(file, own=own):
            if self._earlier and (joined := self._earlier[-1].joined(line)):
                self._earlier[-1] = joined
                continue
            self._earlier.append(line)
            if line.key is not None:
                self._finished[line.key] = line.place

    def finished(
        self, dataset: str, signature: str, inputs: Iterable[Input], request: Mapping[str, Any]
    ) -> Finished | None:
        """The result of a line, if it is of this work."""
        name = shown(dataset, NAME_LENGTH)  # as it stands in a line
        key = key_of(name, signature, [each.to_dict() for each in inputs], request)
        place = self._finished.get(key) if key is not None else None
        if place is None:
            return None
        report = _report(json.loads(place.read()))
        return Finished(report, place) if report is not None else None

    def keep(self, finished: Finished, checks: Sequence[Check]) -> None:
        """Take the line of an earlier run, held to the checks of now."""
        data = json.loads(finished.place.read())
        self._filled.update(replaced_by(data))
        said = [check.to_dict() for check in checks]
        if data.get("checks") == said:
            self._order.append(finished.place)
            return
        from ..renderers.as_jsonl import line

        self._append((line({**data, "checks": said}),))

    def write(self, lines: Iterable[str], of: Mapping[str, Any], *, spoilt: bool = False) -> None:
        """Append the lines of a result, all or none of them. `of` is the result, which may be `spoilt` data's."""
        if self._earlier:
            self._filled.update(replaced_by(of, spoilt=spoilt))
        self._append(lines)

    def _append(self, lines: Iterable[str]) -> None:
        start = self._size
        try:
            for piece in lines:
                data = piece.encode("utf-8", "backslashreplace")
                self._write_piece(data, start)
                self._size += len(data)
            if time.monotonic() - self._synced > _SYNC:
                self._sync()
        except OSError as problem:
            raise self._problem(problem) from None
        if self._earlier:
            self._order.append(Place(self._file, start, self._size - start))

    def _write_piece(self, data: bytes, start: int) -> None:
        """All of it; where the disk is full, the file is again what it was before the result."""
        try:
            done = os.write(self._file, data)
            write_all(self._file, data[done:])
        except OSError:
            if self.is_file:
                os.ftruncate(self._file, start)
            raise

    def _sync(self) -> None:
        with contextlib.suppress(OSError):  # a pipe has no disk
            os.fsync(self._file)
        self._synced = time.monotonic()

    def close(self, *, whole: bool, orderly: bool = True) -> None:
        """Sync, and put the lines in their place: if the run came to its end as a `whole`, or goes on with others.

        A run that is not `orderly` was interrupted: its lines stay where they are, for --resume.
        """
        self._sync()
        try:
            if orderly and self._earlier:
                self._put_together()
            elif orderly and whole and self.target != self.path:
                self._replace()
        except OSError as problem:
            raise self._problem(problem) from None
        finally:
            self.forget()
            while self._reading:
                os.close(self._reading.pop())

    def _replace(self) -> None:
        if self.target:
            put_in_place(self.target, os.path.realpath(self.path))
        else:
            AtomicFile(self.path, ()).write(self._pieces([Place(self._file, 0, self._size)]))
        self.target = self.path

    def _put_together(self) -> None:
        """The lines that nothing took the place of, and then those of this run in their order."""
        known = {(place.file, place.start) for place in self._order}
        left = [
            line.place
            for line in self._earlier
            if (line.place.file, line.place.start) not in known and not self._filled.intersection(line.slots)
        ]
        part, self.target = self.target, self.path
        AtomicFile(self.path, ()).write(self._pieces([*left, *self._order]))
        if part != self.path:
            os.unlink(part)

    def _pieces(self, places: Iterable[Place]) -> Iterator[bytes]:
        """The lines at these places; one that has no end yet gets one."""
        for place in places:
            for start in range(place.start, place.start + place.size, _PIECE):
                yield Place(place.file, start, min(_PIECE, place.start + place.size - start)).read()
            if place.size and os.pread(place.file, 1, place.start + place.size - 1) != b"\n":
                yield b"\n"

    def forget(self) -> None:
        """Close all files and give up the lock; for the end, and for a process that only looks up what is finished."""
        self._lock.let_go()
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


_PIECE = 1 << 20


def _same(one: int, other: int) -> bool:
    return os.path.samestat(os.fstat(one), os.fstat(other))


def _report(data: Mapping[str, Any]) -> Report | None:
    """The report that a line was written from; None where the line is damaged."""
    try:
        inputs = [read_back.input(each) for each in data["inputs"]]
        result = replace(read_back.result(data), inputs=tuple(range(len(inputs))))
        return Report(data["command"], [result], inputs, request=data.get("request", {}))
    except (DataProblem, KeyError, TypeError, AttributeError):
        return None
