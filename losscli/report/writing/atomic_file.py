"""Where a report goes: whole or not at all. Files are written beside their target, synced, and renamed."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from collections.abc import Iterable
from typing import IO

from ...core.errors import UsageProblem
from .destination import NOT_MADE, NOT_RENAMED, can_be_replaced, opened_stream, stream_behind, write_over
from .file_lock import FileLock, Locked, written_by_another
from .lone_draft import draft_alone

_PIECE = 1 << 20
_unfinished: set[str] = set()  # temporary files of this process, for the signal that ends it


def discard_all() -> None:
    """Remove every half-written file; for a process that is about to end."""
    for path in list(_unfinished):
        with contextlib.suppress(OSError):
            os.unlink(path)


class AtomicFile:
    """A file to be replaced in one step. Opened before the work, so that a bad path fails first.

    A link is followed, so that it stays a link. What is no regular file (a pipe, a device) is written to, not replaced,
    and so is a stream of a process, such as /dev/stdout, also where it is a log file. A file that cannot be renamed
    onto, such as one that is mounted by itself, is written over in place, when all of the new content is at hand.
    `inputs` are paths, or descriptors of open files, that must not be the target. `option` is the one that named the
    file, for the hint of a message. `alone` refuses a file that another run is writing that said so too.
    """

    def __init__(self, path: str, inputs: Iterable[str | int], option: str = "-o", *, alone: bool = False) -> None:
        self.path, self.option = path, option
        self._lock = FileLock() if alone else None
        self._target = os.path.realpath(path)
        self._temporary = ""
        self._over: int | None = None  # the target itself, where it is written over
        stream = stream_behind(path)
        if stream is None:
            self._refuse(inputs)
        try:
            if stream is not None:
                handle = opened_stream(stream)
            elif os.path.isfile(path) or not os.path.exists(path):
                handle = self._draft()
            else:
                handle = os.open(path, os.O_WRONLY)
        except Locked:
            self._forget()
            raise written_by_another(path) from None
        except OSError as problem:
            self._forget()
            raise self._problem(problem) from None
        self._file: IO[bytes] = os.fdopen(handle, "w+b" if self._temporary or self._over is not None else "wb")

    def _draft(self) -> int:
        """Where the content waits until it is whole: beside the target, or where the system keeps such files."""
        if not can_be_replaced(self._target):
            self._over = self._opened_target()
        try:
            return self._beside()
        except OSError as problem:
            self._forget()
            if problem.errno not in NOT_MADE or not os.path.isfile(self._target):
                raise
            if self._over is None:
                self._over = self._opened_target()
            return unnamed_file()

    def _opened_target(self) -> int:
        """The target itself, to be written over."""
        if self._lock is not None:
            self._lock.take(self._target)
        return os.open(self._target, os.O_WRONLY)

    def _beside(self) -> int:
        """A new file in the target's folder; known before it exists, for the signal that comes in between."""
        if self._lock is not None and (drafted := draft_alone(self._target, self._lock)):
            handle, self._temporary = drafted
            _unfinished.add(self._temporary)
            return handle
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

    def write(self, content: str | bytes | Iterable[str | bytes]) -> None:
        """Write text (as UTF-8) or bytes, whole or in pieces, and put the file in place."""
        try:
            for piece in (content,) if isinstance(content, str | bytes) else content:
                self._file.write(piece.encode("utf-8", "backslashreplace") if isinstance(piece, str) else piece)
            self._file.flush()
            if self._temporary or self._over is not None:
                self._put_in_place()
            self._file.close()
            self._forget()
        except OSError as problem:
            self.discard()
            raise self._problem(problem) from None

    def fileno(self) -> int:
        """The descriptor that is written to."""
        return self._file.fileno()

    @property
    def drafted_beside(self) -> bool:
        """Whether its folder takes new files; that of a stream or a device is none."""
        return bool(self._temporary)

    def _put_in_place(self) -> None:
        if self._over is None:
            os.fsync(self._file.fileno())
            self._file.close()
            put_in_place(self._temporary, self._target)
            _unfinished.discard(self._temporary)
            self._temporary = ""
        else:
            _copied_over(self._file, self._over)

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
            self._temporary = ""
        if self._over is not None:
            with contextlib.suppress(OSError):
                os.close(self._over)
            self._over = None
        self.let_go()

    def let_go(self) -> None:
        """Give up the lock; also for a process that was forked and does not write."""
        if self._lock is not None:
            self._lock.let_go()


def put_in_place(draft: str, target: str) -> None:
    """The draft becomes the target in one step; or, where the system has no such step for it, is copied over it."""
    _dress(draft, target)
    try:
        os.replace(draft, target)
    except OSError as problem:
        if problem.errno not in NOT_RENAMED:
            raise
        with open(draft, "rb") as file, open(target, "r+b") as over:
            _copied_over(file, over.fileno())
        os.unlink(draft)
    else:
        _sync_folder(os.path.dirname(target))


def _copied_over(file: IO[bytes], target: int) -> None:
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    write_over(target, size, iter(lambda: file.read(_PIECE), b""))


def unnamed_file() -> int:
    """A file without a name, or memory where there is no folder for such files."""
    import tempfile  # costs a short run much

    try:
        with tempfile.TemporaryFile() as file:
            return os.dup(file.fileno())
    except FileNotFoundError:
        return os.memfd_create("losscli")


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
