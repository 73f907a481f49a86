"""Rows that depend on each other by how a loss is made: no standard error of rows, and why; or the right one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import losscli
from losscli.core.errors import UsageProblem


@pytest.fixture
def faces() -> tuple[Any, Any]:
    """Embeddings of 30 rows of ten classes."""
    return np.random.default_rng(1).normal(size=(30, 4)), np.arange(30) % 10


def test_mined_triplets_have_no_standard_error(faces: tuple[Any, Any]) -> None:
    for mining in ("all", "hard", "semihard"):
        found = losscli.compute("triplet", *faces, mining=mining, ci=95)
        assert (found.stderr, found.ci) == (None, None)
        with pytest.raises(UsageProblem, match=r"mined from all rows.*cluster.* does not change that"):
            losscli.compute("triplet", *faces, mining=mining, cluster=faces[1])
        with pytest.raises(UsageProblem, match=r"bootstrap.* does not change that"):
            losscli.compute("triplet", *faces, mining=mining, ci=95, bootstrap=200)


def test_the_command_says_why(cli: Any, tmp_path: Any, faces: tuple[Any, Any]) -> None:
    paths = [str(tmp_path / name) for name in ("pred.npy", "other.npy", "label.npy")]
    for path, array in zip(paths, (faces[0], faces[0] * 1.1, faces[1]), strict=True):
        np.save(path, array)
    ran = cli("compute", "triplet", paths[0], paths[2], "--mining", "hard", "--ci", "95")
    assert "triplet has no standard error here: its triplets are mined from all rows" in ran.err
    ran = cli("compute", "center", paths[0], paths[2], "--ci", "95")
    assert "--centers SPEC made from other rows" in ran.err
    assert "standard error" not in ran.out
    assert (
        cli("compute", "center", paths[0], paths[2], "--ci", "95", "--cluster", paths[2]).out.count("standard error")
        == 1
    )
    ran = cli("compare", *paths, "-l", "triplet:mining=hard")
    assert "inconclusive" in ran.out
    assert "mined from all rows" in ran.err
    ran = cli("compare", *paths, "-l", "triplet:mining=hard", "--cluster", paths[2])
    assert "inconclusive" in ran.out
    assert "mined from all rows" in ran.err


def test_triplets_and_centres_of_ones_own_have_one(faces: tuple[Any, Any]) -> None:
    pred, label = faces
    assert losscli.compute("center", pred, label, centers=np.zeros((10, 4))).stderr is not None
    assert losscli.compute("triplet", pred, positive=pred + 1, negative=pred - 0.5).stderr is not None


def test_classes_are_clusters_of_a_loss_from_their_means() -> None:
    """Two rows a class: their losses from their own mean are the same, and rows alone cover in 83 %."""
    rng = np.random.default_rng(2)
    label = np.repeat(np.arange(60), 2)
    covered = 0
    for _ in range(200):
        ci = losscli.compute("center", rng.normal(size=(120, 4)), label, cluster=label, ci=95).ci
        assert ci is not None
        covered += ci["low"] <= 1.0 <= ci["high"]  # 1/2 x 4 numbers x (2 - 1) / 2
    assert covered / 200 >= 0.93 - 3 * (0.95 * 0.05 / 200) ** 0.5


def test_batches_are_what_a_comparison_stands_on() -> None:
    """One loss of batches of 30 rows, by itself and as a sum of one, or of one with batches of 15."""
    rng = np.random.default_rng(7)
    base, cand = rng.normal(size=(2, 120, 4))
    labels = rng.integers(0, 3, 120)
    for loss, options in (("supcon", {"batch_size": 30}), ("supcon(batch_size=30)", {})):
        result = losscli.compare(loss, base, cand, labels, margin="1%", **options)
        assert result.n == 120
        assert result.effective["batches"] == 4
        assert result.needed % 30 == 0
        assert any("of 4 batches" in note for note in result.notes)
        plain = losscli.compute(loss, base, labels, **options)
        assert result.base == pytest.approx(plain.value)
        assert plain.stderr == pytest.approx(0.5 * np.std(by_batch(base, labels), ddof=1))
    mixed = losscli.compute("supcon(batch_size=30) + 0.0 * supcon(batch_size=15)", base, labels)
    assert mixed.stderr == pytest.approx(plain.stderr)


def by_batch(rows: Any, labels: Any) -> list[float]:
    return [losscli.compute("supcon", rows[at : at + 30], labels[at : at + 30]).value for at in range(0, 120, 30)]
