"""Arguments of Python that would do nothing are refused: what says how files are read, where there is no file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ...core.errors import UsageProblem

OF_FILES = ("delimiter", "header", "decimal", "quote", "escape")
OF_RESAMPLES = ("resamples", "seed")


def refuse_idle(files: Mapping[Any, Any], given: Mapping[str, Any]) -> None:
    """Refuse arguments that nothing of what is given depends on."""
    if not any(map(_is_file, files.values())):
        for name in OF_FILES:
            if given.get(name) not in (None, "auto"):
                raise UsageProblem(
                    f"{name} says how files are read, and all data here are in memory.",
                    f"Leave out {name}.",
                    kind="idle_argument",
                    options=(name,),
                )
    if given.get("test") == "t" and "margin" in given:
        for name in OF_RESAMPLES:
            if given.get(name):
                raise UsageProblem(
                    f'{name} is for test="sign-flip" and test="bootstrap", which draw resamples.',
                    f"Leave out {name}.",
                    kind="idle_argument",
                    options=(name,),
                )


def _is_file(given: Any) -> bool:
    return isinstance(given, str | os.PathLike) or hasattr(given, "read")
