"""A lock on a file, held until it is let go or the process ends, however it ends."""

from __future__ import annotations

import contextlib
import os


class Locked(Exception):
    """Another process holds the lock."""


class FileLock:
    """Locks of this process. Where the system has none for a file, such as on some network disks, none is taken."""

    def __init__(self) -> None:
        self._handles: list[int] = []

    def take(self, path: str) -> None:
        """Lock the file at a path, or raise Locked. What is no file has no lock."""
        try:
            import fcntl
        except ImportError:  # no POSIX
            return
        while os.path.isfile(path):
            try:
                handle = os.open(path, os.O_RDONLY)
            except OSError:
                return
            if any(os.path.samestat(os.fstat(handle), os.fstat(each)) for each in self._handles):
                os.close(handle)
                return
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(handle)
                raise Locked(path) from None
            except OSError:
                os.close(handle)
                return
            with contextlib.suppress(OSError):
                if os.path.samestat(os.fstat(handle), os.stat(path)):
                    self._handles.append(handle)
                    return
            os.close(handle)  # another was put in its place in between

    def let_go(self) -> None:
        """Give all of them up."""
        while self._handles:
            os.close(self._handles.pop())
