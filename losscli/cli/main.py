"""The program: its commands, and how every way of ending becomes an exit code. Imports click alone."""

from __future__ import annotations

import os
import sys
from importlib import import_module

import click

from ..core.errors import LossCliError
from ..core.record import mutable
from ..core.version import __version__
from .streams import hush, say

COMMANDS = {
    "compute": "One loss of one data set.",
    "inspect": "What files hold, and whether they belong together.",
    "compare": "Is a candidate worse than the base?",
    "reconcile": "Which convention made a number.",
    "batch": "Many data sets and losses.",
    "gate": "Hold a report to rules.",
    "merge": "The exact value of shards.",
    "verify": "Compute a report again.",
    "list": "The losses, a line each.",
    "show": "All about one loss.",
    "schema": "The JSON Schema of a document.",
    "completion": "The script that completes losscli in a shell.",
}


class LazyCommands(click.Group):
    """A group whose commands live in modules of their own, imported when called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        found = import_module(f".commands.{cmd_name}", __package__).command
        assert isinstance(found, click.Command)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        from ..core.did_you_mean import nearest

        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            hint = nearest(name, COMMANDS) or f"Commands are {', '.join(COMMANDS)}."
            raise click.UsageError(f"There is no command {name!r}. {hint}", ctx)
        return super().resolve_command(ctx, args)


@click.command(
    cls=LazyCommands,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Example: losscli compute focal --gamma 2 preds.npy labels.npy",
)
@click.version_option(__version__, message="losscli %(version)s")
@click.option("--config", metavar="FILE|none", help="Options from this file, or from none.  [default: found upwards]")
@click.pass_context
def program(ctx: click.Context, config: str | None) -> None:
    """What is the loss? The number, from files, without a framework."""
    if config is not None:
        ctx.meta["losscli.config"] = config  # read when a command asks for its defaults


FINDINGS = (1, 4, 5)  # a gate failed, part of a batch failed, inconclusive: answers, not errors


@mutable
class Ending:
    """What a command's options say about the exit code."""

    exit_zero: bool = False


def run(arguments: list[str]) -> int:
    """Run with these arguments; the exit code is CONTRACT's."""
    if "_LOSSCLI_COMPLETE" in os.environ:  # the shell asks, through the script of `losscli completion`
        from .completing.completion import answer

        return answer(arguments)
    ending = Ending()
    code = _ran(arguments, ending)
    return 0 if ending.exit_zero and code in FINDINGS else code


def _ran(arguments: list[str], ending: Ending) -> int:
    stdout = sys.stdout
    try:
        code = program.main(arguments, prog_name="losscli", standalone_mode=False, obj=ending)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except SystemExit:
        if sys.stdout is stdout:
            raise
        # click's end on a closed pipe: it has wrapped stdout, and its own 1 would read as a failed gate
        sys.stdout = stdout
        hush(stdout)
        return 141
    except click.exceptions.NoArgsIsHelpError as problem:
        click.echo(problem.format_message(), err=True)
        return 2
    except click.UsageError as problem:
        where = problem.ctx.command_path if problem.ctx else "losscli"
        return _ended(f"{_sentence(problem)} See {where} --help.", 2)
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except (click.Abort, KeyboardInterrupt):
        return _ended("interrupted.", 130)
    except LossCliError as problem:
        return _ended(str(problem), problem.exit_code)
    except MemoryError:
        return _ended("There is not enough memory for this input.", 3)
    except OSError as problem:
        hush(stdout)
        what = (problem.strerror or str(problem)).lower()
        return _ended(f"{problem.filename or 'Reading or writing'} failed: {what}.", 2)
    except Exception as problem:
        return _bug(problem)


def _sentence(problem: click.UsageError) -> str:
    """What click found, in one line that ends like a sentence."""
    if isinstance(problem, click.NoSuchOption):
        from ..core.did_you_mean import nearest

        options = problem.ctx.command.params if problem.ctx else []
        names = (name for option in options for name in option.opts)
        hint = nearest(problem.option_name.lstrip("-"), names, lambda name: name.lstrip("-"))
        return f"No such option {problem.option_name}. {hint}".rstrip()
    text = " ".join(problem.format_message().split())
    return text if text.endswith((".", "?")) else text + "."


def _bug(problem: Exception) -> int:
    if os.environ.get("LOSSCLI_DEBUG"):
        import traceback

        traceback.print_exc()
    what = " ".join(f"{type(problem).__name__}: {problem}".split()).removesuffix(".")
    hint = "Set LOSSCLI_DEBUG=1 to see the traceback, and report it."
    return _ended(f"This is a bug in losscli: {what}. {hint}", 70)


def _ended(text: str, code: int) -> int:
    say(text)
    return code
