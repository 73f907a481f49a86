"""Records of a batch, and the losses it is asked for."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

posix = pytest.mark.skipif(os.name != "posix", reason="signals and pipes of POSIX")
ROWS = 100


def records(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


ALL = ("p*.npy", "--labels", "y.npy", "-l", "mse", "-l", "huber:delta=0.5")
SUITE = """
loss = ["mse", "mae"]
[[data]]
name = "a"
pred = "p0.npy"
label = "y.npy"
max = {{ mse = {mse}, mae = 100 }}
"""
