"""The losses by name: the package's own, by their generated index, and those of plugins."""

from __future__ import annotations

import importlib
import sys
from functools import cache

from .did_you_mean import nearest
from .errors import UsageProblem
from .loss import CallableLoss
from .record import record

PACKAGE = "losscli.losses"
ENTRY_POINTS = "losscli.losses"


@record
class Entry:
    """What the index says of a loss, so that it need not be imported to be found."""

    family: str
    module: str  # within the package of the losses
    aliases: tuple[str, ...] = ()


@cache
def index() -> dict[str, Entry]:
    """The package's own losses by canonical name, as the generated index lists them."""
    listed: dict[str, tuple[str, str, tuple[str, ...]]] = importlib.import_module(f"{PACKAGE}.index").LOSSES
    return {name: Entry(*entry) for name, entry in listed.items()}


@cache
def _spellings() -> dict[str, str]:
    """The canonical name of every name and alias of the package's own losses."""
    return {spelling: name for name, entry in index().items() for spelling in (name, *entry.aliases)}


def names() -> list[str]:
    """The canonical names, sorted, without importing a loss."""
    return sorted(index())


def canonical(name: str) -> str:
    """The name with '_' for '-', in lower case."""
    return name.strip().lower().replace("-", "_")


@cache
def _load(name: str) -> CallableLoss:
    module = importlib.import_module(f"{PACKAGE}.{index()[name].module}")
    for value in vars(module).values():
        if isinstance(value, CallableLoss) and value.name == name:
            return value
    raise TypeError(f"{module.__file__} declares no loss named {name}")


def everything() -> dict[str, CallableLoss]:
    """All losses by canonical name: the package's own, then those of installed plugins."""
    losses = {name: _load(name) for name in names()}
    for name, plugin in _plugins().items():
        if name in losses:
            print(f"losscli: plugin loss {name} is skipped: the name is taken.", file=sys.stderr)
        else:
            losses[name] = plugin
    return losses


@cache
def _plugins() -> dict[str, CallableLoss]:
    """Losses of other packages, by entry point. A broken plugin is reported and skipped."""
    from importlib.metadata import entry_points

    plugins: dict[str, CallableLoss] = {}
    for entry in entry_points(group=ENTRY_POINTS):
        try:
            plugin = entry.load()
            if not isinstance(plugin, CallableLoss):
                raise TypeError(f"it is {type(plugin).__name__}, not a loss")
            plugins[plugin.name] = plugin
        except Exception as problem:  # whatever a stranger's package raises
            print(f"losscli: plugin {entry.name} is skipped: {problem}", file=sys.stderr)
    return plugins


def is_known(name: str) -> bool:
    """Whether a loss, or a plugin's, has this name or alias."""
    try:
        find(name)
    except UsageProblem:
        return False
    return True


def find(name: str) -> CallableLoss:
    """The loss of this name or alias; a wrong name is a UsageProblem with the nearest right one."""
    wanted, own = canonical(name), _spellings()
    if wanted in own:
        return _load(own[wanted])
    plugins = {spelling: made for made in _plugins().values() for spelling in (made.name, *made.aliases)}
    if wanted in plugins:
        return plugins[wanted]
    from . import scores

    if score := scores.sentence(name):
        raise UsageProblem(*score, kind="unknown_loss", options=("loss",))
    hint = nearest(wanted, [*own, *plugins]) or "See losscli list."
    raise UsageProblem(f"There is no loss {name!r}.", hint, kind="unknown_loss", options=("loss",))
