"""`slices`, `sweep` and `why` in every format, as they were written before: a change of one is seen in its golden."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from documents import masked

from losscli.report.renderers.registry import FORMATS_OF_LISTINGS, OF_DECOMPOSITIONS

DIABETES = "diabetes/pred.npy", "diabetes/other.npy", "diabetes/label.npy"
COMMANDS = {
    "sweep": ("sweep", "huber", DIABETES[0], DIABETES[2], "--delta", "1,10,40", "--ci", "95"),
    "sweep-pair": ("sweep", "huber", *DIABETES, "--delta", "1,40"),
    "slices": ("slices", "groups.csv", "-l", "mae", "--pred", "p", "--label", "y", "--over", "region,age"),
    "slices-none": ("slices", "groups.csv", "-l", "mae", "--pred", "p", "--label", "y", "--over", "side"),
    "why": ("why", *DIABETES, "-l", "mse", "--by", "groups.csv::region", "--keep", "groups.csv::age", "--top", "2"),
}
OPTIONS = {"table": ("--color", "never")}


def cases() -> list[Any]:
    listed = [(name, each) for name in COMMANDS if name != "why" for each in FORMATS_OF_LISTINGS]
    listed += [("why", each) for each in OF_DECOMPOSITIONS]
    few = {("sweep", "plain"), ("slices", "markdown"), ("why", "table")}
    return [case if case in few else pytest.param(*case, marks=pytest.mark.slow) for case in listed]


def write_groups(folder: Path) -> None:
    """Rows of which those of the north are worse."""
    rng = np.random.default_rng(6)
    rows = ["p,y,region,age,side"]
    for i in range(442):
        region, age = ("north", "south", "a | b")[i % 3], int(rng.integers(20, 80))
        p, y = float(rng.integers(0, 8)) / 8, float(rng.integers(0, 8)) / 8
        rows.append(f"{p + 4.0 * (region == 'north')},{y},{region},{age},{'left' if i % 2 else 'right'}")
    (folder / "groups.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")


@pytest.mark.parametrize(("name", "format_"), cases())
def test_goldens(cli: Any, golden: Any, tmp_path: Path, sample_data: Path, monkeypatch: Any, name: str, format_: str
) -> None:  # fmt: skip
    (tmp_path / "diabetes").symlink_to(sample_data / "diabetes")
    write_groups(tmp_path)
    monkeypatch.chdir(tmp_path)
    ran = cli(*COMMANDS[name], "--format", format_, *OPTIONS.get(format_, ()))
    assert ran.code == 0, ran.err
    golden(f"{name}-{format_}", masked(ran.out))


@pytest.mark.parametrize("name", ["sweep", "slices", "why"])
def test_what_verify_does_not_compute_is_computed_again_by_its_command(
    cli: Any, tmp_path: Path, sample_data: Path, monkeypatch: Any, name: str
) -> None:
    (tmp_path / "diabetes").symlink_to(sample_data / "diabetes")
    write_groups(tmp_path)
    monkeypatch.chdir(tmp_path)
    documents = []
    for path in ("old.json", "again.json"):
        assert cli(*COMMANDS[name], "--json", "-o", path).code == 0
        documents.append({**json.loads(Path(path).read_text(encoding="utf-8")), "elapsed_s": 0.0})
    assert documents[0] == documents[1]
    ran = cli("verify", "old.json")
    assert ran.code == 3
    assert f"old.json is of losscli {COMMANDS[name][0]}, which verify does not compute again." in ran.err
    assert "with --json -o again.json, and compare the two documents" in ran.err
