"""Clusters that follow each other, such as blocks of a series: noticed by the rows on both sides of their ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import losscli
from losscli.cli.main import run
from losscli.stats.cluster_ends import following

Array = np.ndarray[Any, Any]
NOTE = "rows resemble their neighbours of other clusters"
BLOCKS = np.arange(2000) // 40


def series(rng: np.random.Generator, count: int, n: int, phi: float) -> Array:
    rows = rng.normal(size=(count, n))
    for i in range(1, n):
        rows[:, i] = phi * rows[:, i - 1] + np.sqrt(1.0 - phi * phi) * rows[:, i]
    return rows


def near(rows: Array, code: Array) -> Any:
    """What the ends of clusters say of a mean."""
    centred = (rows - rows.mean()) / len(rows)
    at = np.flatnonzero(np.diff(code))
    return following(centred[at], centred[at + 1], np.bincount(code, weights=centred), code)


@pytest.mark.parametrize("phi", [0.5, 0.8])
@pytest.mark.parametrize("size", [20, 40])
def test_what_is_missing_from_the_variance_of_blocks_is_measured(phi: float, size: int) -> None:
    """Between neighbouring blocks of an AR(1) series the sum of l x phi^l is left out, twice, of the whole variance."""
    n = 20_000
    share = 2.0 * phi / (1.0 - phi) ** 2 / (size * (1.0 + phi) / (1.0 - phi) - 2.0 * phi / (1.0 - phi) ** 2)
    rng, code = np.random.default_rng(1), np.arange(n) // size
    each = [near(rows, code) for rows in series(rng, 20, n, phi)]
    assert np.mean([one.correlation for one in each]) == pytest.approx(phi, abs=0.03)
    assert np.mean([one.missing for one in each]) == pytest.approx(share, rel=0.12)


def test_clusters_that_are_independent_are_not_accused() -> None:
    rng = np.random.default_rng(2)
    for size, effect in ((5, 0.0), (5, 1.0), (40, 1.0)):
        code = np.arange(1000) // size
        draws = [near(effect * rng.normal(size=1000)[code] + rng.normal(size=1000), code) for _ in range(300)]
        assert np.mean([one.matters for one in draws]) < 0.02, (size, effect)


def test_too_few_clusters_say_nothing() -> None:
    rng = np.random.default_rng(3)
    assert near(rng.normal(size=80), np.arange(80) // 10) is None
    assert following(np.zeros(20), np.zeros(20), np.zeros(21), np.arange(21)) is None


@pytest.mark.parametrize(
    ("loss", "weighted"), [("mae", False), ("mae", True), ("mse", True), ("rmse", False), ("rmse", True), ("l1", False)]
)
def test_the_note(loss: str, weighted: bool) -> None:
    """Of values and of differences, of means and of functions of sums."""
    rng = np.random.default_rng(4)
    (rows,) = series(rng, 1, 2000, 0.8)
    independent = rng.normal(size=2000)
    weights = rng.uniform(0.5, 2.0, 2000) if weighted else None
    options: dict[str, Any] = {"cluster": BLOCKS, "weights": weights}
    for noise, wanted in ((rows, True), (independent, False)):
        base = np.full(2000, 20.0)
        value = losscli.compute(loss, base + noise, np.zeros(2000), ci=95, **options)
        assert any(NOTE in note for note in value.notes) is wanted
        difference = losscli.compare(loss, base, base + noise, np.zeros(2000), **options)
        assert any(NOTE in note for note in difference.notes) is wanted


def test_a_table_of_counts_has_no_order() -> None:
    (rows,) = series(np.random.default_rng(5), 1, 2000, 0.8)
    options: dict[str, Any] = {"cluster": BLOCKS, "weights": np.ones(2000), "ci": 95}
    assert losscli.compute("mae", 20.0 + rows, np.zeros(2000), **options).notes
    assert not losscli.compute("mae", 20.0 + rows, np.zeros(2000), weights_are="frequency", **options).notes


def test_a_gate_says_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (rows,) = series(np.random.default_rng(6), 1, 2000, 0.8)
    np.save("labels.npy", np.zeros(2000))
    np.save("blocks.npy", BLOCKS)
    for name, losses in (("base", np.full(2000, 20.0)), ("cand", 20.0 + rows)):
        np.save(f"{name}.npy", losses)
        words = ["--cluster", "blocks.npy", "--per-sample", f"{name}-rows.npy", "--report", f"json={name}.json", "-q"]
        assert run(["compute", "mae", f"{name}.npy", "labels.npy", *words]) == 0
    assert run(["gate", "cand.json", "--baseline", "base.json", "--report", "json=gate.json", "-q", "--exit-zero"]) == 0
    document = json.loads(Path("gate.json").read_text(encoding="utf-8"))
    assert any(NOTE in str(note) for note in document["warnings"])


@pytest.mark.parametrize(("phi", "size"), [(0.8, 40), (0.5, 10)])
def test_intervals_that_miss_have_the_note(phi: float, size: int) -> None:
    rng, code = np.random.default_rng(7), np.arange(1200) // size
    missed = 0
    for rows in series(rng, 150, 1200, phi):
        result = losscli.compute("mae", 30.0 + rows, np.zeros(1200), cluster=code, ci=95, threads=1)
        assert result.ci is not None
        held = result.ci["low"] <= 30.0 <= result.ci["high"]
        missed += not held and not result.notes
    assert missed <= 8  # 5 % and two standard errors would be 12
