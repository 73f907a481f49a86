"""Which option a key of the configuration means, and which options only the command line may give."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import click

from ...api.options.option_types import Flag, Names
from ...api.options.run_option import OF_THE_LOSS, TYPED_FILE
from ...core import registry
from ...core.did_you_mean import nearest
from ...core.errors import UsageProblem
from ...core.record import record
from ..options import RunOptionType
from ..params import ParameterType, SectionedOption
from ..per_loss import Losses
from ..program import COMMANDS, program

SUITE = "suite"  # the table of `losscli batch` that names its data sets; read there

OptionsByKey = dict[str, SectionedOption]


def options_by_key(command: click.Command, shared: bool) -> OptionsByKey:
    """The options of a command by their long names; `shared` leaves out what belongs to the loss."""
    return {
        param.key: param
        for param in command.params
        if isinstance(param, SectionedOption)
        and param.name != "config"
        and not (shared and param.section in OF_THE_LOSS)
    }


def variable(key: str) -> str:
    """The environment variable of a key: LOSSCLI_MAX_MEMORY of max-memory."""
    return "LOSSCLI_" + key.replace("-", "_").upper()


def as_typed(param: SectionedOption, value: Any) -> Any:
    """A TOML value as the command line would give it, so that it is checked in the same way."""
    key = param.key
    if param.is_flag:
        return _yes_or_no(key, value)
    if param.multiple:
        return [_text(key, each) for each in (value if isinstance(value, list) else [value])]
    if not isinstance(value, list):
        text = _text(key, value)
    elif isinstance(param.type, RunOptionType) and isinstance(param.type.option.type, Names):
        return tuple(_text(key, each) for each in value)  # a name may hold a comma there
    elif any("," in _text(key, each) for each in value):
        raise UsageProblem(f"{key}: a text with a comma cannot stand in a list.")
    else:
        text = ",".join(_text(key, each) for each in value)
    if isinstance(param.type, ParameterType) and param.type.names_a_file(text):
        raise UsageProblem(f"{key} must be a number there, got {text}.", TYPED_FILE)
    return text


def _yes_or_no(key: str, value: Any) -> bool:
    """Also of a loss's own flags, which no table of run options knows."""
    try:
        return Flag().parse(value) if isinstance(value, str) else Flag().check(value)
    except ValueError:
        raise UsageProblem(f"{key} must be {Flag().rule()}, got {value}.") from None


def _text(key: str, value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return repr(value)
    raise UsageProblem(f"{key} must be a text, a number, or true or false.")


@record
class OptionTable:
    """A table of the file: what it sets, and which options it may set. `path` are the keys that lead to it."""

    path: tuple[str, ...]
    table: dict[str, Any]
    options: OptionsByKey
    others: Callable[[], Iterator[OptionsByKey]]
    hint: str = "Parameters of a loss stand in a table of its own, such as [compute.focal]."

    def elsewhere(self, key: str) -> SectionedOption | None:
        """The option of a key that this command does not have, but another does."""
        return next((options[key] for options in self.others() if key in options), None)

    def every_key(self) -> set[str]:
        """All keys that may stand here, refused ones left out."""
        every = (self.options, *self.others())
        return {key for options in every for key, param in options.items() if not param.why_typed}


def words_of(ctx: click.Context) -> tuple[str, ...]:
    """The words of a command: compute, focal."""
    names: list[str] = []
    while ctx.parent is not None:
        loss = getattr(ctx.command, "loss", None)  # whose name may be quoted for the shell in the context
        names.insert(0, loss.name if loss is not None else ctx.info_name or "")
        ctx = ctx.parent
    return tuple(names)


def tables_for(ctx: click.Context, table: dict[str, Any], file: str = "") -> list[OptionTable]:
    """The tables that concern a command, the most general first. Those of other commands are only known by name."""
    command, *loss = words_of(ctx)
    plain, tables = _parted(table)
    tables.pop(SUITE, None)
    shared = options_by_key(ctx.command, shared=True)
    concerned = [OptionTable((), plain, shared, lambda: _others(tuple(COMMANDS)))]
    for name in tables:
        if name not in COMMANDS:
            raise UsageProblem(
                f"{file} has a table {name}, and there is no such command.",
                nearest(name, COMMANDS) or f"Commands are {', '.join(COMMANDS)}.",
            )
    if command in tables:
        plain, tables = _parted(tables[command])
        concerned.append(OptionTable((command,), plain, shared, lambda: _others((command,))))
        concerned += [
            OptionTable(
                (command, name),
                inner,
                options_by_key(ctx.command, shared=False),
                lambda: iter(()),
                f"See {ctx.command_path} --help.",
            )
            for name, inner in tables.items()
            if _same_loss(name, loss, f"{file} has a table {command}.{name}")
        ]
    return concerned


def _parted(table: dict[str, Any]) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """What a table sets, and the tables in it."""
    tables = {key: value for key, value in table.items() if isinstance(value, dict)}
    return {key: value for key, value in table.items() if key not in tables}, tables


def _same_loss(name: str, loss: list[str], place: str) -> bool:
    """Whether a table is of the loss at hand; one of no loss is an error."""
    if not loss:
        raise UsageProblem(f"{place}, and this command has no tables for losses.", "Write its keys without one.")
    if registry.canonical(name) == loss[0]:
        return True
    if registry.canonical(name) in registry.names():
        return False  # without importing it
    try:
        return registry.find(name).name == loss[0]
    except UsageProblem as problem:
        raise UsageProblem(f"{place}: there is no loss {name!r}.", problem.hint, **problem.fields) from None


def _of_loss(command: Losses, ctx: click.Context, loss: str) -> OptionsByKey:
    return options_by_key(command.get_command(ctx, loss), shared=True)


def _others(names: tuple[str, ...]) -> Iterator[OptionsByKey]:
    """The shared options of the commands, one loss for each first: most of them are alike."""
    ctx = click.Context(program, info_name="losscli", **program.context_settings)
    rest: list[Iterator[OptionsByKey]] = []
    for name in names:
        command = program.get_command(ctx, name)
        if isinstance(command, Losses):
            made = map(partial(_of_loss, command, ctx), registry.everything())
            yield next(made)
            rest.append(made)
        elif command is not None:
            yield options_by_key(command, shared=True)
    for each in rest:
        yield from each
