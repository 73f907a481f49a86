"""A lock on a file, held until it is let go or the process ends, however it ends."""

from __future__ import annotations

import contextlib
import os

from ...core.errors import UsageProblem


class Locked(Exception):
    """Another process holds the lock."""


def written_by_another(path: str) -> UsageProblem:
    """What to say of an output that another run holds."""
    return UsageProblem(
        f"{path} is being written by another run.",
        "Wait for its end, or name another file with -o.",
        kind="locked",
        file=path,
    )


class FileLock:
    """Locks of this process. Where the system has none for a file, such as on some network disks, none is taken."""

    def __init__(self) -> None:
        self._handles: list[int] = []

    def take(self, path: str) -> bool:
        """Lock the file at a path, or raise Locked. Whether there is a lock: what is no file has none."""
        try:
            import fcntl
        except ImportError:  # no POSIX
            return False
        while os.path.isfile(path):
            try:
                handle = os.open(path, os.O_RDONLY)
            except OSError:
                return False
            if any(os.path.samestat(os.fstat(handle), os.fstat(each)) for each in self._handles):
                os.close(handle)
                return True
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(handle)
                raise Locked(path) from None
            except OSError:
                os.close(handle)
                return False
            with contextlib.suppress(OSError):
                if os.path.samestat(os.fstat(handle), os.stat(path)):
                    self._handles.append(handle)
                    return True
            os.close(handle)  # another was put in its place in between
        return False

    def let_go(self) -> None:
        """Give all of them up."""
        while self._handles:
            os.close(self._handles.pop())
