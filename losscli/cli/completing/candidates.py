"""What may stand where the cursor is: commands, losses, options, values, columns.

It imports the loss that is typed, and no other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from ...core.errors import LossCliError
from ..params import SectionedOption
from ..program import COMMANDS, LazyCommands, program
from .candidate import DIR, FILE, Candidate


def candidates(words: Sequence[str], current: str) -> list[Candidate]:
    """What may stand for the word that is typed, after these words; nothing where one of them is wrong."""
    try:
        # a name that would garble a terminal is left out; the rest is quoted for the shell
        return [each for each in _candidates(words, current) if each.value.isprintable()]
    except (LossCliError, click.UsageError):
        return []


def _candidates(words: Sequence[str], current: str) -> Iterator[Candidate]:
    ctx = click.Context(program, info_name="losscli", resilient_parsing=True, **program.context_settings)
    rest = list(words)
    while isinstance(ctx.command, click.Group):
        at = _first_argument(ctx.command, rest)
        if at is None:
            yield from _in_group(ctx, rest, current)
            return
        name, rest = rest[at], rest[at + 1 :]
        command = ctx.command.get_command(ctx, name)
        if command is None:
            return
        ctx = click.Context(command, parent=ctx, info_name=name, resilient_parsing=True)
    yield from _in_command(ctx, rest, current)


def _first_argument(command: click.Command, words: list[str]) -> int | None:
    """Where the first word stands that is neither an option nor the value of one."""
    skip = False
    for i, word in enumerate(words):
        if skip or word.startswith("-"):
            skip = not skip and _option(command, word) is not None
        else:
            return i
    return None


def _option(command: click.Command, word: str) -> click.Option | None:
    """The option of this name, if it takes a value."""
    for param in command.params:
        if isinstance(param, click.Option) and word in param.opts and not (param.is_flag or param.count):
            return param
    return None


def _in_group(ctx: click.Context, words: list[str], current: str) -> Iterator[Candidate]:
    param = _option(ctx.command, words[-1]) if words else None
    if param is not None:
        yield from _values(ctx, param, current)
    elif current.startswith("-"):
        yield from _options(ctx, words, current)
    elif isinstance(ctx.command, LazyCommands):
        yield from (Candidate(name, help=text) for name, text in COMMANDS.items() if name.startswith(current))
    else:
        from .value_completion import losses

        yield from losses(current)


def _in_command(ctx: click.Context, words: list[str], current: str) -> Iterator[Candidate]:
    """Of a command: the value of an option, the name of one, or an argument."""
    ended = "--" in words
    waiting = _option(ctx.command, words[-1]) if words and not ended else None
    # click forgets the arguments when the last option lacks its value
    ctx = _parsed(ctx, words[:-1] if waiting else words)
    if waiting is not None:
        yield from _values(ctx, waiting, current)
    elif current.startswith("-") and not ended:
        name, mark, value = current.partition("=")
        param = _option(ctx.command, name) if mark else None
        if param is not None:
            for each in _values(ctx, param, value):
                yield Candidate(f"{name}={each.value}", each.kind, each.help)
        else:
            yield from _options(ctx, words, current)
    else:
        argument = _argument(ctx)
        yield from _values(ctx, argument, current) if argument else _options(ctx, words, current)


def _parsed(ctx: click.Context, words: list[str]) -> click.Context:
    return ctx.command.make_context(ctx.info_name, list(words), parent=ctx.parent, resilient_parsing=True)


def _argument(ctx: click.Context) -> click.Argument | None:
    """The first argument that still takes a value."""
    for param in ctx.command.params:
        if isinstance(param, click.Argument) and (param.nargs == -1 or not ctx.params.get(param.name or "")):
            return param
    return None


def _options(ctx: click.Context, words: Sequence[str], current: str) -> Iterator[Candidate]:
    """The names of the options that start so; one that was given is offered again only if it may be."""
    for param in ctx.command.get_params(ctx):
        if not isinstance(param, click.Option) or param.hidden:
            continue
        given = not param.multiple and any(name in words for name in (*param.opts, *param.secondary_opts))
        names = [name for name in (*param.opts, *param.secondary_opts) if len(name) > 2 or name == current]
        if not given:
            text = (param.help or "").partition(".  ")[0]
            yield from (Candidate(name, help=text) for name in names if name.startswith(current))


def _values(ctx: click.Context, param: click.Parameter, current: str) -> Iterator[Candidate]:
    """The values of an option or argument: those of its type where it has a few, else of the kind that it says."""
    from . import value_completion  # which needs the options' types, and they NumPy

    values = value_completion.listed(param)
    kind = _completes(param)
    if values:
        yield from (Candidate(value) for value in values if value.startswith(current))
    elif kind == "loss":
        yield from value_completion.loss_specs(current)
    elif kind == "loss name":
        yield from value_completion.losses(current)
    elif kind == "framework":
        yield from (Candidate(name) for name in value_completion.frameworks(ctx) if name.startswith(current))
    elif kind == "listed":
        yield from (Candidate(name) for name in value_completion.listings(param) if name.startswith(current))
    elif kind == "report":
        yield from value_completion.reports(current)
    elif kind == "columns":
        yield from value_completion.columns(ctx, param, current)
    elif kind == "directory":
        yield DIR
    elif kind == "spec":
        yield from value_completion.specs(ctx, current)
    elif kind == "file":
        yield FILE


def _completes(param: click.Parameter) -> str:
    """The kind of an option's or argument's values."""
    if isinstance(param, SectionedOption):
        return param.completes
    if isinstance(param, click.Argument):
        return "loss name" if param.name in ("loss", "words") else "spec"
    return "file" if "FILE" in (param.metavar or "") else ""  # --config before the command's name
