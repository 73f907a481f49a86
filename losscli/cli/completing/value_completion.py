"""Completions that depend on what was typed before: losses with their parameters, and the columns of files."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress

import click

from ...core import registry
from ...core.declarations.domain import Choice
from ...core.declarations.param import Param
from ...core.errors import LossCliError
from ..options import RunOptionType
from ..params import ParameterType
from .candidate import FILE, Candidate


def losses(current: str) -> Iterator[Candidate]:
    """Losses by name; their aliases, and losses of other packages, where what is typed can only be one of those."""
    dash = "-" if "-" in current else "_"
    wanted = registry.canonical(current)
    names = [name for name in registry.names() if name.startswith(wanted)]
    for more in (registry.spellings, lambda: registry.plugins().spellings()):
        names = names or sorted(name for name in more() if name.startswith(wanted))
    return (Candidate(name.replace("_", dash)) for name in names)


def loss_specs(current: str) -> Iterator[Candidate]:
    """`name:key=value,key=value`, as far as it is typed."""
    name, colon, rest = current.partition(":")
    if not colon:
        yield from losses(current)
        return
    with suppress(LossCliError):
        done, comma, last = rest.rpartition(",")
        before = f"{name}:{done}{comma}"
        key, equals, _ = last.partition("=")
        given = {part.partition("=")[0] for part in done.split(",")}
        for param in registry.find(name).params:
            if equals and param.name == key.replace("-", "_"):
                offers = [Candidate(f"{before}{key}={value}") for value in _values_of(param)]
            elif not equals and param.name not in given:
                offers = [Candidate(f"{before}{param.name}=", "open", param.help)]
            else:
                continue
            yield from (each for each in offers if each.value.startswith(current))


def listed(param: click.Parameter) -> list[str]:
    """The values of an option that takes one of a few."""
    if isinstance(param.type, click.Choice):
        return [str(choice) for choice in param.type.choices]
    if isinstance(param.type, RunOptionType):
        return list(param.type.option.type.choices())
    return _values_of(param.type.param) if isinstance(param.type, ParameterType) else []


def _values_of(param: Param) -> list[str]:
    if param.kind is bool:
        return ["true", "false"]
    values = [str(value) for value in param.domain.values] if isinstance(param.domain, Choice) else []
    return [*values, "none"] if param.optional and "none" not in values else values


def frameworks(ctx: click.Context) -> list[str]:
    """The conventions that the loss at hand has, or all of them."""
    name = ctx.params.get("loss") or (ctx.info_name if ctx.parent and ctx.parent.parent else None)
    if isinstance(name, str):
        with suppress(LossCliError):
            return list(registry.find(name).like)
    from ...core.declarations.conventions import FRAMEWORKS

    return list(FRAMEWORKS)


def listings(param: click.Parameter) -> list[str]:
    """What an option of `list` takes: the families, the tasks or the libraries."""
    from ...api.catalogue import TASKS

    if param.name == "task":
        return list(TASKS)
    losses = registry.listing()
    if param.name == "family":
        return list(dict.fromkeys(each.family for each in losses))
    return sorted({library for each in losses for library in each.libraries})


def reports(current: str) -> Iterator[Candidate]:
    """`KIND=PATH`: the kinds, then a file."""
    from ...report.renderers.registry import RENDERERS

    kind, mark, _ = current.partition("=")
    if mark:
        yield Candidate(kind + mark, "file")
    else:
        yield from (Candidate(f"{kind}=", "open") for kind in RENDERERS if kind.startswith(current))


def specs(ctx: click.Context, current: str) -> Iterator[Candidate]:
    """A file, or after `::` the columns of it; before `::` may stand nothing, which is the predictions' file."""
    path, mark, text = current.rpartition("::")
    if mark:
        yield from _among(_of_files([path] if path else _files(ctx)[:1]), text, path + mark)
    else:
        yield FILE


def columns(ctx: click.Context, param: click.Parameter, current: str) -> Iterator[Candidate]:
    """Names of columns between commas, of the files that were typed."""
    data = _files(ctx)
    if param.name in ("pred", "label"):
        own = data[:1] if param.name == "pred" else data[-1:]
        return _among(_of_files(own), current)
    return _among(_of_files(data), current)


def _among(names: Iterable[str], current: str, before: str = "") -> Iterator[Candidate]:
    """The names that continue a list of names. One with a comma in it cannot be typed there."""
    done, comma, last = current.rpartition(",")
    given = done.split(",")
    for name in dict.fromkeys(names):
        if name.startswith(last) and name not in given and "," not in name:
            yield Candidate(f"{before}{done}{comma}{name}")


def _files(ctx: click.Context) -> list[str]:
    """The files of the command line: predictions first, labels last."""
    given: list[str] = []
    for param in ctx.command.params:
        if isinstance(param, click.Argument) or param.name == "labels":
            value = ctx.params.get(param.name or "") or ()
            given += [value] if isinstance(value, str) else [each for each in value if isinstance(each, str)]
    paths = [text.partition("::")[0] for text in given]
    return [path for path in paths if path]


def _of_files(paths: list[str]) -> Iterator[str]:
    """The columns of files on this machine; none of a file that is not there or not whole."""
    from ...sources.open import ReadOptions, open_table

    for path in paths:
        local = os.path.expandvars(os.path.expanduser(path))
        if os.path.isfile(local):  # no pipe, which would wait, and nothing on a network
            with suppress(LossCliError, OSError):
                table = open_table(local, ReadOptions())
                yield from table.columns
                table.close()
