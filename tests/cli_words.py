"""Command lines that several tests of the program type."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

PRED, LABEL = "diabetes/pred.npy", "diabetes/label.npy"
MSE = ("compute", "mse", PRED, LABEL)
VALUE = "3024.6856610020086\n"
posix = pytest.mark.skipif(os.name != "posix", reason="signals, modes and links of POSIX")


def leftovers(folder: Path) -> list[str]:
    return [name for name in os.listdir(folder) if name.startswith(".losscli-")]


def broken(*_: Any, **__: Any) -> None:
    raise RuntimeError("the kernel\nburst")


ENDLESS = ("compute", "mse", "-", "--pred", "pred", "--label", "label")
