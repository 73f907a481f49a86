"""Several losses in one pass: the same bits as alone, whatever their blocks; and failures that stay with their loss."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest
from outcomes import bits

from losscli.core import registry
from losscli.core.binding.binding import bind
from losscli.core.errors import DataProblem, UsageProblem
from losscli.core.record import replace
from losscli.engine.multi_loss import LossRun, run_all
from losscli.engine.run import Outcome, Settings, run
from losscli.sources.arrays import ArrayTable
from losscli.sources.frame import Frame
from losscli.sources.table import Load, Pick

Array = np.ndarray[Any, Any]
ROWS = 5000
BLOCKS = {"mse": 3001, "mae": 3001, "l2": 3001, "l1": 1500, "huber": 1000, "smooth_l1": 999, "focal": 137}


@pytest.fixture
def odd_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of sizes that no other size divides."""
    for i, loss in enumerate(registry.everything().values()):
        monkeypatch.setattr(loss, "block_elements", BLOCKS.get(loss.name, 700 + 13 * i))


def values(width: int, seed: int = 1) -> dict[str, Array]:
    rng = np.random.default_rng(seed)
    shape = (ROWS, width) if width > 1 else (ROWS,)
    return {"pred": rng.normal(size=shape) * 1e3, "label": rng.normal(size=shape), "weight": rng.uniform(size=ROWS)}


def scores(width: int, seed: int = 2) -> dict[str, Array]:
    """Logits and labels of classes, for losses of either."""
    rng = np.random.default_rng(seed)
    if width == 1:
        return {"pred": rng.normal(size=ROWS) * 5, "label": rng.integers(0, 2, ROWS)}
    return {"pred": rng.normal(size=(ROWS, width)) * 5, "label": rng.integers(0, width, ROWS)}


def overlaps(width: int, seed: int = 3) -> dict[str, Array]:
    """Distributions, and one class of each row."""
    rng = np.random.default_rng(seed)
    return {
        "pred": rng.dirichlet(np.ones(width), ROWS),
        "label": np.eye(width, dtype=np.int64)[rng.integers(0, width, ROWS)],
    }


FAMILIES = {
    "regression": (values, ("mse", "mae", "l2", "l1", "huber", "smooth_l1")),
    "binary": (lambda _: scores(1), ("sigmoid_cross_entropy", "focal", "hinge")),
    "classes": (scores, ("softmax_cross_entropy", "focal")),
    "overlap": (overlaps, ("dice", "kl_divergence")),
    "faces": (scores, ("cosface", "arcface")),
}


def frame_of(data: Mapping[str, Array]) -> Frame:
    return Frame({role: (ArrayTable(array, role), Pick()) for role, array in data.items()})


def tasks_of(names: tuple[str, ...], frame: Frame, settings: Settings, **options: Any) -> list[LossRun]:
    kind = {"arcface": "cosines", "cosface": "cosines"}
    found = []
    for name in names:
        bound = bind(registry.find(name), frame.shapes, input=kind.get(name), **options)
        found.append(LossRun(bound, settings))
    return found


def same(found: Any, alone: Outcome) -> bool:
    return isinstance(found, Outcome) and bits(found) == bits(alone) and found.counts == alone.counts


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("width", [1, 3, 4])
@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.usefixtures("odd_blocks")
def test_together_gives_the_bits_of_alone(family: str, width: int, threads: int) -> None:
    make, names = FAMILIES[family]
    if width == 1 and family in ("classes", "faces", "overlap"):
        pytest.skip("classes need columns")
    data = make(width)
    if family == "faces":
        data["pred"] = np.cos(data["pred"])
    frame = frame_of(data)
    tasks = tasks_of(names, frame, Settings(threads=threads))
    for task, found in zip(tasks, run_all(tasks, frame), strict=True):
        assert same(found, run(task.bound, frame, replace(task.settings, threads=1))), task.bound.loss.name


