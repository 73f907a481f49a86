"""Names that tell the results of a report apart, in the spelling of the command line: `focal:gamma=2.0`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..core import signature
from .model import Check, Result


def spelled(settings: dict[str, Any]) -> str:
    """'gamma=2.0,alpha=none'."""
    return ",".join(f"{name}={signature.show(value)}" for name, value in settings.items())


def differences(results: list[Result]) -> list[dict[str, Any]]:
    """For each result, the settings in which it differs from others of its loss and data set; mostly none."""
    telling: list[dict[str, Any]] = [{} for _ in results]
    groups: dict[tuple[str, str], list[int]] = {}
    for i, result in enumerate(results):
        groups.setdefault((result.dataset, result.loss), []).append(i)
    for members in groups.values():
        if len(members) > 1:
            for i, settings in zip(members, _apart([_settings(results[i]) for i in members]), strict=True):
                telling[i] = settings
    return telling


def names(results: list[Result]) -> list[str]:
    """A name for each result, unique within its data set."""
    extras = [spelled(difference) for difference in differences(results)]
    return [result.loss + (f":{extra}" if extra else "") for result, extra in zip(results, extras, strict=True)]


def titles(results: list[Result]) -> list[str]:
    """A name for each result, unique in the report: its data set, its loss."""
    pairs = zip(results, names(results), strict=True)
    return [f"{result.dataset} {name}" if result.dataset else name for result, name in pairs]


def check_names(result: Result) -> Iterator[tuple[str, Check]]:
    """The checks under names that are unique: the second `max` is `max 2`."""
    seen: dict[str, int] = {}
    for check in result.gates:
        count = seen[check.name] = seen.get(check.name, 0) + 1
        yield (check.name if count == 1 else f"{check.name} {count}"), check


def _settings(result: Result) -> dict[str, Any]:
    own = ("like", "input", "label", "reduction", "denominator", "precision")
    return {**{name: getattr(result, name) for name in own}, **result.params}


def _apart(group: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of dictionaries, what is not the same in all; those that are equal all the same are numbered."""
    keys = list(dict.fromkeys(key for each in group for key in each))
    shown = [{key: signature.show(each.get(key)) for key in keys} for each in group]
    telling = [key for key in keys if len({each[key] for each in shown}) > 1]
    parts: list[dict[str, Any]] = []
    seen: dict[tuple[str, ...], int] = {}
    for each, words in zip(group, shown, strict=True):
        mark = tuple(words[key] for key in telling)
        seen[mark] = seen.get(mark, 0) + 1
        number = {"number": seen[mark]} if seen[mark] > 1 else {}
        settings = {key: each.get(key) for key in telling if key != "like" or each.get(key)}
        parts.append({**settings, **number})
    return parts
