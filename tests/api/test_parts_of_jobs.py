"""Jobs in parts: added up in any order they are the whole, to the bit, wherever they ran."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import random
import signal
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import losscli
from losscli.api.parts import Part
from losscli.core.binding.bound_loss import BoundLoss
from losscli.core.errors import DataProblem, LossCliError, UsageProblem
from losscli.core.record import replace

ROWS = 30_000


@pytest.fixture(autouse=True)
def small_blocks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that few rows are many blocks; worker processes have blocks of the usual size."""
    if "usual_blocks" not in request.fixturenames:
        monkeypatch.setattr(BoundLoss, "block_rows", property(lambda _: 1777))


@pytest.fixture
def usual_blocks() -> None:
    """Asked for by tests with processes."""


class Inline(Executor):
    """Runs what is submitted at once, as if it had been sent to another process and back; the last first."""

    _max_workers = 3

    def submit(self, work: Any, /, *given: Any, **named: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            work, given = pickle.loads(pickle.dumps((work, given)))
            future.set_result(pickle.loads(pickle.dumps(work(*given, **named))))
        except BaseException as problem:
            future.set_exception(pickle.loads(pickle.dumps(problem)))
        return future


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One data set in several formats; labels have gaps."""
    path, rng = tmp_path_factory.mktemp("parts"), np.random.default_rng(0)
    columns = {
        "p": np.round(rng.normal(size=ROWS) * 10.0 ** rng.integers(-3, 4, ROWS), 6),
        "y": np.round(rng.normal(size=ROWS), 6),
        "w": rng.integers(0, 4, ROWS),
        "shop": rng.integers(0, 40, ROWS),
        "day": np.arange(ROWS) // 300,
    }
    gaps = rng.random(ROWS) < 0.01
    columns["z"] = np.where(gaps, np.nan, columns["y"])
    pq.write_table(pa.table(columns), path / "data.parquet", row_group_size=4_000)
    np.savez(path / "data.npz", **columns)
    for name in ("p", "y", "z", "w", "shop", "day"):
        np.save(path / f"{name}.npy", columns[name])
    return path


OPTIONS: list[dict[str, Any]] = [
    {"ci": 90, "cluster": "day"},
    {"ci": 90, "bootstrap": 200},
    {"histograms": True},
    {"by": "shop,day:20", "weights": "w", "ci": 95},
    {"reduction": "none"},
]
MORE_OPTIONS: list[dict[str, Any]] = [
    {},
    {"ci": 95, "weights": "w"},
    {"by": "shop"},
    {"by": "shop", "macro": True, "min_n": 10},
    {"weights": "w", "weights_are": "frequency", "by": "shop"},
    {"reduction": "sum"},
]


def same(ours: losscli.Result, theirs: losscli.Result) -> None:
    assert ours.to_dict() == theirs.to_dict()
    assert ours.notes == theirs.notes
    if theirs.rows is not None:
        assert np.array_equal(ours.rows, theirs.rows)


@pytest.mark.parametrize(
    "options", [*OPTIONS, *(pytest.param(each, marks=pytest.mark.slow) for each in MORE_OPTIONS)], ids=str
)
def test_parts_are_the_whole_to_the_bit(folder: Path, options: dict[str, Any]) -> None:
    """In any order, through pickles, for each loss with sums, several terms, or values that are no means."""
    path = str(folder / "data.parquet")
    for loss in ("mse", "r2", "max_error")[: 1 if "bootstrap" in options else 3]:
        if (loss != "mse" and "reduction" in options) or (loss == "max_error" and "ci" in options):
            continue
        whole = losscli.compute(loss, path, pred="p", label="y", **options)
        parts = losscli.parts(loss, path, pred="p", label="y", **options)
        assert len(parts) > 2
        sums = [pickle.loads(pickle.dumps(pickle.loads(pickle.dumps(part)).run())) for part in parts]
        random.Random(1).shuffle(sums)
        total = sum(sums)
        same(total.result(), whole)
        same(total.result(), whole)  # it may be asked for twice


def test_formats_holes_and_classes(folder: Path) -> None:
    """Parts of arrays on disk and in memory, with gaps that are left out or stay."""
    p, z = str(folder / "p.npy"), str(folder / "z.npy")
    for nan in ("omit", "propagate"):
        same(
            sum(part.run() for part in losscli.parts("mae", p, z, nan=nan)).result(),
            losscli.compute("mae", p, z, nan=nan),
        )
    rng = np.random.default_rng(1)
    logits, labels = rng.normal(size=(20_000, 3)), rng.integers(0, 3, 20_000)
    labels[:500] = -100
    known = {"ignore_index": -100, "by": "label", "histograms": True}
    whole = losscli.compute("softmax_cross_entropy", logits, labels, **known)
    same(sum(part.run() for part in losscli.parts("softmax_cross_entropy", logits, labels, **known)).result(), whole)


def test_a_loss_that_reads_twice_and_text_that_is_one_part(folder: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    points, classes = rng.normal(size=(8_000, 4)), rng.integers(0, 5, 8_000)
    parts = losscli.parts("center", points, classes)
    same(sum(part.run() for part in parts).result(), losscli.compute("center", points, classes))
    text = tmp_path / "data.csv"
    text.write_text("p,y\n" + "".join(f"{i / 7:.3f},{i % 3}\n" for i in range(5000)))
    (part,) = losscli.parts("mse", str(text), pred="p", label="y")
    same(part.run().result(), losscli.compute("mse", str(text), pred="p", label="y"))


@pytest.mark.parametrize("options", [{}, {"by": "shop", "ci": 95}, {"cluster": "day", "ci": 95}], ids=str)
def test_an_executor_changes_no_bit(folder: Path, options: dict[str, Any]) -> None:
    path = str(folder / "data.parquet")
    whole = losscli.compute("mse", path, pred="p", label="y", **options)
    same(losscli.compute("mse", path, pred="p", label="y", executor=Inline(), **options), whole)
    losses = ["mse", "huber:delta=2", "r2"]
    ours = losscli.evaluate(losses, path, pred="p", label="y", executor=Inline(), **options)
    theirs = losscli.evaluate(losses, path, pred="p", label="y", **options)
    assert [each.to_dict() for each in ours.results] == [each.to_dict() for each in theirs.results]


def test_the_first_mistake_in_the_data_is_the_one_that_is_told(folder: Path) -> None:
    labels = np.load(folder / "y.npy")
    labels[[17_000, 25_000]] = np.nan
    with pytest.raises(DataProblem) as alone:
        losscli.compute("mse", np.load(folder / "p.npy"), labels)
    with pytest.raises(DataProblem) as elsewhere:
        losscli.compute("mse", np.load(folder / "p.npy"), labels, executor=Inline())
    assert str(elsewhere.value) == str(alone.value)
    assert elsewhere.value.row == alone.value.row == 17_000


def test_parts_that_are_missing_or_there_twice(folder: Path) -> None:
    sums = [part.run() for part in losscli.parts("mse", str(folder / "p.npy"), str(folder / "y.npy"))]
    for chosen, said in ((sums[1:], "missing"), (sums[:-1], "missing"), ([*sums, sums[0]], "twice")):
        with pytest.raises(DataProblem, match=said):
            sum(chosen).result()


def test_another_version_or_another_file_is_refused(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "p.npy"
    np.save(path, np.load(folder / "p.npy"))
    part: Part = losscli.parts("mse", str(path), str(path))[0]
    with pytest.raises(UsageProblem, match="same version"):
        replace(part, version="0.0.1").run()
    np.save(path, np.zeros(10))
    with pytest.raises(DataProblem, match="same files"):
        part.run()
    path.unlink()
    with pytest.raises(LossCliError):
        part.run()


def test_what_cannot_be_sent_or_read_again_is_refused(folder: Path) -> None:
    with pytest.raises(UsageProblem, match="executor must be"):
        losscli.compute("mse", [1.0], [1.0], executor=4)
    with open(folder / "p.npy", "rb") as stream, pytest.raises(LossCliError):
        losscli.compute("mse", stream, str(folder / "y.npy"), executor=Inline())


def _end(*_: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_processes(usual_blocks: None, tmp_path: Path) -> None:
    """Real worker processes; one that dies is a sentence."""
    files = str(tmp_path / "p.npy"), str(tmp_path / "y.npy")
    for seed, path in enumerate(files):
        np.save(path, np.random.default_rng(seed).normal(size=1_000_000).astype(np.float32))
    assert len(losscli.parts("mse", *files)) > 2
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        same(losscli.compute("mse", *files, executor=pool), losscli.compute("mse", *files))
        assert pool.submit(_end).exception() is not None
        with pytest.raises(DataProblem, match="lost a part"):
            losscli.compute("mse", *files, executor=pool)
