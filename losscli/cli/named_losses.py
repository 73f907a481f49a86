"""Which words of a command line name losses."""

from __future__ import annotations


def is_loss(name: str) -> bool:
    """Whether a loss of the package has this name, by the index: no loss is imported for it."""
    from importlib import import_module

    wanted = name.strip().lower().replace("-", "_")
    listed = import_module("losscli.losses.index").LOSSES
    return any(wanted == own or wanted in aliases for own, (_, _, aliases) in listed.items())


def loss_named(name: str) -> str | None:
    """The loss that a word names: also with parameters, or as the classes of libraries are called; None for others."""
    if is_loss(name.partition(":")[0]):
        return name
    from ..core.registry import is_sum
    from ..core.suggestions.loss_names import field_names, slug
    from ..core.suggestions.scores import instead

    called = name.removesuffix("()")
    if is_sum(called):  # without its signs it may spell another loss
        return None
    own = slug(called.rpartition(".")[2])
    for each in (own, own.removesuffix("_loss")):
        if is_loss(each):
            return each
    if nearest := instead(own):
        return nearest
    field = field_names().get(own)
    return field.loss if field is not None and is_loss(field.loss) else None


def several(word: str) -> list[str]:
    """The losses that a word names, joined by commas; none where a part is no loss."""
    whole = loss_named(word)
    if whole is not None and (":" in word or "," not in word):
        return [whole]
    named = [loss_named(part) for part in word.split(",") if part]
    return [each for each in named if each] if all(named) else []
