"""The program and the table of its commands, each of which is imported when it is called. Imports click alone."""

from __future__ import annotations

from importlib import import_module

import click

from ..core.version import __version__

CONFIG = "losscli.config"  # where click's context holds what --config says
COMMANDS = {
    "compute": "Compute one loss of predictions and labels.",
    "batch": "Compute losses of many files, one result a line.",
    "compare": "Test whether one model is worse than another on the same rows.",
    "gate": "Fail a build where a loss is too high or has risen.",
    "why": "Say what each group of rows adds to the difference of two models.",
    "inspect": "Describe files, and check that predictions and labels belong together.",
    "reconcile": "Find out how a number was computed, or list what each framework gives.",
    "plot": "Draw pictures of reports.",
    "list": "List the losses.",
    "show": "Explain one loss: formula, parameters, inputs, names in frameworks.",
    "vectors": "Print test vectors of one loss, for an implementation in another language.",
    "merge": "Add up results that were computed of parts of the rows.",
    "verify": "Compute the numbers of a report again, and say what changed.",
    "schema": "Print the JSON Schema of a report, a suite or test vectors.",
    "completion": "Print the script that completes losscli in a shell.",
}


class LazyCommands(click.Group):
    """A group whose commands live in modules of their own, imported when called."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """`losscli help` and `losscli help focal` are what people type before they know of --help."""
        if args[:1] == ["help"]:
            args = [*_commands_of(args[1:]), "--help"]
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f".commands.{cmd_name}", __package__).command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            from ..core.did_you_mean import nearest
            from .other_words import command_to_type

            what, hint = command_to_type(args, COMMANDS)
            if not hint:
                what = f"There is no command {name!r}."
                hint = nearest(name, COMMANDS) or f"Commands are {', '.join(COMMANDS)}."
            raise click.UsageError(f"{what} {hint}", ctx)
        return super().resolve_command(ctx, args)


def _commands_of(words: list[str]) -> list[str]:
    """The command whose help is meant: that of a loss, where a loss is named alone."""
    if words and words[0] not in COMMANDS:
        from ..core import registry

        if registry.is_known(words[0]):
            return ["compute", *words]
    return words


@click.command(
    cls=LazyCommands,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Example: losscli compute focal --gamma 2 preds.npy labels.npy\n\n"
    "losscli COMMAND --help explains a command, losscli compute LOSS --help the options of one loss.",
)
@click.version_option(__version__, message="losscli %(version)s")
@click.option("--config", metavar="FILE|none", help="Options from this file, or from none.  [default: found upwards]")
@click.pass_context
def program(ctx: click.Context, config: str | None) -> None:
    """Compute a loss from files of predictions and labels."""
    if config is not None:
        ctx.meta[CONFIG] = config  # read when a command asks for its defaults
