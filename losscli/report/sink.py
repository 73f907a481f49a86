"""Where a report goes: whole or not at all. Files are written beside their target, synced, and renamed."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterable

from ..core.errors import UsageProblem

_unfinished: set[str] = set()  # temporary files of this process, for the signal that ends it


def discard_all() -> None:
    """Remove every half-written file; for a process that is about to end."""
    for path in _unfinished:
        with contextlib.suppress(OSError):
            os.unlink(path)


class FileSink:
    """A file to be replaced in one step. Opened before the work, so that a bad path fails first.

    A link is followed, so that it stays a link; what is no regular file (a pipe, a device) is written to, not replaced.
    `inputs` are paths, or descriptors of open files, that must not be the target.
    """

    def __init__(self, path: str, inputs: Iterable[str | int]) -> None:
        self.path = path
        self._target = os.path.realpath(path)
        self._temporary = ""
        self._refuse(inputs)
        try:
            if os.path.exists(path) and not os.path.isfile(path):
                handle = os.open(path, os.O_WRONLY)
            else:
                handle, self._temporary = tempfile.mkstemp(prefix=".losscli-", dir=os.path.dirname(self._target))
                _unfinished.add(self._temporary)
        except OSError as problem:
            raise self._problem(problem) from None
        self._file = os.fdopen(handle, "w", encoding="utf-8", newline="")

    def _refuse(self, inputs: Iterable[str | int]) -> None:
        if os.path.isdir(self.path):
            raise UsageProblem(f"{self.path} is a folder.", "Name a file with -o.")
        if not os.path.isfile(self.path):
            return
        for each in inputs:
            if os.path.exists(each) and os.path.samestat(os.stat(self.path), os.stat(each)):
                raise UsageProblem(f"{self.path} is an input; it is not overwritten.", "Name another file with -o.")

    def _problem(self, problem: OSError) -> UsageProblem:
        return UsageProblem(f"{self.path} cannot be written: {(problem.strerror or str(problem)).lower()}.")

    def write(self, text: str) -> None:
        """Write the text and put it in place."""
        try:
            self._file.write(text)
            self._file.flush()
            if self._temporary:
                os.fsync(self._file.fileno())
            self._file.close()
            if self._temporary:
                os.chmod(self._temporary, _mode(self._target))
                os.replace(self._temporary, self._target)
                _unfinished.discard(self._temporary)
        except OSError as problem:
            self.discard()
            raise self._problem(problem) from None

    def discard(self) -> None:
        """Leave the target as it was."""
        with contextlib.suppress(OSError):
            self._file.close()
        if self._temporary:
            with contextlib.suppress(OSError):
                os.unlink(self._temporary)
            _unfinished.discard(self._temporary)


def _mode(path: str) -> int:
    """The mode of the file that is replaced, or what a new file would get."""
    try:
        return os.stat(path).st_mode & 0o777
    except OSError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask
