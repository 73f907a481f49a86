"""Loops in C that take the place of NumPy's, where losscli was installed with a C compiler at hand.

They give the same numbers, to the bit. LOSSCLI_COMPILED=0 leaves them alone.
"""

from __future__ import annotations

import os
from functools import cache
from importlib import import_module
from typing import Any

INTERFACE = 1  # of the C files; a module that was compiled from others is not used


@cache
def _module(name: str) -> Any:
    """The module, imported once it is first needed; None where there is none, as in a package that is a zip file."""
    try:
        module = import_module(f".{name}", __package__)
    except ImportError:
        return None
    return module if getattr(module, "INTERFACE", None) == INTERFACE else None


def group_sums() -> Any:
    """The module `_group_sums`, which adds floats to exact sums of groups; None where NumPy is to do it."""
    return None if os.environ.get("LOSSCLI_COMPILED") == "0" else _module("_group_sums")