@pytest.mark.usefixtures("odd_blocks")
@pytest.mark.parametrize("policy", ["omit", "propagate"])
def test_rows_left_out_are_the_same(policy: str) -> None:
    data = values(1)
    data["pred"][[0, 1499, 2999, 3000, 3001, 4999]] = np.nan
    data["label"][17::501] = np.nan
    frame = frame_of(data)
    tasks = tasks_of(("mse", "mae", "huber", "l1"), frame, Settings(nan=policy, threads=3))
    for task, found in zip(tasks, run_all(tasks, frame), strict=True):
        alone = run(task.bound, frame, task.settings)
        assert isinstance(found, Outcome)
        assert (found.state.to_dict(), found.counts) == (alone.state.to_dict(), alone.counts)


@pytest.mark.usefixtures("odd_blocks")
def test_rows_are_kept_in_order() -> None:
    data = values(1)
    frame = frame_of(data)
    tasks = tasks_of(("mse", "huber"), frame, Settings(keep_rows=True, threads=3), reduction="none")
    for task, found in zip(tasks, run_all(tasks, frame), strict=True):
        assert isinstance(found, Outcome)
        assert np.array_equal(found.rows, run(task.bound, frame, task.settings).rows)


class Counting(ArrayTable):
    """An array that counts how often it is read."""

    read = 0

    def blocks(self, picks: Mapping[str, Pick], size: int) -> Iterator[Load]:
        Counting.read += 1
        return super().blocks(picks, size)


def test_one_pass_reads_once() -> None:
    data = values(1)
    frame = Frame({role: (Counting(array, role), Pick()) for role, array in data.items()})
    Counting.read = 0
    found = run_all(tasks_of(("mse", "mae", "huber", "l2"), frame, Settings()), frame)
    assert all(isinstance(each, Outcome) for each in found)
    assert Counting.read == len(data)


class Stream(ArrayTable):
    """An array that can be read once."""

    repeatable = False


def test_a_stream_serves_the_losses_of_one_pass() -> None:
    data = scores(1)
    data["label"] = data["label"] * 2 - 1
    frame = Frame({role: (Stream(array, role), Pick()) for role, array in data.items()})
    names = ("hinge", "sigmoid_cross_entropy", "focal")
    tasks = [
        LossRun(bind(registry.find("hinge"), frame.shapes, label_map="larger"), Settings()),
        *tasks_of(names[1:], frame, Settings()),
    ]
    first, *others = run_all(tasks, frame)
    assert isinstance(first, UsageProblem)
    assert "comes as a stream" in str(first)
    assert len(others) == 2


@pytest.mark.usefixtures("odd_blocks")
@pytest.mark.parametrize("threads", [1, 4])
def test_a_failure_stays_with_its_loss_and_names_the_first_row(threads: int) -> None:
    data = scores(1)
    data["pred"] = 1 / (1 + np.exp(-data["pred"]))
    data["pred"][[2998, 4000]] = 1.5
    frame = frame_of(data)
    settings = Settings(threads=threads)
    focal = LossRun(bind(registry.find("focal"), frame.shapes, input="probs"), settings)
    hinge = LossRun(bind(registry.find("hinge"), frame.shapes), settings)
    bad, good = run_all([focal, hinge], frame)
    assert isinstance(bad, DataProblem)
    assert "row 2998" in str(bad)
    assert same(good, run(hinge.bound, frame, settings))


def test_a_broken_file_fails_them_all() -> None:
    class Broken(ArrayTable):
        def blocks(self, picks: Mapping[str, Pick], size: int) -> Iterator[Load]:
            def broken() -> Any:
                raise DataProblem("gone.")

            yield from [next(super().blocks(picks, size)), broken]

    data = values(1)
    frame = Frame({role: (Broken(array, role), Pick()) for role, array in data.items()})
    tasks = tasks_of(("mse", "huber"), frame, Settings())
    assert [str(each) for each in run_all(tasks, frame)] == ["gone.", "gone."]


def test_a_memory_limit_keeps_losses_apart() -> None:
    frame = frame_of(values(1))
    found = run_all(tasks_of(("mse", "mae"), frame, Settings(max_memory=1 << 30)), frame)
    assert all(isinstance(each, Outcome) for each in found)
    assert all(
        isinstance(each, DataProblem)
        for each in run_all(tasks_of(("mse",), frame, Settings(max_memory=1 << 10)), frame)
    )
