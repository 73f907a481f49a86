"""The file of options: `losscli.toml`, or `[tool.losscli]` of a pyproject.toml, found upwards to the repository."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from ...core.errors import UsageProblem
from ...core.record import record
from ...core.safe_text import shown

OWN, SHARED = "losscli.toml", "pyproject.toml"
LARGEST = 1 << 20  # bytes; a file of options has a few hundred


@record
class ConfigFile:
    """A file of options: its name to show, its path, its table, and the keys that lead to the table."""

    name: str
    path: str
    table: dict[str, Any]
    prefix: tuple[str, ...] = ()


def found_file(wanted: str | None) -> ConfigFile | None:
    """The file that --config names, or the first one upwards; None for `none` and where there is none."""
    if wanted == "none":
        return None
    if wanted is not None:
        named = _read(wanted, named=True)
        if named is None:
            raise UsageProblem(f"{shown(wanted)} has no table [tool.losscli].", "Name another file with --config.")
        return named
    for path in _upwards():
        nearest = _read(path, named=False)
        if nearest is not None:
            return nearest
    return None


def _upwards() -> Iterator[str]:
    """The files from the current folder to the repository's top, or to the root."""
    try:
        folder = os.getcwd()
    except OSError:  # it was removed
        return
    while True:
        for name in (OWN, SHARED):
            path = os.path.join(folder, name)
            if os.path.isfile(path) and not _strangers(path, folder):
                yield path
        parent = os.path.dirname(folder)
        if parent == folder or os.path.exists(os.path.join(folder, ".git")):
            return
        folder = parent


def _strangers(path: str, folder: str) -> bool:
    """Whether another user left the file where everybody may, as in /tmp: it could change numbers unnoticed."""
    if not hasattr(os, "getuid"):
        return False
    everybody = bool(os.stat(folder).st_mode & 0o002)
    return everybody and os.lstat(path).st_uid not in (os.getuid(), 0)


def _read(path: str, named: bool) -> ConfigFile | None:
    """The table of a file; None for a pyproject.toml without one."""
    name = shown(path if named else os.path.relpath(path))
    try:
        with open(path, "rb") as file:
            content = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise UsageProblem(f"There is no file {name}.", "--config takes a file, or none.") from None
    except (OSError, ValueError) as problem:  # ValueError: a NUL in the name
        why = getattr(problem, "strerror", None) or str(problem)
        raise UsageProblem(f"{name} cannot be read: {why.lower()}.") from None
    in_project = os.path.basename(path) == SHARED
    if in_project and b"losscli" not in content:
        return None  # without importing a TOML reader
    table = _parsed(content, name)
    inner = table.get("tool", {})
    if isinstance(inner, dict) and "losscli" in inner and (in_project or set(table) == {"tool"}):
        if not isinstance(inner["losscli"], dict):
            raise UsageProblem(f"{name}: tool.losscli must be a table.", "Write [tool.losscli].")
        return ConfigFile(name, path, inner["losscli"], ("tool", "losscli"))
    return None if in_project else ConfigFile(name, path, table)


def _parsed(content: bytes, name: str) -> dict[str, Any]:
    import tomllib

    if len(content) > LARGEST:
        raise UsageProblem(f"{name} has more than {LARGEST} bytes.", "A file of options is small.")
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as problem:
        raise UsageProblem(f"{name} is not UTF-8, at byte {problem.start}.", "Save it as UTF-8.") from None
    except (tomllib.TOMLDecodeError, RecursionError) as problem:
        why = str(problem) or "too deeply nested"
        raise UsageProblem(
            f"{name} is not TOML: {why[:1].lower()}{why[1:]}.", "Mend it, or use --config none."
        ) from None
