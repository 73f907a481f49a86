"""`batch --resume`: what a killed run left is gone on with, and nothing that is in the file is lost."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from batch_data import posix, records
from conftest import command, environment

RUN = ("p*.npy", "--labels", "y.npy", "-l", "mse", "-l", "huber:delta=0.5", "-o", "out.jsonl")


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines()


def seen(path: Path) -> list[tuple[str, str]]:
    return [(each["dataset"], each["loss"]) for each in records(path.read_text())]


@pytest.fixture
def whole(batch: Any, data: Path) -> list[str]:
    """The lines of one whole run; its file is taken away."""
    assert batch(*RUN).code == 0
    found = lines(data / "out.jsonl")
    (data / "out.jsonl").unlink()
    return found


# -- what was there ------------------------------------------------------------------------------------------


def test_the_part_of_a_killed_run_is_read_beside_an_older_file(batch: Any, data: Path, whole: list[str]) -> None:
    (data / "out.jsonl").write_text("\n".join(whole[:2]) + "\n")
    (data / "out.jsonl.part").write_text("\n".join(whole[2:5]) + "\n" + whole[5][:70])
    assert batch(*RUN, "--resume").err == "losscli: 8 results, 5 of them finished before in out.jsonl.\n"
    assert lines(data / "out.jsonl") == whole
    assert sorted(os.listdir(data)) == sorted([*(f"p{i}.npy" for i in range(4)), "y.npy", "out.jsonl"])


def test_the_part_alone(batch: Any, data: Path, whole: list[str]) -> None:
    (data / "out.jsonl.part").write_text("\n".join(whole[:3]) + "\n")
    assert batch(*RUN, "--resume").err == "losscli: 8 results, 3 of them finished before in out.jsonl.\n"
    assert lines(data / "out.jsonl") == whole
    assert not (data / "out.jsonl.part").exists()


def test_lines_come_in_the_order_of_the_input(batch: Any, data: Path, whole: list[str]) -> None:
    (data / "out.jsonl").write_text("\n".join([whole[7], whole[2], whole[4]]) + "\n")
    assert batch(*RUN, "--resume").code == 0
    assert lines(data / "out.jsonl") == whole


@pytest.mark.parametrize("jobs", [1, 2])
def test_data_that_changed_take_the_place_of_their_old_line(batch: Any, data: Path, jobs: int) -> None:
    assert batch(*RUN, "--jobs", jobs).code == 0
    np.save(data / "p2.npy", np.zeros(100))
    assert batch(*RUN, "--resume", "--jobs", jobs).code == 0
    resumed = lines(data / "out.jsonl")
    (data / "out.jsonl").unlink()
    assert batch(*RUN).code == 0
    assert resumed == lines(data / "out.jsonl")


def test_data_that_are_wrong_now_have_no_old_line(batch: Any, data: Path) -> None:
    assert batch(*RUN).code == 0
    np.save(data / "p2.npy", np.zeros(7))
    assert batch(*RUN, "--resume", "--keep-going").code == 4
    found = records((data / "out.jsonl").read_text())
    assert [each["status"] for each in found if each["dataset"] == "p2.npy"] == ["error", "error"]
    assert len(found) == 8


def test_data_that_are_away_keep_their_old_line(batch: Any, data: Path) -> None:
    names = [f"p{i}.npy" for i in range(4)]
    run = (*names, *RUN[1:])
    assert batch(*run).code == 0
    before = lines(data / "out.jsonl")
    (data / "p2.npy").rename(data / "away")
    assert batch(*run, "--resume", "--keep-going").code == 4
    found = lines(data / "out.jsonl")
    assert set(before) < set(found)
    assert len(found) == 10
    (data / "away").rename(data / "p2.npy")
    assert batch(*run, "--resume", "--keep-going").code == 0
    assert lines(data / "out.jsonl") == before


FOREIGN = ['{"step": 1, "mse": 0.5}', "no JSON at all", "", '{"tool": {"name": "other"}}', '["list"]', "null"]


def test_lines_that_it_does_not_know_stay(batch: Any, data: Path, whole: list[str]) -> None:
    (data / "out.jsonl").write_text("\n".join([FOREIGN[0], whole[0], *FOREIGN[1:], whole[5]]) + "\nand no end")
    for _ in range(2):
        assert batch(*RUN, "--resume").code == 0
        assert lines(data / "out.jsonl") == [*FOREIGN, "and no end", *whole]


def test_results_of_other_runs_stay(batch: Any, data: Path) -> None:
    """Of other data sets, other losses, other rows, and without hashes."""
    for more in (
        ("p0.npy", "-l", "mae"), ("p1.npy", "-l", "huber:delta=2"), ("p3.npy", "-l", "mae:reduction=none"),
    ):  # fmt: skip
        code, _, err = batch(*more, "--labels", "y.npy", "-o", "out.jsonl", "--resume")
        assert (code, "finished before" in err) == (0, False)
    (data / "out.jsonl").write_text(
        (data / "out.jsonl").read_text() + batch("p0.npy", "--labels", "y.npy", "-l", "l2", "--no-hash").out
    )
    before = lines(data / "out.jsonl")
    assert batch(*RUN, "--resume").code == 0
    assert lines(data / "out.jsonl")[: len(before)] == before
    assert len(before) == 1 + 1 + 100 + 1
    assert len(lines(data / "out.jsonl")) == len(before) + 8


def test_rows_and_results_without_hashes_are_computed_again_and_not_doubled(batch: Any, data: Path) -> None:
    run = ("p0.npy", "p1.npy", "--labels", "y.npy", "-l", "mae:reduction=none", "-l", "mse", "-o", "out.jsonl")
    assert batch(*run).code == 0
    whole = lines(data / "out.jsonl")
    for left in (whole, whole[:50], whole[:101], whole[:150]):
        (data / "out.jsonl").write_text("\n".join(left) + "\n")
        assert batch(*run, "--resume").code == 0
        assert lines(data / "out.jsonl") == whole
    assert batch(*RUN, "--no-hash").code == 0
    assert batch(*RUN, "--resume").code == 0
    assert len(lines(data / "out.jsonl")) == 8


def test_failures_give_way(batch: Any, data: Path) -> None:
    run = ("-", "--labels", "y.npy", "-l", "mse", "-o", "out.jsonl", "--resume", "--keep-going")
    assert batch(*run, stdin=b"p0.npy\nlater.npy\n{\np1.npy\n").code == 4
    assert [each["status"] for each in records((data / "out.jsonl").read_text())] == ["ok", "error", "error", "ok"]
    shutil.copy(data / "p3.npy", data / "later.npy")
    assert batch(*run, stdin=b'p0.npy\nlater.npy\n{"pred": "p2.npy"}\np1.npy\n').code == 0
    ok = [each for each in records((data / "out.jsonl").read_text()) if each["status"] == "ok"]
    assert [each["dataset"] for each in ok] == ["p0.npy", "later.npy", "p2.npy", "p1.npy"]


NAMES = [b"a\tb.npy", b"a\nb.npy", b"not \xff text.npy", b"esc \x1b[31m.npy", "café.npy".encode(), b" blank .npy"]


@posix
def test_names_of_all_kinds_are_known_again(batch: Any, data: Path) -> None:
    for name in NAMES:
        shutil.copy(data / "p0.npy", os.path.join(os.fsencode(data), name))
    run = ("--files0-from", "-", "--labels", "y.npy", "-l", "mse", "-o", "out.jsonl")
    assert batch(*run, stdin=b"\0".join(NAMES)).code == 0
    before = lines(data / "out.jsonl")
    code, _, err = batch(*run, "--resume", stdin=b"\0".join(NAMES))
    assert (code, err) == (0, f"losscli: {len(NAMES)} results, {len(NAMES)} of them finished before in out.jsonl.\n")
    assert lines(data / "out.jsonl") == before


def test_new_gates_stand_in_the_old_lines(batch: Any, data: Path) -> None:
    assert batch(*RUN).code == 0
    assert batch(*RUN, "--resume", "--max", "mse=0.001").code == 1
    resumed = lines(data / "out.jsonl")
    (data / "out.jsonl").unlink()
    assert batch(*RUN, "--max", "mse=0.001").code == 1
    assert lines(data / "out.jsonl") == resumed


def test_a_report_in_the_place_of_the_part_is_refused(batch: Any, data: Path) -> None:
    assert batch(*RUN).code == 0
    before = (data / "out.jsonl").read_bytes()
    code, _, err = batch(*RUN, "--report", "csv=out.jsonl.part")
    assert (code, err) == (2, "losscli: out.jsonl.part is the target of two outputs. Give each its own file.\n")
    assert (data / "out.jsonl").read_bytes() == before
    assert not (data / "out.jsonl.part").exists()


def test_a_part_that_is_another_file_is_left_alone(batch: Any, data: Path) -> None:
    (data / "out.jsonl.part").write_text("a download\n")
    for more in ((), ("--resume",)):
        code, _, err = batch(*RUN, *more)
        assert (code, "out.jsonl.part" in err, "is another file" in err) == (2, True, True)
    assert (data / "out.jsonl.part").read_text() == "a download\n"


# -- two runs ------------------------------------------------------------------------------------------------


def open_files(process: int) -> list[str]:
    names = []
    for each in os.listdir(f"/proc/{process}/fd"):
        with contextlib.suppress(OSError):
            names.append(os.readlink(f"/proc/{process}/fd/{each}"))
    return names


@posix
@pytest.mark.parametrize("before", ["nothing", "file", "part"])
@pytest.mark.parametrize("more", [(), ("--resume",)])
def test_two_runs_into_one_file_are_refused(data: Path, batch: Any, before: str, more: tuple[str, ...]) -> None:
    if before != "nothing":
        assert batch(*RUN).code == 0
    if before == "part":
        (data / "out.jsonl").rename(data / "out.jsonl.part")
    words = ("-", "--labels", "y.npy", "-l", "mse", "-o", "out.jsonl")
    with subprocess.Popen(
        command("batch", *words, *more), stdin=subprocess.PIPE, stderr=subprocess.PIPE, cwd=data, env=environment()
    ) as first:
        assert first.stdin is not None
        first.stdin.write(b"p0.npy\n")
        first.stdin.flush()
        if not os.path.isdir(f"/proc/{first.pid}/fd"):
            pytest.skip("the system does not list open files")
        until = time.monotonic() + 300
        while not any("out.jsonl" in each for each in open_files(first.pid)) and time.monotonic() < until:
            time.sleep(0.02)
        time.sleep(0.3)
        (data / "link.jsonl").symlink_to("out.jsonl")
        for path in ("out.jsonl", "link.jsonl"):
            for others in ((), ("--resume",)):
                code, _, err = batch(*RUN[:-1], path, *others)
                what = f"losscli: {path} is being written by another run."
                assert (code, err) == (2, f"{what} Wait for its end, or name another file with -o.\n")
        first.stdin.close()
        assert first.wait(300) == 0
    assert batch(*RUN, "--resume").code == 0


@posix
@pytest.mark.parametrize("name", ["out.json", "out.csv", "out.md"])
@pytest.mark.parametrize("older", [False, True])
def test_two_runs_into_one_file_of_another_format_are_refused(data: Path, batch: Any, name: str, older: bool) -> None:
    if older:
        (data / name).write_text("what was there before\n")
    words = ("-", "--labels", "y.npy", "-l", "mse", "--jobs", "2", "-o")
    (data / "link").symlink_to(name)
    with subprocess.Popen(
        command("batch", *words, name), stdin=subprocess.PIPE, stderr=subprocess.PIPE, cwd=data, env=environment()
    ) as first:
        assert first.stdin is not None
        until = time.monotonic() + 300
        while not any(each.startswith(".losscli-") for each in os.listdir(data)) and time.monotonic() < until:
            time.sleep(0.02)
        time.sleep(0.3)
        for path in (name, "link"):
            code, _, err = batch("p0.npy", *words[1:], path, "--format", "json")
            assert (code, f"{path} is being written by another run." in err) == (2, True), err
        assert batch("p0.npy", *words[1:], f"other-{name}").code == 0
        first.send_signal(signal.SIGKILL)
    assert (data / name).exists() == older
    again = batch("p0.npy", "p1.npy", *words[1:], name)  # what the killed run left is in nobody's way
    assert again.code == 0, again.err
    assert not [each for each in os.listdir(data) if each.startswith(".losscli-")]
    assert "p1.npy" in (data / name).read_text()


@posix
def test_where_there_are_no_locks_files_are_written_all_the_same(
    data: Path, batch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    def refused(*_: object) -> None:
        raise OSError(95, "no locks here")

    monkeypatch.setattr(fcntl, "flock", refused)
    assert batch("p0.npy", "--labels", "y.npy", "-l", "mse", "-o", "out.csv").code == 0
    assert sorted(each for each in os.listdir(data) if "losscli" in each or "out" in each) == ["out.csv"]


# -- kills ---------------------------------------------------------------------------------------------------

SLOW = """
import sys, time
from losscli.api import batch
evaluate = batch.evaluate
from losscli.cli import batch_run
batch_run.evaluate = lambda *given: (time.sleep(0.02), evaluate(*given))[1]
from losscli.__main__ import main
main()
"""


def killed_until_whole(data: Path, kills: int, jobs: int, older: bool) -> int:
    """Runs that are killed at random moments and gone on with, and one to the end; how many were killed at work."""
    dice = random.Random(kills + jobs)
    for i in range(4, 24):
        np.save(data / f"p{i:02d}.npy", np.random.default_rng(i).normal(size=100))
    words = ("batch", *RUN, "-l", "mae:reduction=none")
    subprocess.run(command(*words), cwd=data, env=environment(), check=True, capture_output=True)
    whole = (data / "out.jsonl").read_bytes()
    (data / "out.jsonl").unlink()
    if older:
        (data / "out.jsonl").write_bytes(b"".join(whole.splitlines(keepends=True)[-3:]))
    at_work = 0
    for _ in range(kills):
        with subprocess.Popen(
            [sys.executable, "-c", SLOW, *words, "--resume", "--jobs", str(jobs)], cwd=data, env=environment(),
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        ) as run:  # fmt: skip
            try:
                run.wait(0.3 + 0.5 * dice.random())
            except subprocess.TimeoutExpired:
                run.send_signal(signal.SIGKILL)
                at_work += 1
            assert run.stderr is not None
            assert b"another run" not in run.stderr.read()
    subprocess.run(command(*words, "--resume"), cwd=data, env=environment(), check=True, capture_output=True)
    assert (data / "out.jsonl").read_bytes() == whole
    assert [name for name in os.listdir(data) if name.startswith("out")] == ["out.jsonl"]
    return at_work


@posix
@pytest.mark.parametrize(("jobs", "older"), [(1, False), (2, True)])
def test_a_few_kills_and_one_whole_run_make_one_file(data: Path, jobs: int, older: bool) -> None:
    assert killed_until_whole(data, 4, jobs, older) > 0


@posix
@pytest.mark.slow
@pytest.mark.parametrize(("jobs", "older"), [(1, False), (2, True)])
def test_fifty_kills_and_one_whole_run_make_one_file(data: Path, jobs: int, older: bool) -> None:
    assert killed_until_whole(data, 50, jobs, older) > 10


# -- processes -----------------------------------------------------------------------------------------------


@posix
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_workers_end_with_the_program(data: Path, number: int) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SLOW.replace("0.02", "30"), "batch", *RUN[:-2], "--jobs", "2"],
        cwd=data, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    ) as run:  # fmt: skip
        children = Path(f"/proc/{run.pid}/task/{run.pid}/children")
        if not children.exists():
            run.kill()
            pytest.skip("the system does not list children")
        until = time.monotonic() + 300
        while len(children.read_text().split()) < 2 and time.monotonic() < until:
            time.sleep(0.02)
        time.sleep(0.3)
        workers = children.read_text().split()
        run.send_signal(number)
        assert run.wait(300) == (130 if number == signal.SIGINT else -number)
        assert run.stderr is not None
        assert run.stderr.read() == (b"losscli: interrupted.\n" if number == signal.SIGINT else b"")
        until = time.monotonic() + 300
        while any(alive(each) for each in workers) and time.monotonic() < until:
            time.sleep(0.05)
        assert not any(alive(each) for each in workers)


def alive(process: str) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


@posix
def test_a_worker_that_is_killed_is_a_failure_of_its_data_set(batch: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from losscli.cli import batch_run

    real = batch_run.evaluate

    def evaluate(job: Any, *rest: Any) -> Any:
        if job.name == "p1.npy":
            os.kill(os.getpid(), signal.SIGKILL)
        return real(job, *rest)

    monkeypatch.setattr(batch_run, "evaluate", evaluate)
    code, out, _ = batch(*RUN[:-2], "--jobs", "2", "--keep-going")
    found = records(out)
    assert (code, [each["status"] for each in found]) == (4, ["ok"] * 2 + ["error"] * 2 + ["ok"] * 4)
    assert [each["dataset"] for each in found] == [f"p{i // 2}.npy" for i in range(8)]
    assert "was ended by the system" in json.dumps(found[2])


@posix
def test_where_no_process_can_be_started_this_one_works(batch: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = batch(*RUN[:-2]).out

    def refuse() -> int:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", refuse)
    assert batch(*RUN[:-2], "--jobs", "2").out == whole
