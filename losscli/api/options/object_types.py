"""Types of options that only Python has: objects, which no text stands for."""

from __future__ import annotations

from typing import Any

from .option_types import OptionType


class Executor(OptionType):
    """What runs work elsewhere, as `concurrent.futures` has it."""

    def rule(self) -> str:
        return "an executor of concurrent.futures, or what has its submit as Dask's client.get_executor()"

    def check(self, value: Any) -> Any:
        if not callable(getattr(value, "submit", None)):
            raise ValueError
        return value
