"""Bugs, interruption, and streams that end before their time."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli_words import ENDLESS, MSE, PRED, VALUE, broken, leftovers, posix
from conftest import command, environment


@pytest.fixture
def save(tmp_path: Path) -> Any:
    """Write an array to NAME.npy in a temporary folder."""

    def write(name: str, values: Any) -> Path:
        np.save(tmp_path / f"{name}.npy", np.asarray(values))
        return tmp_path / f"{name}.npy"

    return write


def test_a_bug_is_one_line_and_70(cli: Any, monkeypatch: Any) -> None:
    import losscli

    monkeypatch.setattr(losscli.loss("mse"), "kernel", broken)
    line = "losscli: This is a bug in losscli: RuntimeError: the kernel burst. "
    line += "Set LOSSCLI_DEBUG=1 to see the traceback, and report it.\n"
    assert tuple(cli(*MSE)) == (70, "", line)
    monkeypatch.setenv("LOSSCLI_DEBUG", "1")
    code, out, err = cli(*MSE)
    assert (code, out) == (70, "")
    assert err.startswith("Traceback (most recent call last):")
    assert err.endswith(line)


def test_too_little_memory_is_the_inputs_fault(cli: Any, monkeypatch: Any) -> None:
    import losscli

    def greedy(*_: Any, **__: Any) -> None:
        raise MemoryError

    monkeypatch.setattr(losscli.loss("mse"), "kernel", greedy)
    assert tuple(cli(*MSE)) == (3, "", "losscli: There is not enough memory for this input.\n")


def until_it_waits(child: subprocess.Popen[bytes], rows: int) -> None:
    """Feed a child and give it time to read; it then waits for more in whichever thread reads."""
    assert child.stdin is not None
    child.stdin.write(b"pred,label\n" + b"1.5,2\n" * rows)
    child.stdin.flush()
    deadline = time.monotonic() + 300
    state = Path(f"/proc/{child.pid}/stat")
    calm = 0
    while time.monotonic() < deadline and calm < 4:
        time.sleep(0.05)
        if state.exists():
            calm = calm + 1 if state.read_text().rpartition(")")[2].split()[0] == "S" else 0
        elif time.monotonic() > deadline - 18:
            break
    time.sleep(0.3)


@posix
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM)])
@pytest.mark.parametrize("rows", [1, 200_000])
def test_a_signal_ends_a_reader_of_an_endless_pipe(tmp_path: Path, number: int, code: int, rows: int) -> None:
    target = tmp_path / "out.json"
    target.write_text("before")
    with subprocess.Popen(
        command(*ENDLESS, "-o", str(target)),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(),
    ) as child:  # fmt: skip
        try:
            until_it_waits(child, rows)
            assert len(leftovers(tmp_path)) == 1
            child.send_signal(number)
            assert child.wait(300) == code
            assert child.stdout is not None
            assert child.stderr is not None
            assert child.stdout.read() == b""
            assert child.stderr.read() == (b"losscli: interrupted.\n" if code == 130 else b"")
        finally:
            child.kill()
    assert leftovers(tmp_path) == []
    assert target.read_text() == "before"


@posix
@pytest.mark.skipif(shutil.which("sh") is None, reason="needs sh")
def test_an_ignored_signal_stays_ignored() -> None:
    with subprocess.Popen(
        ["sh", "-c", 'trap "" INT HUP; exec "$@"', "sh", *command(*ENDLESS, "--format", "value")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment(),
    ) as child:  # fmt: skip
        try:
            until_it_waits(child, 4)
            child.send_signal(signal.SIGINT)
            child.send_signal(signal.SIGHUP)
            assert child.communicate(timeout=300) == (b"0.25\n", None)
            assert child.returncode == 0
        finally:
            child.kill()


@posix
def test_ctrl_c_in_this_process(cli: Any, monkeypatch: Any) -> None:
    import losscli.api.evaluation

    def interrupt(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(losscli.api.evaluation, "evaluate", interrupt)
    code, out, err = cli(*MSE)
    assert (code, out, err.strip()) == (130, "", "losscli: interrupted.")


@posix
@pytest.mark.parametrize(
    "arguments",
    [
        (*MSE, "--reduction", "none", "--format", "value"),
        (*MSE, "--json"),
        ("list",),
        ("show", "focal"),
        ("schema", "report"),
        ("compute", "mse", "--help"),
    ],
)
@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_nobody_reads_the_pipe(sample_data: Path, arguments: tuple[str, ...]) -> None:
    # the reader has gone before the first byte is written
    script = '"$@" | (exec <&-; sleep 0.01); echo "${PIPESTATUS[0]}"'
    ended = subprocess.run(
        ["bash", "-o", "pipefail", "-c", f"({script})", "bash", *command(*arguments)],
        capture_output=True, text=True, cwd=sample_data, env=environment(), timeout=60,
    )  # fmt: skip
    assert ended.stdout in ("141\n", "0\n")
    assert ended.stderr == ""


@posix
@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_head_takes_the_first_line(sample_data: Path, save: Any) -> None:
    many = save("many", np.zeros(400_000))
    arguments = ("compute", "mse", str(many), str(many), "--reduction", "none", "--format", "value")
    ended = subprocess.run(
        ["bash", "-o", "pipefail", "-c", '"$@" | head -1; echo "${PIPESTATUS[0]}"', "bash", *command(*arguments)],
        capture_output=True, text=True, cwd=sample_data, env=environment(), timeout=60,
    )  # fmt: skip
    assert ended.stdout in ("0.0\n141\n", "0.0\n0\n")
    assert ended.stderr == ""


@posix
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize("arguments", [MSE, (*MSE, "--json"), ("list",), ("schema", "report")])
def test_a_full_disk_is_said_in_words(sample_data: Path, arguments: tuple[str, ...]) -> None:
    with open("/dev/full", "w") as full:
        ended = subprocess.run(
            command(*arguments), stdout=full, stderr=subprocess.PIPE, cwd=sample_data, env=environment()
        )
    assert ended.returncode == 2
    assert ended.stderr == b"losscli: Standard output cannot be written: no space left on device.\n"


@posix
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_notes_that_cannot_be_written_cost_nothing(sample_data: Path) -> None:
    for arguments, code, out in (((*MSE, "-v", "--format", "value"), 0, VALUE.encode()), (("show", "nope"), 2, b"")):
        with open("/dev/full", "w") as full:
            ended = subprocess.run(
                command(*arguments), stdout=subprocess.PIPE, stderr=full, cwd=sample_data, env=environment()
            )
        assert (ended.returncode, ended.stdout) == (code, out)


@posix
@pytest.mark.skipif(shutil.which("sh") is None, reason="needs sh")
@pytest.mark.parametrize(
    ("closed", "arguments", "code"),
    [
        (">&-", MSE, 0),
        (">&-", ("list",), 0),
        (">&-", ("--version",), 0),
        ("2>&-", (*MSE, "-v"), 0),
        ("2>&-", ("show", "nope"), 2),
        ("2>&-", ("compute", "mse", PRED, "cancer/labels.npy"), 3),
        ("<&-", MSE, 0),
        ("<&-", ENDLESS, 3),
    ],
)
def test_closed_streams(sample_data: Path, closed: str, arguments: tuple[str, ...], code: int) -> None:
    ended = subprocess.run(
        ["sh", "-c", f'"$@" {closed}', "sh", *command(*arguments)],
        capture_output=True, cwd=sample_data, env=environment(), timeout=60,
    )  # fmt: skip
    assert ended.returncode == code
    assert b"Traceback" not in ended.stderr
    assert b"bug" not in ended.stderr


def test_warnings_for_programmers_are_not_shown(process: Any, save: Any) -> None:
    huge = save("huge", [1e200, 1.0])
    code, out, err = process("compute", "mse", huge, save("zero", [0.0, 0.0]), "--format", "value")
    assert (code, out) == (0, "inf\n")
    assert err == "losscli: note: mse: row 0 (from 0) costs inf.\n"


@posix
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds threads in /proc")
@pytest.mark.parametrize("words", [("compute", "mse", "-"), ("inspect", "-"), ("reconcile", "mse", "-")])
def test_a_signal_that_another_thread_gets_ends_a_reader_too(words: tuple[str, ...]) -> None:
    """The main thread waits in read(), which a signal elsewhere does not interrupt."""
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "tgkill"):
        pytest.skip("the C library has no tgkill")
    with subprocess.Popen(
        command(*words), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
    ) as child:
        try:
            until_it_waits(child, 4)
            others = [
                int(each.name) for each in Path(f"/proc/{child.pid}/task").iterdir() if int(each.name) != child.pid
            ]
            assert libc.tgkill(child.pid, min(others), int(signal.SIGINT)) == 0
            assert child.wait(300) == 130
            assert child.stderr is not None
            assert child.stderr.read() == b"losscli: interrupted.\n"
        finally:
            child.kill()
