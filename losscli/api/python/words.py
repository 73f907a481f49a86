"""Problems as a caller of Python reads them: options are keywords there, `nan="drop"` and not `--nan drop`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from ...core.declarations.conventions import FRAMEWORKS
from ...core.errors import LossCliError
from ...core.notes import Note
from ...core.record import replace
from ..options.option_types import Names
from ..options.table import OPTIONS

_COMMAND = re.compile(r"losscli [a-z]+(?:[^.]|\.(?=\S))*")  # a whole command stays one
_OPTION = re.compile(r"(?<![\w-])--(no-)?([a-z][a-z-]*)(?: ('[^']*'|[^\s;:!?)]*(?:=\.\.\.|[^\s.,;:!?)])))?")
_BY_LOSS = ("margin", "max", "max_rise")  # dictionaries of numbers
_VALUE = re.compile(r"[A-Z][A-Z_,.*]*|-?\d[\d.]*|.*[\d=*,_'\"].*")

Report_ = TypeVar("Report_")
_NEXT = (
    "is", "are", "has", "have", "takes", "gives", "says", "names", "needs", "keeps", "belongs",
    "and", "or", "of", "for", "in", "to", "with", "where",
)  # fmt: skip


@contextmanager
def python_words() -> Iterator[None]:
    """What goes wrong inside is said in the names of Python's arguments."""
    try:
        yield
    except LossCliError as problem:
        if problem.kind == "unknown_parameter":
            problem.hint = _argument_of(problem.options) or problem.hint
        problem.message, problem.hint = in_python(problem.message), in_python(problem.hint)
        problem.args = (problem.message,)
        raise


def _argument_of(unknown: Iterable[str]) -> str:
    """What stands here for an argument in the words of other libraries, as an option; empty where nothing does."""
    from ...core.suggestions.other_names import OPTIONS as OTHERS

    for name in unknown:
        for instead in OTHERS.get(name.replace("_", "-").lower(), ()):
            option = OPTIONS.get(instead.partition(" ")[0].lstrip("-").replace("-", "_"))
            if option is not None and option.functions:
                return f"Write {instead}."
    return ""


def worded(report: Report_) -> Report_:
    """A report, a result or a comparison as Python's caller reads it: its sentences name Python's arguments."""
    changes: dict[str, Any] = {}
    for name in ("notes", "warnings", "alarms", "results", "gates"):
        parts = getattr(report, name, None)
        if not isinstance(parts, list | tuple):
            continue
        said = [_noted(part) if isinstance(part, str) else worded(part) for part in parts]
        if any(new is not old for new, old in zip(said, parts, strict=True)):
            changes[name] = tuple(said) if isinstance(parts, tuple) else said
    for name in ("message", "evidence", "fix", "error"):
        text = getattr(report, name, None)
        if isinstance(text, str) and (new := in_python(text)) != text:
            changes[name] = new
        elif isinstance(text, Mapping):
            changes[name] = {key: in_python(each) if isinstance(each, str) else each for key, each in text.items()}
    return replace(report, **changes) if changes else report


def _noted(note: str) -> str:
    said = in_python(note)
    return note if said == note else Note(said, **(note.about if isinstance(note, Note) else {}))


def in_python(text: str) -> str:
    """The text with the options of the command line as keywords, but for whole commands in it."""
    if "--" not in text:
        return text
    parts, at = [], 0
    for command in _COMMAND.finditer(text):
        parts += [_OPTION.sub(_keyword, text[at : command.start()]), command.group()]
        at = command.end()
    return "".join([*parts, _OPTION.sub(_keyword, text[at:])])


def _keyword(match: re.Match[str]) -> str:
    negated, option, word = match.groups()
    name = option.replace("-", "_")
    rest = f" {word}" if word else ""
    known = OPTIONS.get(name)
    if negated or (known is not None and known.is_flag):
        return f"{name}={not negated}{rest}"
    if word and _is_value(name, word):
        value = word.strip("'")
        if name in _BY_LOSS and "=" in value:
            loss, amount = value.split("=", 1)
            return f"{name}={{{loss!r}: {repr(amount) if amount.endswith('%') else amount}}}"
        quote = "'" if '"' in value else '"'
        return f"{name}={value}" if re.fullmatch(r"-?\d+(\.\d+)?|[A-Z]", value) else f"{name}={quote}{value}{quote}"
    return f"{name}={rest}" if rest and known is not None and known.type.names_a_file else f"{name}{rest}"


def _is_value(name: str, word: str) -> bool:
    """Whether the word after an option is its value, and not the next of the sentence."""
    if name not in OPTIONS:  # a parameter of a loss
        return word not in _NEXT
    if isinstance(OPTIONS[name].type, Names):
        return word not in _NEXT
    choices = (*OPTIONS[name].type.choices(), *OPTIONS[name].type.other_words)
    return word in choices or (name == "like" and word in FRAMEWORKS) or bool(_VALUE.fullmatch(word))
