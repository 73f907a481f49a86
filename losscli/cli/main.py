"""Runs the program: how every way of ending becomes an exit code. Imports click alone."""

from __future__ import annotations

import os
import sys

import click

from ..core.errors import LossCliError
from ..core.record import mutable
from .program import program
from .streams import hush, say

REGISTRY = "losscli.core.registry"  # which knows what is wrong with losses of other packages, once it looked for some
WORK = "losscli.sources.work_done"  # which knows how far it is, where it was loaded
_OF_WORDS = ("unknown_loss", "unknown_convention", "bad_option", "bad_usage")  # kinds of problems with what was typed
FINDINGS = (1, 4, 5)  # a gate failed, part of a batch failed, inconclusive: answers, not errors


@mutable
class Ending:
    """What a command's options say about the exit code."""

    exit_zero: bool = False
    arguments: tuple[str, ...] = ()  # as they were typed, for reports that say how they are made again


def run(arguments: list[str]) -> int:
    """Run with these arguments; the exit code is CONTRACT's."""
    if "_LOSSCLI_COMPLETE" in os.environ:  # the shell asks, through the script of `losscli completion`
        from .completing.completion import answer

        return answer(arguments)
    ending = Ending(arguments=tuple(arguments))
    code = _ran(arguments, ending)
    if REGISTRY in sys.modules and not {"-q", "--quiet"} & set(arguments):
        for note in sys.modules[REGISTRY].plugin_notes():
            say(f"note: {note}")
    return 0 if ending.exit_zero and code in FINDINGS else code


def _ran(arguments: list[str], ending: Ending) -> int:
    stdout = sys.stdout
    if WORK in sys.modules:  # of an earlier run in this process
        sys.modules[WORK].WORK.begin()
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
        return _ended(_with_whole_line(problem, arguments), 2)
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except (click.Abort, KeyboardInterrupt):
        so_far = getattr(sys.modules.get(WORK), "so_far", str)
        return _ended(f"interrupted{so_far()}.", 130)
    except LossCliError as problem:
        return _ended(_with_meant_line(problem, arguments), problem.exit_code)
    except MemoryError:
        return _ended("There is not enough memory for this input.", 3)
    except OSError as problem:
        hush(stdout)
        what = (problem.strerror or str(problem)).lower()
        return _ended(f"{problem.filename or 'Reading or writing'} failed: {what}.", 2)
    except Exception as problem:
        return _bug(problem)


def _with_whole_line(problem: click.UsageError, arguments: list[str]) -> str:
    """What click found, and the whole command that was meant; where nobody can tell, what explains the command."""
    from .other_words import whole_line

    if whole := whole_line(arguments):
        return f"{_without_hint(problem)} {whole}"
    where = problem.ctx.command_path if problem.ctx else "losscli"
    return f"{_sentence(problem)} See {where} --help."


def _with_meant_line(problem: LossCliError, arguments: list[str]) -> str:
    """A problem, with the whole command where words of the command line are the reason."""
    if problem.kind in _OF_WORDS:
        from .other_words import whole_line

        if whole := whole_line(arguments):
            hint = "" if problem.hint.startswith(("Did you mean", "See ", "Write ")) else problem.hint
            return " ".join(filter(None, (problem.message, hint, whole)))
    return str(problem)


def _without_hint(problem: click.UsageError) -> str:
    """What click found, in one line that ends like a sentence."""
    if isinstance(problem, click.NoSuchOption):
        return f"No such option {problem.option_name}."
    text = " ".join(problem.format_message().split()).partition(" Write losscli ")[0]
    return text if text.endswith((".", "?")) else text + "."


def _sentence(problem: click.UsageError) -> str:
    """What click found, and what to type where it is known."""
    if isinstance(problem, click.NoSuchOption):
        from ..core.did_you_mean import nearest
        from .other_words import option_to_type

        options = problem.ctx.command.params if problem.ctx else []
        names = [name for option in options for name in option.opts]
        hint = option_to_type(problem.option_name, names, problem.ctx.command_path.split()[1:] if problem.ctx else [])
        hint = hint or nearest(problem.option_name.lstrip("-"), names, lambda name: name.lstrip("-"))
        return f"{_without_hint(problem)} {hint}".rstrip()
    text = " ".join(problem.format_message().split())
    text = text if text.endswith((".", "?")) else text + "."
    if isinstance(problem, (click.MissingParameter, click.BadOptionUsage)) and problem.ctx is not None:
        return f"{text} {_what_is_missing(problem, problem.ctx)}".rstrip()
    return text


def _what_is_missing(problem: click.MissingParameter | click.BadOptionUsage, ctx: click.Context) -> str:
    from .other_words import argument_to_type

    name = problem.option_name if isinstance(problem, click.BadOptionUsage) else ""
    param = next((each for each in ctx.command.params if name in each.opts), None)
    if isinstance(problem, click.MissingParameter) and problem.param is not None:
        param = problem.param
        name = param.opts[0] if isinstance(param, click.Option) else str(param.name)
    metavar = str(param.metavar or "") if isinstance(param, click.Option) else ""
    arguments = [str(each) for each in ctx.params.get("files", ())] if "files" in ctx.params else []
    return argument_to_type(name, metavar, arguments, ctx.command_path.split()[1:])


def _bug(problem: Exception) -> int:
    if os.environ.get("LOSSCLI_DEBUG"):
        import traceback

        traceback.print_exc()
    what = " ".join(f"{type(problem).__name__}: {problem}".split()).removesuffix(".")
    hint = "Set LOSSCLI_DEBUG=1 to see the traceback, and report it."
    return _ended(f"This is a bug in {_culprit(problem)}: {what}. {hint}", 70)


def _culprit(problem: Exception) -> str:
    """Whose code failed: a plugin's, if it ran, else the program's."""
    modules, at = set(), problem.__traceback__
    while at is not None:
        modules.add(str(at.tb_frame.f_globals.get("__name__", "")).partition(".")[0])
        at = at.tb_next
    registry = sys.modules.get(REGISTRY)
    plugins = registry.plugins().by_name.values() if registry is not None and registry.looked_for_plugins() else ()
    for plugin in plugins:
        if plugin.loss.kernel.__module__.partition(".")[0] in modules:
            return f"the plugin {plugin.origin}"
    return "losscli"


def _ended(text: str, code: int) -> int:
    say(text)
    return code
