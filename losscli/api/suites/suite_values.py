"""Values of a suite, checked: each wrong one is a UsageProblem that says where it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...core.did_you_mean import nearest
from ...core.errors import UsageProblem
from ...core.safe_text import shown
from ...sources.file_spec import parse, split
from ..options.option_types import Names
from ..options.run_option import RunOption


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


def spec_of(entry: Mapping[str, Any], key: str, where: str) -> str:
    """The SPEC of a key."""
    text = entry[key]
    if not isinstance(text, str):
        raise UsageProblem(f"{where}: {key} must be a text, got {text!r}.", place=where)
    try:
        parse(text)
    except UsageProblem as problem:
        raise problem.within(f"{where}, {key}") from None
    return text


def value_of(option: RunOption, value: Any, where: str) -> Any:
    """The value of a run option, checked by its type as on every other road."""
    if isinstance(option.type, Names) and isinstance(value, str):
        value = split(value)  # blanks around commas are for the eye
    try:
        return option.check(value)
    except UsageProblem as problem:
        raise problem.within(where) from None


def number_of(value: Any, where: str) -> float | None:
    """A number; None for none."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        raise UsageProblem(f"{where} must be a number, got {value!r}.", place=where)
    return float(value)
