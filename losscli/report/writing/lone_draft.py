"""The draft of a file that only one run may write at a time: another one finds it by its name, and locked."""

from __future__ import annotations

import contextlib
import os

from .file_lock import FileLock, Locked


def draft_alone(target: str, lock: FileLock) -> tuple[int, str] | None:
    """An empty file beside the target that is locked, and its path; raises Locked where another run has it.

    One that a killed run left is taken over. None where the system has no locks, no file can be made, or the name is
    somebody else's.
    """
    if not hasattr(os, "geteuid"):  # no POSIX
        return None
    import hashlib

    folder, name = os.path.split(target)
    path = os.path.join(folder, f".losscli-{hashlib.sha256(os.fsencode(name)).hexdigest()[:24]}")
    while True:
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        except OSError:
            return None
        try:
            ours = os.fstat(handle).st_uid == os.geteuid()
            if ours and lock.take(path) and _is_at(handle, path):
                os.ftruncate(handle, 0)
                return handle, path
        except Locked:
            os.close(handle)
            raise
        os.close(handle)
        lock.let_go()
        if not ours or _unlocked(path):
            return None
        # the run that had it has put it in its place in between


def _is_at(handle: int, path: str) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), os.stat(path))
    except FileNotFoundError:
        return False


def _unlocked(path: str) -> bool:
    """Whether the file is still there, so that it was the lock that could not be had; then it goes."""
    if not os.path.exists(path):
        return False
    with contextlib.suppress(OSError):
        if os.path.getsize(path) == 0:
            os.unlink(path)
    return True
