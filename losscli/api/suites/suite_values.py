"""Values of a suite, checked: each wrong one is a UsageProblem that says where it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...core.did_you_mean import nearest
from ...core.errors import UsageProblem
from ...core.safe_text import shown
from ...sources.file_spec import parse, split


def known(table: Mapping[str, Any], keys: Sequence[str], where: str) -> None:
    """Refuse keys that there are not."""
    for key in table:
        if key not in keys:
            hint = nearest(str(key), keys) or f"Known are {', '.join(keys)}."
            raise UsageProblem(f"{where}: there is no key {shown(str(key))!r}.", hint, place=where)


def table_of(value: Any, where: str) -> dict[str, Any]:
    """The value, which must be a table."""
    if not isinstance(value, dict):
        raise UsageProblem(f"{where} must be a table, got {value!r}.", place=where)
    return value


def list_of(value: Any, where: str) -> list[Any]:
    """The value, which must be a list."""
    if not isinstance(value, list):
        raise UsageProblem(f"{where} must be a list, got {value!r}.", place=where)
    return value


def text_of(entry: Mapping[str, Any], key: str, where: str) -> str:
    """The text of a key."""
    if not isinstance(entry[key], str):
        raise UsageProblem(f"{where}: {key} must be a text, got {entry[key]!r}.", place=where)
    return str(entry[key])


def spec_of(entry: Mapping[str, Any], key: str, where: str) -> str:
    """The SPEC of a key."""
    text = text_of(entry, key, where)
    try:
        parse(text)
    except UsageProblem as problem:
        raise problem.within(f"{where}, {key}") from None
    return text


def names_of(value: Any, where: str) -> tuple[str, ...]:
    """Names, as a list or as text with commas."""
    if isinstance(value, str):
        return split(value)
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return tuple(value)
    raise UsageProblem(f"{where} must be names, got {value!r}.", place=where)


def number_of(value: Any, where: str) -> float | None:
    """A number; None for none."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        raise UsageProblem(f"{where} must be a number, got {value!r}.", place=where)
    return float(value)


def whole_of(table: Mapping[str, Any], key: str, where: str) -> int | None:
    """A whole number above 0; None for none."""
    value = table.get(key)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
        raise UsageProblem(f"{where}: {key} must be a whole number above 0, got {value!r}.", place=where)
    return value


def flag_of(table: Mapping[str, Any], key: str, where: str) -> bool | None:
    """True or false; None for neither."""
    value = table.get(key)
    if value is not None and not isinstance(value, bool):
        raise UsageProblem(f"{where}: {key} must be true or false, got {value!r}.", place=where)
    return value
