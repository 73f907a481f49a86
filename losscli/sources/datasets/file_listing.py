"""Which files a folder or a glob means, in which order, and what their folders' names say (hive: `key=value`)."""

from __future__ import annotations

import fnmatch
import glob
import os
import re
from collections.abc import Iterable, Iterator

from ...core.errors import DataProblem
from ...core.natural_order import natural_key
from ...core.record import field, record
from ...core.safe_text import shown
from .table_logs import refuse_table_around, refuse_table_log

MOST = 100_000
_NO_DATA = ("_SUCCESS", "_metadata", "_common_metadata")  # what writers leave beside the data
_NULL = "__HIVE_DEFAULT_PARTITION__"
_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,18}")
_MAGIC = re.compile(r"[*?[]")

Value = int | str | None


@record
class Member:
    """A file of a data set: its path, its path from the data set's folder, and the values its folders name."""

    path: str
    relative: tuple[str, ...]
    values: dict[str, Value] = field(default_factory=dict)


def is_glob(path: str) -> bool:
    """Whether a path that names no file may name several."""
    return _MAGIC.search(path) is not None


def members_at(path: str) -> list[Member]:
    """The files of a data set, in their order; none where the path is a file's or nothing's."""
    if os.path.isdir(path):
        return in_folder(path)
    return of_glob(path) if is_glob(path) and not os.path.lexists(path) else []


def sha256_of(path: str) -> str:
    """The SHA-256 of a file; of a data set, what `sha256sum FILE ... | sha256sum` prints in its folder."""
    import hashlib

    lines = hashlib.sha256()
    members = members_at(path)
    for member in members or [Member(path, ())]:
        with open(member.path, "rb") as file:
            one = hashlib.file_digest(file, "sha256").hexdigest()
        if not members:
            return one
        lines.update(f"{one}  {'/'.join(member.relative)}\n".encode("utf-8", "surrogateescape"))
    return lines.hexdigest()


def in_folder(folder: str) -> list[Member]:
    """The files in a folder and the folders below it, but for hidden ones and marks of the writers."""
    refuse_table_around(folder)
    return ordered((path, _steps(path, folder)) for path in _walk(folder))


def of_glob(pattern: str) -> list[Member]:
    """The files that a glob means; a folder that it means stands for what is in it.

    Folders with an underscore are passed over as they are in a folder, unless the glob spells one.
    """
    base = fixed_part(pattern)
    refuse_table_around(base or ".")
    spelt = "/_" in pattern.replace(os.sep, "/")
    files: dict[str, tuple[str, ...]] = {}
    for path in glob.iglob(pattern, recursive=True):
        steps, folder = _steps(path, base), os.path.isdir(path)
        if not (spelt or all(map(is_data, steps if folder else steps[:-1]))):
            continue
        if folder and not pattern.endswith("**"):  # whose hits are files too
            files.update((inner, _steps(inner, base)) for inner in _walk(path))
        elif not folder and steps[-1] not in _NO_DATA:
            files[path] = steps
    for parent in {os.path.dirname(path) for path in files}:
        refuse_table_around(parent or ".")
    return ordered(files.items())


def empty_files(members: Iterable[Member]) -> frozenset[str]:
    """The paths of those that have no bytes."""
    return frozenset(member.path for member in members if not _bytes_of(member.path))


def _bytes_of(path: str) -> int:
    try:
        return os.path.getsize(path) if os.path.isfile(path) else 1
    except OSError:
        return 1  # whoever opens it says why it cannot be read


def fixed_part(pattern: str) -> str:
    """The folder that a glob starts in."""
    steps = pattern.replace(os.sep, "/").split("/")
    fixed = steps[: next(i for i, step in enumerate(steps) if _MAGIC.search(step))]
    return "/".join(fixed) + ("/" if fixed == [""] else "")


def _steps(path: str, base: str) -> tuple[str, ...]:
    return tuple(os.path.relpath(path, base or ".").replace(os.sep, "/").split("/"))


def _walk(folder: str) -> Iterator[str]:
    seen: set[str] = set()
    for where, folders, files in os.walk(folder, followlinks=True):
        if (real := os.path.realpath(where)) in seen:
            folders.clear()  # a link to a folder above
            continue
        seen.add(real)
        refuse_table_log(where, folders)
        folders[:] = [name for name in folders if is_data(name)]
        yield from (os.path.join(where, name) for name in files if is_data(name))


def is_data(name: str) -> bool:
    """Whether a name in a folder is not hidden: writers' own files start with a dot or an underscore."""
    return not name.startswith((".", "_")) or ("=" in name and not name.startswith("."))


def _order(steps: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return tuple(map(natural_key, steps)), steps  # 01 and 1 by their text


def ordered(paths: Iterable[tuple[str, tuple[str, ...]]]) -> list[Member]:
    """Members in the natural order of their names, folder by folder, with the values that their folders name."""
    listed = sorted(paths, key=lambda each: _order(each[1]))
    if len(listed) > MOST:
        raise DataProblem(f"These are more than {MOST} files.", "Name fewer.")
    keyed = [(path, steps, _keys(steps)) for path, steps in listed]
    names = {key for _, _, keys in keyed for key in keys}
    for path, _, keys in keyed:
        if lacking := names - keys.keys():
            text = f"{shown(path)} is in no folder {shown(min(lacking))}=..., unlike others of its data set."
            raise DataProblem(text, "Name files of one kind.")
    whole = {key for key in names if all(_is_whole(keys[key] or "0") for _, _, keys in keyed)}
    return [Member(path, steps, _typed(keys, whole)) for path, steps, keys in keyed]


def _keys(steps: tuple[str, ...]) -> dict[str, str | None]:
    from urllib.parse import unquote

    pairs = [step.partition("=") for step in steps[:-1] if step.find("=") > 0]
    return {unquote(key): None if value == _NULL else unquote(value) for key, _, value in pairs}


def _is_whole(text: str) -> bool:
    return _WHOLE.fullmatch(text) is not None and -(1 << 63) <= int(text) < 1 << 63


def _typed(keys: dict[str, str | None], whole: set[str]) -> dict[str, Value]:
    """Whole numbers where all of a key's values are, as in 7 but not in 007."""
    return {key: int(value) if value is not None and key in whole else value for key, value in keys.items()}


def matches(steps: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    """Whether a path fits a glob, both cut at slashes; ** is any number of folders."""
    if not pattern:
        return not steps
    if pattern[0] == "**":
        return matches(steps, pattern[1:]) or (bool(steps) and is_data(steps[0]) and matches(steps[1:], pattern))
    if not steps or (steps[0].startswith(".") and not pattern[0].startswith(".")):
        return False
    return fnmatch.fnmatchcase(steps[0], pattern[0]) and matches(steps[1:], pattern[1:])
