"""Types of options of few commands: objects, which no text stands for, and rates of error."""

from __future__ import annotations

from typing import Any

from .option_types import Level, OptionType


class Executor(OptionType):
    """What runs work elsewhere, as `concurrent.futures` has it."""

    def rule(self) -> str:
        return "an executor of concurrent.futures, or what has its submit as Dask's client.get_executor()"

    def check(self, value: Any) -> Any:
        if not callable(getattr(value, "submit", None)):
            raise ValueError
        return value


class Rate(Level):
    """A rate of errors: 0.05, 5, or as text 5%. What comes out is a fraction."""

    def rule(self) -> str:
        return "a rate above 0 and below 100 %, such as 5% or 0.05"
