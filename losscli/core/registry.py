"""The losses by name. A file `losscli/losses/NAME.py` declares the loss NAME; nothing else lists it."""

from __future__ import annotations

import importlib
import os
import sys
from functools import cache

from .errors import UsageProblem
from .loss import Loss
from .suggest import nearest

PACKAGE = "losscli.losses"
ENTRY_POINTS = "losscli.losses"


def names() -> list[str]:
    """The canonical names, sorted, without importing a loss."""
    folder = importlib.import_module(PACKAGE)
    found = set()
    for path in folder.__path__:
        for entry in os.listdir(path):
            if entry.endswith(".py") and not entry.startswith("_"):
                found.add(entry[:-3])
    return sorted(found)


def canonical(name: str) -> str:
    """The name with '_' for '-', in lower case."""
    return name.strip().lower().replace("-", "_")


@cache
def _load(name: str) -> Loss:
    module = importlib.import_module(f"{PACKAGE}.{name}")
    for value in vars(module).values():
        if isinstance(value, Loss) and value.name == name:
            return value
    raise TypeError(f"{module.__file__} declares no loss named {name}")


def everything() -> dict[str, Loss]:
    """All losses by canonical name: the package's own, then those of installed plugins."""
    found = {name: _load(name) for name in names()}
    for name, plugin in _plugins().items():
        if name in found:
            print(f"losscli: plugin loss {name} is skipped: the name is taken.", file=sys.stderr)
        else:
            found[name] = plugin
    return found


@cache
def _plugins() -> dict[str, Loss]:
    """Losses of other packages, by entry point. A broken plugin is reported and skipped."""
    from importlib.metadata import entry_points

    found: dict[str, Loss] = {}
    for entry in entry_points(group=ENTRY_POINTS):
        try:
            made = entry.load()
            if not isinstance(made, Loss):
                raise TypeError(f"it is {type(made).__name__}, not a loss")
            found[made.name] = made
        except Exception as problem:  # whatever a stranger's package raises
            print(f"losscli: plugin {entry.name} is skipped: {problem}", file=sys.stderr)
    return found


def find(name: str) -> Loss:
    """The loss of this name or alias; a wrong name is a UsageProblem with the nearest right one."""
    wanted = canonical(name)
    if wanted in names():
        return _load(wanted)
    spellings: dict[str, Loss] = {}
    for made in everything().values():
        for spelling in (made.name, *made.aliases):
            if spelling in spellings:
                raise TypeError(f"{spelling} names both {spellings[spelling].name} and {made.name}")
            spellings[spelling] = made
    if wanted in spellings:
        return spellings[wanted]
    hint = nearest(wanted, spellings) or "See losscli list."
    raise UsageProblem(f"There is no loss {name!r}.", hint)
