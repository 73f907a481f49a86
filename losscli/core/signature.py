"""The signature: all settings that a number was computed with in one line, which can be read back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_WORDS = {None: "none", True: "yes", False: "no"}
_VALUES = {"none": None, "yes": True, "no": False}


def show(value: Any) -> str:
    """A setting as text: 2.0, none, yes, [1.0,2.0]."""
    if value is None or isinstance(value, bool):
        return _WORDS[value]
    if isinstance(value, tuple | list):
        return "[" + ",".join(map(show, value)) + "]"
    if value in _VALUES and isinstance(value, str):
        return f'"{value}"'  # the word, not what it stands for
    return repr(value) if isinstance(value, float) else str(value)


def _read(text: str) -> Any:
    if text in _VALUES:
        return _VALUES[text]
    if text.startswith('"'):
        return text[1:-1]
    if text.startswith("["):
        inner = text[1:-1]
        return tuple(_read(part) for part in inner.split(",")) if inner else ()
    for convert in (int, float):
        try:
            return convert(text)
        except ValueError:
            continue
    return text


def write(loss: str, settings: Mapping[str, Any]) -> str:
    """'focal|alpha:none|gamma:2.0|...' with the settings in the order given."""
    return "|".join([loss, *(f"{key}:{show(value)}" for key, value in settings.items())])


def read(signature: str) -> tuple[str, dict[str, Any]]:
    """The loss and the settings of a signature; `write(*read(s)) == s`."""
    loss, *parts = signature.split("|")
    return loss, {key: _read(text) for key, _, text in (part.partition(":") for part in parts)}
