"""Where a report goes: whole or not at all. Files are written beside their target, synced, and renamed."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from collections.abc import Iterable

from ..core.errors import UsageProblem

_unfinished: set[str] = set()  # temporary files of this process, for the signal that ends it


def discard_all() -> None:
    """Remove every half-written file; for a process that is about to end."""
    for path in list(_unfinished):
        with contextlib.suppress(OSError):
            os.unlink(path)


class AtomicFile:
    """A file to be replaced in one step. Opened before the work, so that a bad path fails first.

    A link is followed, so that it stays a link; what is no regular file (a pipe, a device) is written to, not replaced.
    `inputs` are paths, or descriptors of open files, that must not be the target. `option` is the one that named the
    file, for the hint of a message.
    """

    def __init__(self, path: str, inputs: Iterable[str | int], option: str = "-o") -> None:
        self.path, self.option = path, option
        self._target = os.path.realpath(path)
        self._temporary = ""
        self._refuse(inputs)
        try:
            replaced = os.path.isfile(path) or not os.path.exists(path)
            handle = self._beside() if replaced else os.open(path, os.O_WRONLY)
        except OSError as problem:
            self._forget()
            raise self._problem(problem) from None
        self._file = os.fdopen(handle, "wb")

    def _beside(self) -> int:
        """A new file in the target's folder; known before it exists, for the signal that comes in between."""
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        while True:
            self._temporary = os.path.join(os.path.dirname(self._target), f".losscli-{secrets.token_hex(6)}")
            _unfinished.add(self._temporary)
            try:
                return os.open(self._temporary, flags, 0o600)
            except FileExistsError:
                _unfinished.discard(self._temporary)  # it is another's

    def _refuse(self, inputs: Iterable[str | int]) -> None:
        if os.path.isdir(self.path):
            raise UsageProblem(
                f"{self.path} is a folder.",
                f"Name a file with {self.option}.",
                kind="folder",
                file=self.path,
                fix=self.option,
            )
        if os.path.islink(self._target):  # it has been followed to its end, and there is none
            raise UsageProblem(
                f"{self.path} is a link that leads to itself.",
                self._another,
                kind="bad_link",
                file=self.path,
                fix=self.option,
            )
        if not os.path.exists(self.path):
            return
        target = os.stat(self.path)
        if stat.S_ISCHR(target.st_mode):  # a terminal, /dev/null: it may be both
            return
        for each in inputs:
            if os.path.exists(each) and os.path.samestat(target, os.stat(each)):
                raise UsageProblem(
                    f"{self.path} is an input; it is not overwritten.",
                    self._another,
                    kind="is_input",
                    file=self.path,
                    fix=self.option,
                )

    @property
    def _another(self) -> str:
        return f"Name another file with {self.option}."

    def _problem(self, problem: OSError) -> UsageProblem:
        return UsageProblem(f"{self.path} cannot be written: {(problem.strerror or str(problem)).lower()}.")

    def write(self, content: str | bytes) -> None:
        """Write text (as UTF-8) or bytes, and put the file in place."""
        try:
            self._file.write(content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content)
            self._file.flush()
            if self._temporary:
                os.fsync(self._file.fileno())
            self._file.close()
            if self._temporary:
                _dress(self._temporary, self._target)
                os.replace(self._temporary, self._target)
                _unfinished.discard(self._temporary)
                _sync_folder(os.path.dirname(self._target))
        except OSError as problem:
            self.discard()
            raise self._problem(problem) from None

    def discard(self) -> None:
        """Leave the target as it was."""
        with contextlib.suppress(OSError):
            self._file.close()
        self._forget()

    def _forget(self) -> None:
        if self._temporary:
            with contextlib.suppress(OSError):
                os.unlink(self._temporary)
            _unfinished.discard(self._temporary)


def _dress(path: str, target: str) -> None:
    """Give a new file the mode and owner of the one that it replaces, or the mode that a new file would get."""
    try:
        replaced = os.stat(target)
    except OSError:
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(path, 0o666 & ~mask)
        return
    if hasattr(os, "chown"):
        with contextlib.suppress(OSError):  # only root may give files away
            os.chown(path, replaced.st_uid, replaced.st_gid)
    os.chmod(path, replaced.st_mode & 0o777)


def _sync_folder(folder: str) -> None:
    """Make the new name last; some systems cannot."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
