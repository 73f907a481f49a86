"""What other programs call commands and options, and what to type here instead. Read only where something is wrong."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Mapping
from typing import NoReturn

import click

from ..core.errors import UsageProblem
from ..core.safe_text import shown
from ..core.suggestions import scores

COMMANDS = {
    "compute": "run eval evaluate calc calculate calculator score metric metrics loss measure value",
    "compare": "diff versus vs ab test ttest significance",
    "why": "decompose decomposition attribution attribute breakdown contributions kitagawa oaxaca mix-shift",
    "reconcile": "explain parity convention conventions which match",
    "batch": "many all leaderboard rank bulk suite",
    "gate": "assert threshold ci baseline",
    "inspect": "check describe info head validate preflight peek stats summary doctor",
    "merge": "join combine concat aggregate reduce",
    "verify": "recompute reproduce audit replay",
    "list": "ls losses search find catalog catalogue available",
    "show": "doc docs man about formula page",
    "schema": "schemas json-schema",
    "completion": "completions autocomplete",
}
_COMMAND_OF = {word: command for command, words in COMMANDS.items() for word in words.split()}

# each word with what to type instead: the first whose option the command has
OPTIONS: Mapping[str, tuple[str, ...]] = {
    name: tuple(instead.split("; "))
    for names, instead in {
        "metric metrics measure": "--loss LOSS",
        "group-by groupby group groups by slice slices segment segments per": "--by COLUMN; --where COLUMN=VALUE",
        "ignore-nan skip-nan drop-nan nan-policy omit-nan no-nan": "--nan drop",
        "skipna skip-na dropna drop-na ignore-na drop-gaps skip-gaps": "--drop-missing",
        "worst-rows top-losses hardest": "--worst K",
        "ignore-missing skip-missing ignore-null drop-null drop-nulls ignore-nulls": "--missing drop; --drop-missing",
        "sample-weight sample-weights weight-col weight-column w weights-col weight-by": "--weight COLUMN",
        "y-true y-label target targets truth gt ground-truth label-col label-column labels-col reference references "
        "actual expected y": "--label COLUMN; --labels FILE",
        "y-pred yhat prediction predictions preds pred-col output-col y-prob y-score score-col": "--pred COLUMN",
        "logits from-logits": "--input logits",
        "probs proba probabilities probability from-probs": "--input probs",
        "logprobs log-probs from-logprobs": "--input logprobs",
        "class-names names labels-order": "--classes A,B,...",
        "out outfile out-file output-file save write save-to to": "-o FILE",
        "average avg reduce aggregate agg": "--reduction mean",
        "mean": "--reduction mean",
        "sum": "--reduction sum",
        "no-reduce unreduced": "--reduction none",
        "n-jobs workers num-workers njobs parallel processes cores": "--jobs N; --threads N",
        "num-threads nthreads cpus": "--threads N",
        "memory mem mem-limit ram": "--max-memory 512M",
        "sep separator delim field-separator": "--delimiter CHAR",
        "on key keys id id-col index match-on merge-on": "--join KEY",
        "filter query subset only": "--where COLUMN=VALUE",
        "limit max-loss max-value fail-above fail-over at-most threshold upper": "--max VALUE; --max LOSS=VALUE",
        "tolerance tol rtol atol eps-margin slack": "--margin X%",
        "confidence confidence-level conf interval confidence-interval level": "--ci 95; --confidence 95",
        "alpha q tau": "--quantile Q; --ci 95; --confidence 95",
        "ci": "--confidence 95",
        "n-boot n-bootstrap bootstraps boot n-resamples": "--bootstrap B; --resamples R",
        "per-row per-example elementwise rows row-losses each losses per-sample-loss": "--per-sample FILE",
        "framework compat preset as profile convention": "--like NAME",
        "decimals round rounding ndigits significant sig sig-digits significant-digits": "--digits N",
        "digits expect-digits": "--match-digits N",
        "order-by sort-by order rank ranking sorted": "--sort value",
        "head first n-best k": "--top N",
        "plot plots picture pictures figure figures chart charts graph html": "--report html=FILE",
        "pretty human": "--format table",
        "winner argmin": "--best",
        "value only-value number bare raw": "--format value",
        "csv": "--format csv", "tsv": "--format tsv", "markdown md": "--format markdown",
        "plain text": "--format plain",
        "jsonl ndjson": "--format jsonl", "junit junit-xml": "--report junit=FILE",
        "silent no-notes no-warnings": "-q", "debug": "-v",
        "keep-going continue-on-error ignore-errors force": "--keep-going",
        "continue": "--resume",
        "base reference-report": "--baseline REPORT",
        "random-state": "--seed N",
        "no-color no-colour nocolor": "--color never",
        "class-axis-index axis dim": "--class-axis AXIS",
        "class-weight": "--class-weights A,B,...",
        "smoothing": "--label-smoothing NUMBER; --smooth NUMBER",
        "ignore ignore-value": "--ignore-index CLASS; --ignore-label VALUE",
        "help-full full-help all-options": "--help-all",
    }.items()
    for name in names.split()
}  # fmt: skip

_OF_ONE_LOSS = ("compute", "reconcile")
_FILES = ("file", "files", "f", "data", "dataset", "table", "csv-file", "input-file", "in-file", "i", "path", "paths")
VALUES: Mapping[str, Mapping[str, str]] = {
    "input": {
        **dict.fromkeys(("prob", "proba", "probability", "probabilities", "sigmoid", "softmax"), "probs"),
        **dict.fromkeys(("log_probs", "log-probs", "logprob", "log_softmax", "logsoftmax"), "logprobs"),
        **dict.fromkeys(("logit", "raw"), "logits"),
        **dict.fromkeys(("value", "regression", "numbers"), "values"),
    },
    "reduction": dict.fromkeys(("average", "avg"), "mean"),
    "format": {"text": "plain", "txt": "plain", "md": "markdown", "number": "value", "ndjson": "jsonl"},
}


def command_to_type(words: list[str], commands: Iterable[str]) -> tuple[str, str]:
    """What is wrong with words of which the first is no command, and what to type; both empty where nobody can tell."""
    name, rest = words[0], words[1:]
    if _is_loss(name):
        files = rest or ["PREDICTIONS", "LABELS"]
        return f"{name} is a loss, and not a command.", _write("compute", name, *files)
    if score := scores.sentence(name):
        return score
    if os.path.exists(name) or {".", "/", os.sep} & set(name):
        return f"{shown(name)} stands where a command should.", _write("compute", "LOSS", *words)
    if name in ("version", "ver"):
        return f"There is no command {name!r}.", "Write losscli --version."
    if command := _COMMAND_OF.get(name.lower()):
        return f"There is no command {name!r}.", _write(command, *rest)
    return "", ""


def several_losses(name: str, rest: list[str]) -> tuple[str, str]:
    """What is wrong with a name that spells several losses, or a loss with its parameters, and what to type instead;
    both empty where it is neither.
    """
    losses = [each for each in name.split(",") if each]
    if len(losses) > 1 and all(map(_is_loss, losses)):
        files, chosen = _two_files(rest), [word for each in losses for word in ("-l", each)]
        return f"{shown(name)} is several losses, and this command computes one.", _write("batch", *files, *chosen)
    loss, colon, arguments = name.partition(":")
    if colon and _is_loss(loss) and "=" in arguments:
        settings = [each.partition("=") for each in arguments.split(",")]
        options = [word for key, _, value in settings for word in (f"--{key.replace('_', '-')}", value)]
        return "Here a loss stands without its parameters, which are options.", _write("compute", loss, *options, *rest)
    return "", ""


def loss_to_type(words: list[str], command: str) -> str:
    """What to type where a file stands in the place of the loss."""
    at = next((at for at, word in enumerate(words) if _is_loss(word) and not os.path.exists(word)), None)
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


def _extra_arguments(path: list[str], typed: list[str], taken: list[str], extra: list[str]) -> tuple[str, str]:
    """What is wrong with arguments after those that a command takes, and what to type; both empty if none can tell."""
    command, are_losses = path[0], all(map(_is_loss, extra)) and not any(map(os.path.exists, extra))
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
    if len(extra) == 1 and before == "-q" and _is_number(extra[0]):
        from ..core import registry

        first = next((param.name for param in registry.find(loss).params if param.name.startswith("q")), "")
        instead = f"Write --{first.replace('_', '-')} {extra[0]}." if first else ""
        return "-q leaves out the notes and takes no value.", instead
    if len(extra) == 1 and os.path.exists(extra[0]):
        what = f"losscli compute {loss} takes predictions and labels, and got a third file, {shown(extra[0])}."
        return what, f"To compare two models, write {_line('compare', *taken, *extra, '-l', loss)}."
    return "", ""


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _two_files(rest: list[str]) -> list[str]:
    """PREDICTIONS and --labels LABELS of the words after a loss, as `batch` takes them."""
    files = [word for word in rest if not word.startswith("-")][:2] or ["PREDICTIONS", "LABELS"]
    return [files[0], *(["--labels", files[1]] if len(files) > 1 else [])]


def argument_to_type(option: str, metavar: str, arguments: list[str], path: list[str]) -> str:
    """What to type where an option or an argument is missing, or where an option has no value."""
    if option == "--ci":
        return "Write --ci 95."
    if option in ("-l", "--loss") and path[:1] == ["compare"]:
        named = next((each for each in arguments if _is_loss(each) and not os.path.exists(each)), "")
        files = [each for each in arguments if each != named] or ["BASE", "CAND", "LABELS"]
        return _write("compare", *files, "-l", named or "mse")
    if option == "predictions" and len(path) == 2:
        return f"Write losscli {' '.join(path)} PREDICTIONS LABELS."
    return f"Write {option} {metavar}." if metavar and option.startswith("-") else ""


def _is_loss(name: str) -> bool:
    """Whether a loss of the package has this name, by the index: no loss is imported for it."""
    from importlib import import_module

    wanted = name.strip().lower().replace("-", "_")
    listed = import_module("losscli.losses.index").LOSSES
    return any(wanted == own or wanted in aliases for own, (_, _, aliases) in listed.items())


def _write(*words: str) -> str:
    return f"Write {_line(*words)}."


def _line(*words: str) -> str:
    return shown(shlex.join(("losscli", *words)), 2000)


def option_to_type(typed: str, known: Iterable[str], path: list[str]) -> str:
    """What to type instead of an option that a command has not, given all options that it has; or an empty text.

    `path` are the words of the command, such as compute and mse.
    """
    options, name = set(known), typed.lstrip("-").lower().replace("_", "-")
    command = path[0] if path else "compute"
    if name in ("loss", "l", "metric") and command in _OF_ONE_LOSS:
        return f"The loss needs no option: write losscli {command} LOSS PREDICTIONS LABELS."
    if name in _FILES and command in _OF_ONE_LOSS and len(path) > 1:
        return f"Files need no option: write losscli {' '.join(path)} PREDICTIONS LABELS, or one table that holds both."
    if not path or (command in _OF_ONE_LOSS and len(path) == 1):
        return f"Options stand after the loss: losscli {command} LOSS {typed} ... PREDICTIONS LABELS."
    for instead in OPTIONS.get(name, ()):
        if instead.partition(" ")[0] in options:
            return f"Write {instead}."
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
    word = VALUES.get(option, {}).get(value.lower())
    return f"Write --{option} {word}." if word else ""
