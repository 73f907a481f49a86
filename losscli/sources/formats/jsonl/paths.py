"""Names of columns in JSON: `a.b` is key b of object a, `a.0` the first of a list, `a.*` all of them as a list."""

from __future__ import annotations

from typing import Any

from ....core.record import record

EACH = "*"


def value_at(value: Any, steps: tuple[str, ...]) -> Any:
    """What a path leads to; None where it leads nowhere. A key may have dots in it: the longest that fits is taken."""
    if not steps or value is None:
        return value
    if isinstance(value, dict):
        for end in range(len(steps), 0, -1):
            if (key := ".".join(steps[:end])) in value:
                return value_at(value[key], steps[end:])
        return None
    if isinstance(value, list):
        if steps[0] == EACH:
            return [value_at(each, steps[1:]) for each in value]
        if steps[0].isascii() and steps[0].isdigit() and int(steps[0]) < len(value):
            return value_at(value[int(steps[0])], steps[1:])
    return None


def leaves(value: dict[str, Any], before: str = "") -> list[str]:
    """The paths of an object to all that is no object itself, in order."""
    paths = []
    for key, inner in value.items():
        name = f"{before}{key}"
        paths += leaves(inner, f"{name}.") if isinstance(inner, dict) and inner else [name]
    return paths


class Paths(tuple[str, ...]):
    """The names of the columns. `in` also knows paths into lists, which are not listed: `a.0.b`, `a.*.0`."""

    lists: frozenset[str]

    def __contains__(self, name: object) -> bool:
        if super().__contains__(name):
            return True
        if not isinstance(name, str):
            return False
        steps = name.split(".")
        inner = any(step == EACH or step.isdigit() for step in steps)
        return inner and any(".".join(steps[:end]) in self.lists for end in range(1, len(steps)))


@record
class JsonColumn:
    """What a column holds, by its first value: "number", "text", "list" of numbers, or "other".

    Lists have this `length` (None: it varies), and lists in them those of `inner`.
    """

    form: str
    length: int | None = 0
    inner: tuple[int, ...] = ()


def kind_of_value(value: Any, is_number: Any) -> str:
    """ "number", "text", "list" or "other"; text that is a number is a number, as in a CSV file."""
    if isinstance(value, bool | int | float):
        return "number"
    if isinstance(value, str):
        return "number" if is_number(value) else "text"
    if isinstance(value, list):
        inner = {kind_of_value(each, is_number) for each in value if each is not None}
        return "list" if inner <= {"number"} or inner == {"list"} else "other"
    return "other"
