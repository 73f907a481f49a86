"""What other programs call commands and options, and what to type here instead. Read only where something is wrong."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Sequence
from typing import NoReturn

import click

from ..core.errors import UsageProblem
from ..core.safe_text import shown
from ..core.suggestions import scores
from ..core.suggestions.other_names import COMMAND_OF, FILES, OF_ONE_LOSS, OPTIONS, SENTENCES, VALUES
from .meant_line import as_text, is_number, meant, shortened
from .named_losses import is_loss


def command_to_type(words: list[str], commands: Iterable[str]) -> tuple[str, str]:
    """What is wrong with words of which the first is no command, and what to type; both empty where nobody can tell."""
    name, rest = words[0], words[1:]
    line = meant(words)
    if is_loss(name):
        return f"{name} is a loss, and not a command.", _compute(name, rest)
    if score := scores.sentence(name):
        return score
    if os.path.exists(name) or {".", "/", os.sep} & set(name):
        return f"{shown(name)} stands where a command should.", _write("compute", "LOSS", *words)
    if name in ("version", "ver"):
        return f"There is no command {name!r}.", "Write losscli --version."
    if line is not None:
        return f"There is no command {name!r}.", f"Write {as_text(shortened(line))}."
    if name.lower() == "join":
        return f"There is no command {name!r}.", _write("compute", "LOSS", *rest, "--join", "KEY")
    if command := COMMAND_OF.get(name.lower()):
        return f"There is no command {name!r}.", _write(command, *rest)
    return _misspelt(name, rest, commands)


def _compute(loss: str, files: list[str]) -> str:
    return _write("compute", loss, *(files or ["PREDICTIONS", "LABELS"]))


def _misspelt(name: str, rest: list[str], commands: Iterable[str]) -> tuple[str, str]:
    """What to type where the first word is nearly a loss, and no command is as near; both empty where it is not."""
    from ..core import registry
    from ..core.did_you_mean import nearest
    from ..core.suggestions.loss_names import closest, slug

    if nearest(name, list(commands)) or (loss := closest(slug(name), registry.spellings())) is None:
        return "", ""
    return f"There is no command {name!r}. Did you mean the loss {loss}?", _compute(loss, rest)


def several_losses(name: str, rest: list[str]) -> tuple[str, str]:
    """What is wrong with a name that spells several losses, or a loss with its parameters, and what to type instead;
    both empty where it is neither.
    """
    losses = [each for each in name.split(",") if each]
    if len(losses) > 1 and all(map(is_loss, losses)):
        files, chosen = _two_files(rest), [word for each in losses for word in ("-l", each)]
        return f"{shown(name)} is several losses, and this command computes one.", _write("batch", *files, *chosen)
    loss, colon, arguments = name.partition(":")
    if colon and is_loss(loss) and "=" in arguments:
        settings = [each.partition("=") for each in arguments.split(",")]
        options = [word for key, _, value in settings for word in (f"--{key.replace('_', '-')}", value)]
        return "Here a loss stands without its parameters, which are options.", _write("compute", loss, *options, *rest)
    return "", ""


def loss_to_type(words: list[str], command: str) -> str:
    """What to type where a file stands in the place of the loss."""
    if (line := meant([command, *words])) is not None:
        return f"Write {as_text(shortened(line))}."
    at = next((at for at, word in enumerate(words) if is_loss(word) and not os.path.exists(word)), None)
    if at is None or words[at - 1].startswith("-"):
        return f"Write losscli {command} LOSS PREDICTIONS LABELS."
    return _write(command, words[at], *words[:at], *words[at + 1 :])


def refuse_extra_arguments(ctx: click.Context, typed: list[str], extra: list[str]) -> NoReturn:
    """Refuse arguments that a command does not take, with what to type where the words tell what was meant."""
    path = ctx.command_path.split()[1:]
    taken = [
        str(ctx.params[each.name]) for each in ctx.command.params if isinstance(each, click.Argument) and each.name
    ]
    what, instead = _extra_arguments(path, typed, taken, extra)
    if what:
        raise UsageProblem(what, instead, kind="bad_usage")
    plural = "s" if len(extra) > 1 else ""
    raise click.UsageError(f"Got unexpected extra argument{plural} ({shown(' '.join(extra), 200)})", ctx)


def refuse_repeated(typed: list[str], params: Iterable[click.Parameter]) -> None:
    """Refuse an option that names columns and is given twice: the first would be forgotten."""
    single = {each.opts[-1] for each in params if isinstance(each, click.Option) and not each.multiple}
    for option in ("--pred", "--label", "--weight", "--by", "--join"):
        places = [at for at, word in enumerate(typed) if word.partition("=")[0] == option]
        if len(places) > 1 and option in single and "--" not in typed:
            values = [typed[at].partition("=")[2] or "".join(typed[at + 1 : at + 2]) for at in places]
            hint = f"Write {option} {shlex.quote(shown(','.join(values)))}."
            raise UsageProblem(f"{option} is given twice.", hint, kind="contradiction", options=(option[2:],))


def _extra_arguments(path: list[str], typed: list[str], taken: list[str], extra: list[str]) -> tuple[str, str]:
    """What is wrong with arguments after those that a command takes, and what to type; both empty if none can tell."""
    command, are_losses = path[0], all(map(is_loss, extra)) and not any(map(os.path.exists, extra))
    if command == "inspect" and are_losses and len(extra) == 1:
        return f"{extra[0]} is a loss.", _write("inspect", *taken, "-l", *extra)
    if command == "gate" and len(extra) == 1 and os.path.exists(extra[0]):
        return "losscli gate takes one report, and got two.", _write("gate", *taken, "--baseline", *extra)
    if command != "compute" or len(path) < 2:
        return "", ""
    loss = path[1]
    if are_losses:
        return several_losses(",".join([loss, *extra]), taken)
    before = typed[typed.index(extra[0]) - 1] if extra[0] in typed[1:] else ""
    if len(extra) == 1 and before == "-q" and is_number(extra[0]):
        from ..core import registry

        first = next((param.name for param in registry.find(loss).params if param.name.startswith("q")), "")
        instead = f"Write --{first.replace('_', '-')} {extra[0]}." if first else ""
        return "-q leaves out the notes and takes no value.", instead
    if len(extra) == 1 and os.path.exists(extra[0]):
        what = f"losscli compute {loss} takes predictions and labels, and got a third file, {shown(extra[0])}."
        return what, f"To compare two models, write {_line('compare', *taken, *extra, '-l', loss)}."
    return "", ""


def _two_files(rest: list[str]) -> list[str]:
    """PREDICTIONS and --labels LABELS of the words after a loss, as `batch` takes them."""
    files = [word for word in rest if not word.startswith("-")][:2] or ["PREDICTIONS", "LABELS"]
    return [files[0], *(["--labels", files[1]] if len(files) > 1 else [])]


def argument_to_type(option: str, metavar: str, arguments: list[str], path: list[str]) -> str:
    """What to type where an option or an argument is missing, or where an option has no value."""
    if option == "--ci":
        return "Write --ci 95."
    if option in ("-l", "--loss") and path[:1] == ["compare"]:
        named = next((each for each in arguments if is_loss(each) and not os.path.exists(each)), "")
        files = [each for each in arguments if each != named] or ["BASE", "CAND", "LABELS"]
        if len(files) == 2 and all(each.endswith((".json", ".jsonl")) for each in files):
            return f"To hold a report to an earlier one, write {_line('gate', files[1], '--baseline', files[0])}."
        return _write("compare", *files, "-l", named or "mse")
    if option == "predictions" and len(path) == 2:
        return f"Write losscli {' '.join(path)} PREDICTIONS LABELS. A table that comes through a pipe is named -."
    return f"Write {option} {metavar}." if metavar and option.startswith("-") else ""


def _write(*words: str) -> str:
    return f"Write {_line(*words)}."


def _line(*words: str) -> str:
    return as_text(shortened(meant(words) or words))


def whole_line(typed: Sequence[str]) -> str:
    """The whole command that was meant by a line, as a sentence; empty where nobody can tell, or it is too long."""
    line = meant(typed)
    text = "" if line is None else as_text(shortened(line))
    return f"Write {text}." if text and len(text) < 400 else ""


def option_to_type(typed: str, known: Iterable[str], path: list[str]) -> str:
    """What to type instead of an option that a command has not, given all options that it has; or an empty text.

    `path` are the words of the command, such as compute and mse.
    """
    options, name = set(known), typed.lstrip("-").lower().replace("_", "-")
    command = path[0] if path else "compute"
    if name in ("loss", "l", "metric") and command in OF_ONE_LOSS:
        return f"The loss needs no option: write losscli {command} LOSS PREDICTIONS LABELS."
    if name in FILES and command in OF_ONE_LOSS and len(path) > 1 and f"--{name}" not in options:
        return f"Files need no option: write losscli {' '.join(path)} PREDICTIONS LABELS, or one table that holds both."
    if not path and name in SENTENCES:
        return SENTENCES[name]
    if not path or (command in OF_ONE_LOSS and len(path) == 1):
        return f"Options stand after the loss: losscli {command} LOSS {typed} ... PREDICTIONS LABELS."
    for instead in OPTIONS.get(name, ()):
        if instead.partition(" ")[0] in options:
            return f"Write {instead}."
    if name in SENTENCES:
        return SENTENCES[name]
    from ..api.options.table import OPTIONS as RUN_OPTIONS

    option = RUN_OPTIONS.get(name.replace("-", "_"))
    others = [each for each in option.commands.split() if each != command] if option is not None else []
    if others:
        return f"It is an option of losscli {' and losscli '.join(others)}."
    return ""


def value_to_type(option: str, value: str) -> str:
    """What to type instead of a wrong value of an option, or an empty text."""
    if option == "precision" and value.isdigit():
        return f"Write --digits {value} for that many digits."
    if option == "format" and value.lower() in ("html", "junit", "github"):
        return f"Write --report {value.lower()}=FILE."
    word = VALUES.get(option, {}).get(value.lower())
    return f"Write --{option} {word}." if word else ""
