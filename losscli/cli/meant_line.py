"""The whole command that was most likely meant by a line that does not work, so that one more try is enough."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import NamedTuple

import click

from ..core.safe_text import shown
from ..core.suggestions.other_names import (
    COMMAND_OF,
    COMMANDS,
    FILES,
    IDS,
    LOSS_OPTIONS,
    OF_ONE_LOSS,
    OPTIONS,
    ROLES,
    VALUES,
)
from .named_losses import is_loss, loss_named, several

MANY = 6  # files in a row, which stand as FILES in the line
_WITH_LOSSES = ("batch", "compare", "why", "slices", "inspect")
_PLACEHOLDER = re.compile(r"([a-z]+=)?[A-Z]")
_IS_FILE = re.compile(
    r".*(\.(npy|npz|csv|tsv|txt|dat|jsonl?|ndjson|parquet|pq|arrow|feather)(\.(gz|bz2|zst))?|[/*].*|::.*)",
    re.IGNORECASE | re.DOTALL,
)
_ORDER = ("pred", "base", "cand", "", "label")  # in which files stand


class _Word(NamedTuple):
    """A word of the line that is meant: a file by its role, or an option with its values."""

    role: str
    words: tuple[str, ...]


def meant(typed: Sequence[str]) -> list[str] | None:
    """The words after `losscli` that were most likely meant, which click can read; None where nobody can tell.

    Words that need no change are not given again: then it is None, too.
    """
    words = [part for word in typed for part in _parted(word)]
    command, words = _command_of(words, COMMANDS)
    if command is None or "--" in words or {"-h", "--help"} & {*words}:
        return None
    losses: list[str] = []
    if command in (*OF_ONE_LOSS, *_WITH_LOSSES):
        losses, words = _losses_of(words, command)
    if command in OF_ONE_LOSS:
        files = [word for word in words if _is_path(word)]
        if command == "compute" and (len(losses) > 1 or len(files) > 3):
            command = "batch"
        elif len(losses) != 1:
            return None
    line = _line_of(command, losses, words)
    return None if line is None or _same(line, typed) or not _readable(line) else line


def _same(line: list[str], typed: Sequence[str]) -> bool:
    """Whether the words are those that were typed, in whatever order: then there was nothing to mend."""
    parts = ["-l" if part == "--loss" else part for word in typed for part in _parted(word)]
    return sorted(line) == sorted(parts) and (line[0] not in OF_ONE_LOSS or line[:2] == parts[:2])


def shortened(line: Iterable[str]) -> list[str]:
    """The line, with FILES in the place of many files in a row."""
    short: list[str] = []
    run: list[str] = []
    for word in [*line, "-"]:
        if word != "-" and os.path.exists(word):
            run.append(word)
            continue
        short += run if len(run) < MANY else ["FILES"]
        run = []
        short.append(word)
    return short[:-1]


def _parted(word: str) -> list[str]:
    """An option and its value, where they are one word."""
    if word.startswith("-l") and is_loss(word[2:].partition(":")[0]):
        return ["-l", word[2:]]
    option, equals, value = word.partition("=")
    return [option, value] if equals and option.startswith("--") else [word]


def _command_of(words: list[str], commands: Iterable[str]) -> tuple[str | None, list[str]]:
    """The command, and the words without it."""
    if not words:
        return None, words
    first, lower = words[0], words[0].lower()
    if first in commands:
        return first, words[1:]
    if lower == "worst" and any(map(loss_named, words[1:])):
        return "compute", [*words[1:], "--worst", "5"]
    if lower == "best":
        return "batch", [*words[1:], "--best"]
    documents = [word for word in words[1:] if word.endswith((".json", ".jsonl"))]
    if lower in ("check", "validate") and documents and not _options(words) & {"--pred", "--label"}:
        return "gate", words[1:]
    if lower == "join" and not documents:
        return ("compute", words[1:]) if any(map(loss_named, words[1:])) else (None, words)
    if lower in COMMAND_OF:
        return COMMAND_OF[lower], words[1:]
    return ("compute", words) if loss_named(first) or first.startswith("-") or _is_path(first) else (None, words)


def _losses_of(words: list[str], command: str) -> tuple[list[str], list[str]]:
    """The losses that the words name, and the other words."""
    from ..api.options.table import OPTIONS as RUN_OPTIONS

    losses: list[str] = []
    others: list[str] = []
    at = 0
    while at < len(words):
        word, name = words[at], words[at].lstrip("-").lower()
        if word.startswith("-") and name in LOSS_OPTIONS and at + 1 < len(words):
            named = several(words[at + 1])
            if not named:
                return [], words
            losses += named
            at += 2
            continue
        before = words[at - 1].lstrip("-").replace("-", "_") if at and words[at - 1].startswith("--") else ""
        option = RUN_OPTIONS.get(before)
        is_value = bool(before) and not (option is not None and option.is_flag) and before not in ("pred", "label")
        named = [] if word.startswith("-") or is_value or os.path.exists(word) else several(word)
        if named and (command not in OF_ONE_LOSS or not losses or command == "compute"):
            losses += named
        else:
            others.append(word)
        at += 1
    return losses, others


def _line_of(command: str, losses: list[str], words: list[str]) -> list[str] | None:
    known = _params_of(command, losses)
    if known is None:
        return None
    placed: list[_Word] = []
    single = sum(map(_is_path, words)) < 2 or "--worst" in words or "--per-sample" in words
    at = 0
    while at < len(words):
        if words[at].startswith("-") and len(words[at]) > 1 and not words[at][1:2].isdigit():
            made = _option_meant(command, known, words[at], words[at + 1 :], single=single)
            if made is None:
                return None
            each, taken = made
            placed.append(each)
            at += taken
        else:
            placed.append(_Word("", (words[at],)))
        at += 1
    line = [command]
    if command in OF_ONE_LOSS:
        loss, _, parameters = losses[0].partition(":")
        line.append(loss)
        for setting in filter(None, parameters.split(",")):
            key, _, value = setting.partition("=")
            line += [f"--{key.replace('_', '-')}", value]
    line += [word for each in _in_order(command, placed) for word in each.words]
    return line + ([word for each in losses for word in ("-l", each)] if command not in OF_ONE_LOSS else [])


def _in_order(command: str, placed: list[_Word]) -> list[_Word]:
    """Files that were named by options stand where a command takes them, all else where it stood."""
    if command == "batch":
        files = [each for each in placed if len(each.words) == 1 and not each.words[0].startswith("-")]
        has_labels = any(each.words[0] == "--labels" for each in placed)
        if len(files) == 2 and not has_labels and all(each.words[0].endswith((".npy", "LABELS")) for each in files):
            return [_Word("label", ("--labels", *each.words)) if each is files[1] else each for each in placed]
        return [_Word("", ("--labels", *each.words)) if each.role == "label" else each for each in placed]
    if not any(each.role for each in placed):
        return placed
    of_files = [each for each in placed if len(each.words) == 1 and not each.words[0].startswith("-")]
    others = [each for each in placed if each not in of_files]
    return sorted(of_files, key=lambda each: _ORDER.index(each.role)) + others


def _params_of(command: str, losses: list[str]) -> dict[str, click.Option] | None:
    """Every option of a command by its spellings; None where the command is not to be had."""
    made = _command(command, losses[:1])
    if made is None:
        return None
    options = [each for each in made.params if isinstance(each, click.Option)]
    return {name: each for each in options for name in (*each.opts, *each.secondary_opts)}


def _command(name: str, losses: list[str]) -> click.Command | None:
    made = import_module(f"{__package__}.commands.{name}").command
    assert isinstance(made, click.Command)
    if name not in OF_ONE_LOSS or not isinstance(made, click.Group):
        return made
    return made.get_command(click.Context(made, info_name=name), losses[0].partition(":")[0])


def _option_meant(
    command: str, known: dict[str, click.Option], typed: str, rest: list[str], *, single: bool
) -> tuple[_Word, int] | None:
    """What stands for an option and how many of the words after it; None where nobody can tell."""
    name = typed.lstrip("-").lower().replace("_", "-")
    value = rest[0] if rest and (not rest[0].startswith("-") or rest[0] == "-") else None
    role = next((each for each, names in ROLES.items() if name in names), "")
    if value is not None and role and f"--{name}" not in {*known} - {"--pred", "--label"} and _is_path(value):
        return _Word(role, (value,)), 1
    if name in FILES and f"--{name}" not in known:
        return None if value is None else (_Word("", (value,)), 1)
    option = known.get(typed) or known.get(f"--{name}")
    if option is not None:
        return _known_option(option, typed if typed in known else f"--{name}", rest)
    choices = OPTIONS.get(name, ())
    if name in IDS and single:
        choices = ("--keep COLUMN",)
    for instead in choices:
        words = instead.split(" ", 1)
        if words[0] in known:
            if words == ["--max", "VALUE"] and command == "gate":
                return None
            return _filled(words, value)
    return None


def _known_option(option: click.Option, typed: str, rest: list[str]) -> tuple[_Word, int] | None:
    if option.is_flag or option.count:
        return _Word("", (typed,)), 0
    if not rest:
        return None
    value = VALUES.get(typed.lstrip("-").replace("-", "_"), {}).get(rest[0].lower(), rest[0])
    if typed == "--sort" and is_loss(value):
        value = "value"
    return _Word("", (typed, value)), 1


def _filled(words: list[str], value: str | None) -> tuple[_Word, int] | None:
    """An option as it is written here, with the value that was typed in the place of its placeholder."""
    if len(words) == 2 and (match := _PLACEHOLDER.match(words[1])):
        if value is None or ("=" in words[1] and not match.group(1) and not re.search("[=<>]", value)):
            return None
        return _Word("", (words[0], (match.group(1) or "") + value)), 1
    if words[0] in ("--ci", "--confidence") and value is not None and is_number(value):
        number = float(value)
        level = 100 * (1 - number if number < 0.5 else number) if number < 1 else number
        return _Word("", (words[0], f"{level:.10g}")), 1
    if words[0] == "--max-memory" and value is not None:
        return _Word("", (words[0], value)), 1
    return _Word("", tuple(words)), int(value is not None and not _is_path(value))


def _readable(line: list[str]) -> bool:
    """Whether click can read the line: every option is there, and all that is required."""
    losses = line[1:2] if line[0] in OF_ONE_LOSS else []
    made = _command(line[0], losses)
    if made is None:
        return False
    context = click.Context(made, info_name=line[0])
    try:
        values, extra, _ = made.make_parser(context).parse_args(args=line[1 + len(losses) :])
    except click.UsageError:
        return False
    required = [values.get(str(each.name)) for each in made.params if each.required]
    return not extra and all(isinstance(value, (str, tuple, list)) and bool(value) for value in required)


def _options(words: list[str]) -> set[str]:
    return {word for word in words if word.startswith("-")}


def _is_path(word: str) -> bool:
    return os.path.exists(word) or bool(_IS_FILE.fullmatch(word) and not is_number(word) and not word.startswith("-"))


def is_number(word: str) -> bool:
    """Whether a word of the line is a number."""
    try:
        float(word)
    except ValueError:
        return False
    return True


def as_text(line: Iterable[str]) -> str:
    """A whole command line, as it is typed in a shell."""
    import shlex

    return shown(shlex.join(("losscli", *line)), 2000)
