"""Writes losscli/losses/index.py: every loss of the package with its family, its module and its aliases."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

import losscli.losses
from losscli.core.loss import Loss

HEAD = '''"""The package's losses: name, then family, module and aliases. Written by `python docs/make.py`."""

LOSSES: dict[str, tuple[str, str, tuple[str, ...]]] = {
'''


def modules() -> Iterator[str]:
    """The modules that declare a loss, as names within losscli.losses."""
    package = losscli.losses.__name__
    for each in pkgutil.walk_packages(losscli.losses.__path__, f"{package}."):
        name = each.name.removeprefix(f"{package}.")
        if not each.ispkg and name != "index" and not name.rpartition(".")[2].startswith("_"):
            yield name


def declared() -> dict[str, tuple[str, str, tuple[str, ...]]]:
    """The losses that the modules declare. A name or an alias that two of them claim is an error."""
    losses, claimed = {}, {}
    for module in modules():
        name = module.rpartition(".")[2]
        values = vars(importlib.import_module(f"{losscli.losses.__name__}.{module}")).values()
        loss = next((value for value in values if isinstance(value, Loss) and value.name == name), None)
        if loss is None:
            raise SystemExit(f"losscli/losses/{module.replace('.', '/')}.py declares no loss named {name}")
        for spelling in (name, *loss.aliases):
            if claimed.setdefault(spelling, name) != name:
                raise SystemExit(f"{spelling} names both {claimed[spelling]} and {name}")
        losses[name] = (loss.family, module, tuple(loss.aliases))
    return dict(sorted(losses.items()))


def text() -> str:
    """The text of the index, as ruff formats it."""
    return HEAD + "".join(_entry(name, *entry) for name, entry in declared().items()) + "}\n"


def _entry(name: str, family: str, module: str, aliases: tuple[str, ...]) -> str:
    listed = ", ".join(f'"{alias}"' for alias in aliases) + ("," if len(aliases) == 1 else "")
    line = f'    "{name}": ("{family}", "{module}", ({listed})),\n'
    if len(line) <= 121:
        return line
    inner = f"        ({listed}),\n"
    if len(inner) > 121:
        inner = "        (\n" + "".join(f'            "{alias}",\n' for alias in aliases) + "        ),\n"
    return f'    "{name}": (\n        "{family}",\n        "{module}",\n{inner}    ),\n'
