"""Writes losscli/losses/index.py, where each loss of the package is and what it is called, and catalogue.py beside it,
which says what each is. A run reads the first alone.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Iterator

import losscli.losses
from losscli.core.loss import Loss
from losscli.report.pages.loss_page import forms

GENERATED = ("index", "catalogue")
HEAD = '''"""The package's losses: name, then family, module and aliases. Written by `python docs/make.py`."""

LOSSES: dict[str, tuple[str, str, tuple[str, ...]]] = {
'''


CATALOGUE = '''"""What the package's losses are: name, then summary, kinds of predictions, forms of labels, libraries.

Written by `python docs/make.py`.
"""

SUMMARIES: dict[str, tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
'''


def modules() -> Iterator[str]:
    """The modules that declare a loss, as names within losscli.losses."""
    package = losscli.losses.__name__
    for each in pkgutil.walk_packages(losscli.losses.__path__, f"{package}."):
        name = each.name.removeprefix(f"{package}.")
        if not each.ispkg and name not in GENERATED and not name.rpartition(".")[2].startswith("_"):
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


def catalogue() -> str:
    """The text of the catalogue, as ruff formats it. The losses must be imported anew after they changed."""
    entries = []
    for name, (_, module, _) in declared().items():
        loss = vars(importlib.import_module(f"{losscli.losses.__name__}.{module}"))[name]
        libraries = dict.fromkeys(key.partition("@")[0] for key in (*loss.like, *loss.elsewhere))
        said = (loss.pred, forms(loss), tuple(libraries))
        kinds, labels, names = (f"({_listed(values)})" for values in said)
        summary = json.dumps(loss.summary, ensure_ascii=False)
        line = f'    "{name}": ({summary}, {kinds}, {labels}, {names}),\n'
        if len(line) > 121:
            line = (
                f'    "{name}": (\n        {summary},\n        {kinds},\n        {labels},\n        {names},\n    ),\n'
            )
        entries.append(line)
    return CATALOGUE + "".join(entries) + "}\n"


def _listed(values: tuple[str, ...]) -> str:
    return ", ".join(f'"{value}"' for value in values) + ("," if len(values) == 1 else "")


def text() -> str:
    """The text of the index, as ruff formats it."""
    return HEAD + "".join(_entry(name, *entry) for name, entry in declared().items()) + "}\n"


def _entry(name: str, family: str, module: str, aliases: tuple[str, ...]) -> str:
    listed = _listed(aliases)
    line = f'    "{name}": ("{family}", "{module}", ({listed})),\n'
    if len(line) <= 121:
        return line
    inner = f"        ({listed}),\n"
    if len(inner) > 121:
        inner = "        (\n" + "".join(f'            "{alias}",\n' for alias in aliases) + "        ),\n"
    return f'    "{name}": (\n        "{family}",\n        "{module}",\n{inner}    ),\n'
