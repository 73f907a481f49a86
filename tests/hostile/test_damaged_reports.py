"""Reports in which a part was changed: whatever it holds, gate, verify and merge compute or say what is wrong."""

from __future__ import annotations

import copy
import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

VALUES = [
    None,
    -1,
    "x",
    [],
    {},
    float("inf"),
    float("nan"),
    True,
    [1],
    {"a": 1},
    10**400,
    [None],
    [{}],
    "\x1b[31m",
    [[1]],
]


def places(document: Any) -> list[tuple[Any, Any]]:
    """Every place of a document at which a value stands."""
    listed: list[tuple[Any, Any]] = []
    items = document.items() if isinstance(document, dict) else enumerate(document[:6])
    for key, value in list(items):
        listed.append((document, key))
        listed += places(value) if isinstance(value, dict | list) else []
    return listed


@pytest.mark.parametrize("changes", [8, pytest.param(600, marks=pytest.mark.slow)])
def test_no_change_of_a_report_ends_in_a_traceback(
    cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: int
) -> None:
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(8)
    np.save("p.npy", rng.normal(size=(30, 3)))
    np.save("y.npy", rng.integers(0, 2, 30))  # nothing counts for class 2
    words = ["--by", "label", "--worst", "2", "--ci", "95", "--per-output", "--histograms", "--partial", "-o", "r.json"]
    assert cli("compute", "softmax_cross_entropy", "p.npy", "y.npy", *words).code == 0
    whole, dice = json.loads(Path("r.json").read_text()), random.Random(5)
    for _ in range(changes):
        document = copy.deepcopy(whole)
        held, key = dice.choice(places(document))
        held[key] = dice.choice(VALUES)
        Path("m.json").write_text(json.dumps(document))
        for command in (
            ("gate", "m.json", "--baseline", "r.json", "--report", "html=m.html", "--format", "plain"),
            ("gate", "r.json", "--baseline", "m.json", "--report", "csv=m.csv"),
            ("verify", "m.json"), ("merge", "m.json"),
        ):  # fmt: skip
            ended = cli(*command)
            assert ended.code != 70, (command, held, key, ended.err)
