"""The losses by name: the package's own, by their generated index, and those of plugins."""

from __future__ import annotations

import importlib
from functools import cache
from typing import TYPE_CHECKING

from .errors import UsageProblem
from .record import record

if TYPE_CHECKING:
    from .loss import CallableLoss
    from .notes import Note
    from .plugins import Plugins

PACKAGE = "losscli.losses"


@record
class Entry:
    """What the index says of a loss, so that it need not be imported to be found."""

    family: str
    module: str  # within the package of the losses
    aliases: tuple[str, ...] = ()


@record
class Listed:
    """What a listing says of a loss: of the package's own without importing it, by the generated catalogue."""

    name: str
    summary: str
    family: str
    kinds: tuple[str, ...]
    labels: tuple[str, ...]
    libraries: tuple[str, ...]
    aliases: tuple[str, ...]
    plugin: str = ""  # the package that it is of, if it is not one of ours


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
    from .loss import CallableLoss  # NumPy, which a listing does without

    module = importlib.import_module(f"{PACKAGE}.{index()[name].module}")
    for value in vars(module).values():
        if isinstance(value, CallableLoss) and value.name == name:
            return value
    raise TypeError(f"{module.__file__} declares no loss named {name}")


def everything() -> dict[str, CallableLoss]:
    """All losses by canonical name: the package's own, then those of installed plugins."""
    return {**{name: _load(name) for name in names()}, **{name: each.loss for name, each in plugins().by_name.items()}}


def listing() -> list[Listed]:
    """All losses, the package's own by their catalogue, then those of plugins."""
    known = importlib.import_module(f"{PACKAGE}.catalogue").SUMMARIES
    losses = []
    for name, entry in sorted(index().items()):
        if name in known:
            summary, kinds, labels, libraries = known[name]
            losses.append(Listed(name, summary, entry.family, kinds, labels, libraries, entry.aliases))
        else:  # one that the catalogue does not have yet
            losses.append(_listed(_load(name)))
    return losses + [_listed(each.loss, each.origin) for each in plugins().by_name.values()]


def _listed(loss: CallableLoss, plugin: str = "") -> Listed:
    labels = loss.label(loss.resolve({})) if callable(loss.label) else loss.label
    libraries = dict.fromkeys(key.partition("@")[0] for key in (*loss.like, *loss.elsewhere))
    return Listed(
        loss.name, loss.summary, loss.family, loss.pred, tuple(labels), tuple(libraries), loss.aliases, plugin
    )


@cache
def plugins() -> Plugins:
    """Losses of other packages. Reading what is installed takes some milliseconds, and is left to the last."""
    from .plugins import load

    return load(_spellings())


def plugin_notes() -> tuple[Note, ...]:
    """What is wrong with losses of other packages; nothing where nobody has looked for them."""
    return plugins().notes if looked_for_plugins() else ()


def looked_for_plugins() -> bool:
    """Whether losses of other packages have been looked for."""
    return plugins.cache_info().currsize > 0


def origin(name: str) -> str:
    """The package and version of the plugin whose loss has this canonical name; empty for the package's own."""
    plugin = None if name in index() else plugins().by_name.get(name)
    return plugin.origin if plugin else ""


def is_sum(text: str) -> bool:
    """Whether a text is meant as a weighted sum of losses: it has a sign between names, a number, or parentheses."""
    head = text.partition(":")[0].strip()
    return any(mark in head for mark in ("+", "*", "(", ")", " -", " /", "/ ")) or head[:1] in tuple("-.0123456789")


@cache
def _composed(text: str) -> CallableLoss:
    from .sums_of_losses.compose import composed

    return composed(text, find)


def is_known(name: str) -> bool:
    """Whether a loss, or a plugin's, has this name or alias."""
    try:
        find(name)
    except UsageProblem:
        return False
    return True


def of_data_set(name: str) -> tuple[str, CallableLoss]:
    """The data set and the loss of `DATASET/LOSS`; the data set is empty where the name is of a loss alone."""
    if is_sum(name) and is_known(name):  # whose / divides
        return "", find(name)
    dataset, _, loss = name.rpartition("/")
    return dataset, find(loss)


def spellings() -> list[str]:
    """Every name and alias of the package's own losses, without importing one."""
    return list(_spellings())


def find(name: str) -> CallableLoss:
    """The loss of this name or alias, or a weighted sum of several such as `dice + 0.5 * focal(gamma=2)`.

    A wrong name is a UsageProblem with the nearest right one, and so is a sum that cannot be read.
    """
    if is_sum(name):
        return _composed(name)
    wanted, own = canonical(name), _spellings()
    if wanted in own:
        return _load(own[wanted])
    if plugin := plugins().find(wanted):
        return plugin.loss
    for note in plugins().notes:
        if note.kind == "plugin_skipped" and canonical(note.loss) == wanted:
            text = f"There is no loss {name!r}: {note}"
            raise UsageProblem(text, "See losscli list.", kind="unknown_loss", options=("loss",))
    from .suggestions.loss_names import slug, unknown_loss

    if slug(name) in own:  # BCEWithLogitsLoss is bce_with_logits_loss
        return _load(own[slug(name)])
    raise unknown_loss(name, own, plugins().spellings())
