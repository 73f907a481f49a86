"""Where a report goes: whole or not at all. Files are written beside their target, synced, and renamed."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterable

from ..core.errors import UsageProblem


class FileSink:
    """A file to be replaced in one step. Opened before the work, so that a bad path fails first."""

    def __init__(self, path: str, inputs: Iterable[str]) -> None:
        self.path = path
        for each in inputs:
            if os.path.exists(path) and os.path.exists(each) and os.path.samefile(path, each):
                raise UsageProblem(
                    f"{path} is an input; it is not overwritten.", "Name another file with -o."
                )
        if os.path.isdir(path):
            raise UsageProblem(f"{path} is a folder.", "Name a file with -o.")
        folder = os.path.dirname(os.path.abspath(path))
        try:
            handle, self._temporary = tempfile.mkstemp(prefix=".losscli-", dir=folder)
        except OSError as problem:
            raise UsageProblem(
                f"{path} cannot be written: {(problem.strerror or str(problem)).lower()}."
            ) from None
        self._file = os.fdopen(handle, "w", encoding="utf-8", newline="")

    def write(self, text: str) -> None:
        """Write the text and put it in place."""
        try:
            self._file.write(text)
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            os.chmod(self._temporary, _mode(self.path))
            os.replace(self._temporary, self.path)
        except OSError as problem:
            self.discard()
            raise UsageProblem(
                f"{self.path} cannot be written: {(problem.strerror or str(problem)).lower()}."
            ) from None

    def discard(self) -> None:
        """Leave the target as it was."""
        with contextlib.suppress(OSError):
            self._file.close()
        with contextlib.suppress(OSError):
            os.unlink(self._temporary)


def _mode(path: str) -> int:
    """The mode of the file that is replaced, or what a new file would get."""
    try:
        return os.stat(path).st_mode & 0o777
    except OSError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask
