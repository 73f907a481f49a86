"""Types of options that are objects in Python, which no text stands for, or which a text stands for elsewhere."""

from __future__ import annotations

import os
from typing import Any

from .option_types import FilePath, OptionType


class Executor(OptionType):
    """What runs work elsewhere, as `concurrent.futures` has it."""

    def rule(self) -> str:
        return "an executor of concurrent.futures, or what has its submit as Dask's client.get_executor()"

    def check(self, value: Any) -> Any:
        if not callable(getattr(value, "submit", None)):
            raise ValueError
        return value


class WrittenPath(FilePath):
    """The path of a file that is written, which Python has as a text or as a path of pathlib."""

    def rule(self) -> str:
        return "the path of a file"

    def check(self, value: Any) -> Any:
        path = os.fspath(value) if isinstance(value, os.PathLike) else value
        if path == "":
            raise ValueError
        return super().check(path)
