"""What a call of a framework computes, as the command of losscli that computes the same."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Any

from ...core.calls.reading import CallMeaning
from ...core.declarations.conventions import split_like
from ...core.declarations.param import ClassValues


def as_text(call: str, meaning: CallMeaning) -> str:
    """The page for a terminal or a pipe."""
    lines = [call, "", f"  computes {meaning.loss.name}, as this does:", "", f"  {command(call, meaning)}"]
    lines += ["", f"  The call is given {', '.join(meaning.needs.values())}."] if meaning.needs else []
    return "\n".join(lines) + "\n"


def as_data(call: str, meaning: CallMeaning) -> dict[str, Any]:
    """The page as data."""
    return {
        "call": call,
        "loss": meaning.loss.name,
        "like": split_like(meaning.like)[0],
        "params": {
            name: list(value) if isinstance(value, tuple) else value for name, value in meaning.arguments.items()
        },
        "options": meaning.options,
        "command": command(call, meaning),
    }


def command(call: str, meaning: CallMeaning) -> str:
    """The command line. Weights that a call holds have no option, so that the call itself stands there."""
    if meaning.held:
        return f"losscli compute {meaning.loss.name} --like {shlex.quote(call)} PREDICTIONS LABELS"
    return " ".join(["losscli compute", meaning.loss.name, *_words(meaning), "PREDICTIONS LABELS"])


def _words(meaning: CallMeaning) -> Iterator[str]:
    yield f"--like {split_like(meaning.like)[0]}"
    for name, value in {**meaning.options, **meaning.arguments}.items():
        flag = name.replace("_", "-")
        if isinstance(value, bool):
            yield f"--{flag}" if value else f"--no-{flag}"
        else:
            yield f"--{flag} {shlex.quote(_value(value))}"
        if isinstance(value, ClassValues) and value.says_axis:
            yield f"--class-axis {-1 - value.trailing}"
    for role in meaning.needs:
        option = "weights" if role == "weight" else role.replace("_", "-")
        yield f"--{option} FILE"


def _value(value: Any) -> str:
    if isinstance(value, tuple):
        return ",".join(map(_value, value))
    return "none" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
