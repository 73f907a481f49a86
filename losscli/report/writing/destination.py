"""What a path of an output means to the system: a stream of a process, a file that can be replaced, or one that can
only be written over, such as a file that a container is given by itself."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterable, Iterator

_STREAM = re.compile(r"(?:/proc/(?P<process>self|thread-self|\d+)(?:/task/\d+)?/fd|/dev/fd)")
_OCTAL = re.compile(r"\\([0-7]{3})")
NOT_RENAMED = (errno.EBUSY, errno.EXDEV, errno.EPERM)  # a mount, another file system, another's file in a sticky folder
NOT_MADE = (errno.EACCES, errno.EPERM, errno.EROFS)  # a folder in which no file can be made


def stream_behind(path: str) -> int | str | None:
    """The descriptor of this process that a path such as /dev/stdout means, or the path in /proc of another process's.

    None for a path of a file. The file behind a stream is somebody's log: what is written there joins it.
    """
    for _ in range(40):  # links that lead to each other end somewhere
        folder, name = os.path.split(os.path.abspath(path))
        match = _STREAM.fullmatch(os.path.realpath(folder))
        if match and name.isdigit():
            process = match["process"]
            own = process in (None, "self", "thread-self", str(os.getpid()))
            return int(name) if own else os.path.join(folder, name)
        if not os.path.islink(path):
            return None
        path = os.path.join(folder, os.readlink(path))
    return None


def opened_stream(stream: int | str) -> int:
    """A descriptor that writes to a stream where it stands; never from its start, as opening it anew would."""
    if isinstance(stream, str):
        return os.open(stream, os.O_WRONLY | os.O_APPEND)
    handle = os.dup(stream)
    try:
        import fcntl

        if fcntl.fcntl(handle, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
            os.close(handle)
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
    except ImportError:  # no POSIX, and so no such path
        pass
    return handle


def can_be_replaced(path: str) -> bool:
    """Whether another file may be renamed onto this one, as far as that can be told before; `path` has no links."""
    try:
        target, folder = os.stat(path), os.stat(os.path.dirname(path) or ".")
    except OSError:
        return True
    if folder.st_mode & stat.S_ISVTX and hasattr(os, "geteuid"):
        return os.geteuid() in (0, target.st_uid, folder.st_uid)
    return path not in _mounts()


def _mounts() -> Iterator[str]:
    """What is mounted, files among them; empty where the system does not say."""
    try:
        with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
            yield from (_OCTAL.sub(lambda code: chr(int(code[1], 8)), line.split(" ")[4]) for line in file)
    except (OSError, IndexError):
        return


def write_over(target: int, size: int, pieces: Iterable[bytes]) -> None:
    """Write `size` bytes in place of what a file holds, and sync them.

    The room is taken first: on a full disk the file stays as it was.
    """
    before = os.fstat(target).st_size
    if size > before and hasattr(os, "posix_fallocate"):
        try:
            os.posix_fallocate(target, before, size - before)
        except OSError as problem:
            if problem.errno not in (errno.EINVAL, errno.EOPNOTSUPP, errno.ENOSYS):
                os.ftruncate(target, before)
                raise
    os.lseek(target, 0, os.SEEK_SET)
    for piece in pieces:
        write_all(target, piece)
    os.ftruncate(target, size)
    os.fsync(target)


def write_all(handle: int, content: bytes) -> None:
    """Write all of it, in as many pieces as the system takes."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(handle, rest) :]
