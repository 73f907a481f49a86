"""Types of options about evidence: levels of confidence, and margins."""

from __future__ import annotations

import math
from typing import Any

import click

from .options import option_in


def number_of(text: str) -> float:
    """The number that a text is; nan where it is none."""
    try:
        return float(text)
    except ValueError:
        return math.nan


class ConfidenceType(click.ParamType):  # type: ignore[type-arg]
    """A level of confidence: 95, 95% or 0.95."""

    name = "level"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, float):
            return value
        text = str(value).strip()
        found = number_of(text.removesuffix("%"))
        level = found / 100.0 if found > 1.0 or text.endswith("%") else found
        if not 0.0 < level < 1.0:
            self.fail(f"{value!r} is not a level of confidence; write 95 or 0.95.", param, ctx)
        return level


class MarginType(click.ParamType):  # type: ignore[type-arg]
    """A margin: a number, or a percentage of the base's loss."""

    name = "margin"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, float]:
        if isinstance(value, tuple):
            return value
        text = str(value).strip()
        found = number_of(text.removesuffix("%"))
        if not 0.0 <= found < math.inf:
            self.fail(f"{value!r} is not a margin; write 0.01, or 0.5% of the base's loss.", param, ctx)
        return ("relative", found / 100.0) if text.endswith("%") else ("absolute", found)


def interval_options() -> list[click.Option]:
    """How sure the number is."""
    option = option_in("The number")
    return [
        option("--ci", type=ConfidenceType(), metavar="LEVEL", help="An interval of this confidence, such as 95."),
        option(
            "--bootstrap", type=click.IntRange(100, 1_000_000), metavar="B",
            help="Take the interval from so many bootstrap samples instead of the standard error.",
        ),
        option("--cluster", metavar="COLUMN|SPEC", help="Rows with the same value here depend on each other."),
    ]  # fmt: skip
