"""Losses of other packages, by entry point. Read only where a name is unknown, or all losses are listed."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from .notes import Note
from .record import record, replace
from .safe_text import shown

if TYPE_CHECKING:
    from importlib.metadata import Distribution, EntryPoint

    from .loss import CallableLoss

ENTRY_POINTS = "losscli.losses"
_NAME = re.compile(r"[a-z][a-z0-9_]*")


@record
class Plugin:
    """A loss of another package, and the spellings by which it is called: its name, and aliases that are free."""

    loss: CallableLoss
    package: str
    version: str
    spellings: tuple[str, ...]

    @property
    def origin(self) -> str:
        """The package and its version."""
        return f"{self.package} {self.version}".strip()


@record
class Plugins:
    """The losses of other packages by name, and what is wrong with some of them."""

    by_name: dict[str, Plugin]
    notes: tuple[Note, ...]

    def find(self, spelling: str) -> Plugin | None:
        """The plugin that is called so."""
        return next((each for each in self.by_name.values() if spelling in each.spellings), None)

    def spellings(self) -> list[str]:
        """Every name and alias."""
        return [spelling for each in self.by_name.values() for spelling in each.spellings]


def load(own: Collection[str]) -> Plugins:
    """The losses of all installed packages. What is broken is skipped and noted, whatever it raises.

    Args:
        own: the names and aliases of the package's own losses, which no plugin takes.
    """
    plugins: dict[str, Plugin] = {}
    notes: list[Note] = []
    taken = dict.fromkeys(own, "losscli itself")
    for distribution, entry in _entries(notes):
        origin = Plugin(None, *_origin(distribution), ())  # type: ignore[arg-type]  # the loss is still to be loaded
        what = f"plugin {entry.name} of {origin.origin}"
        try:
            loss = _loaded(entry)
        except KeyboardInterrupt:
            raise
        except BaseException as problem:  # a stranger's package may even end the program
            notes.append(_skipped(what, entry, _said(problem)))
            continue
        names = dict.fromkeys(map(_canonical, (loss.name, *loss.aliases)))
        if loss.name in taken:
            notes.append(_skipped(what, entry, f"{loss.name} is already the name of a loss of {taken[loss.name]}"))
            continue
        for alias in [name for name in names if name in taken]:
            text = f"{what}: its name {shown(alias)} is left out, which is already that of a loss of {taken[alias]}."
            notes.append(Note(text, kind="plugin_name_taken", loss=loss.name))
        free = tuple(name for name in names if name not in taken)
        taken |= dict.fromkeys(free, origin.package)
        plugins[loss.name] = replace(origin, loss=loss, spellings=free)
    return Plugins(dict(sorted(plugins.items())), tuple(notes))


def _entries(notes: list[Note]) -> Iterator[tuple[Distribution, EntryPoint]]:
    """The entry points of the group, in an order that depends on their names alone; a package counts once."""
    path = _path()
    if not any(map(_may_have_some, path)):
        return
    from importlib.metadata import distributions  # costs more than all else of a listing

    entries: dict[tuple[str, str], tuple[Distribution, EntryPoint]] = {}
    for distribution in distributions(path=path):
        try:
            if ENTRY_POINTS not in (distribution.read_text("entry_points.txt") or ""):
                continue
            package = _canonical(_origin(distribution)[0])
            for entry in distribution.entry_points.select(group=ENTRY_POINTS):
                entries.setdefault((package, entry.name), (distribution, entry))
        except Exception as problem:
            where = getattr(distribution, "_path", "a package")
            text = f"The entry points of {shown(str(where))} cannot be read, and its losses are skipped: "
            notes.append(Note(text + _said(problem) + ".", kind="plugin_skipped"))
    for key in sorted(entries):
        yield entries[key]


def _may_have_some(folder: str) -> bool:
    """Whether some package there may have losses: a look at the files that name entry points."""
    try:
        if not os.path.isdir(folder):
            return os.path.isfile(folder)  # a zip file, which is left to the library
        infos = [entry for entry in os.listdir(folder) if entry.endswith(("-info", ".egg"))]
        return any(map(_names_the_group, (os.path.join(folder, entry) for entry in infos)))
    except OSError:
        return True


def _names_the_group(info: str) -> bool:
    try:
        inner = "EGG-INFO" if info.endswith(".egg") else ""
        with open(os.path.join(info, inner, "entry_points.txt"), "rb") as file:
            return ENTRY_POINTS.encode() in file.read()
    except (FileNotFoundError, NotADirectoryError):
        return False


def _path() -> list[str]:
    """Where packages are looked for: nothing is loaded because of a file in the current folder."""
    try:
        here = os.path.realpath(os.getcwd())
    except OSError:  # it is gone
        here = ""
    return [folder for folder in sys.path if folder and os.path.realpath(folder) != here]


def _origin(distribution: Distribution) -> tuple[str, str]:
    metadata = distribution.metadata
    return shown(metadata["Name"] or "a package without a name"), shown(metadata["Version"] or "")


def _loaded(entry: EntryPoint) -> CallableLoss:
    """The loss of an entry point. What its package prints while it is imported is no result."""
    from .loss import CallableLoss

    with contextlib.redirect_stdout(sys.stderr):
        loss = entry.load()
    if not isinstance(loss, CallableLoss):
        raise TypeError(f"{entry.value} is {type(loss).__name__}, and not a loss that @loss made")
    if not isinstance(loss.name, str) or not _NAME.fullmatch(loss.name):
        raise ValueError(f"the name of its loss, {loss.name!r}, is not made of small letters, digits and _")
    if not all(isinstance(alias, str) for alias in loss.aliases):
        raise TypeError(f"the aliases of {loss.name} are not all texts")
    return loss


def _skipped(what: str, entry: EntryPoint, why: str) -> Note:
    return Note(f"{what} is skipped: {why}.", kind="plugin_skipped", loss=entry.name)


def _said(problem: BaseException) -> str:
    """What was raised, in one line that ends without a full stop."""
    try:
        text = str(problem)
    except Exception:  # not even that works
        text = ""
    line = shown(" ".join(text.split()), 300).rstrip(".")
    return f"{type(problem).__name__}: {line}" if line else type(problem).__name__


def _canonical(name: str) -> str:
    return name.strip().lower().replace("-", "_")
