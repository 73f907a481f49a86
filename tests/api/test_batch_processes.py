"""`batch` as a process: pipes, Ctrl-C, terminals, and many small files."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from batch_data import posix, records
from conftest import command, environment


@posix
def test_a_closed_pipe_ends_it_quietly(data: Path) -> None:
    arguments = " ".join(map(str, command("batch", "'p*.npy'", "--labels", "y.npy", *["-l mse"] * 200)))
    script = f"set -o pipefail; {arguments} | head -1"
    ended = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, env=environment(), cwd=data, timeout=60
    )
    assert (ended.returncode, ended.stderr) == (141, "")
    assert len(records(ended.stdout)) == 1


@posix
@pytest.mark.parametrize("existing", [False, True])
def test_ctrl_c_keeps_what_is_finished(data: Path, existing: bool) -> None:
    if existing:
        (data / "out.jsonl").write_text("before\n")
    run = subprocess.Popen(
        command("batch", "-", "--labels", "y.npy", "-l", "mse", "-o", "out.jsonl"),
        stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(), cwd=data,
    )  # fmt: skip
    assert run.stdin is not None
    run.stdin.write(b"p0.npy\np1.npy\n")
    run.stdin.flush()
    target = data / ("out.jsonl.part" if existing else "out.jsonl")
    until = time.monotonic() + 300
    while not (target.exists() and target.read_text().count("\n") == 2) and time.monotonic() < until:
        time.sleep(0.02)
    run.send_signal(signal.SIGINT)
    _, err = run.communicate(timeout=300)
    assert run.returncode == 130, err.decode()
    assert err.decode().endswith("losscli: interrupted after 2 data sets.\n")
    assert [each["dataset"] for each in records(target.read_text())] == ["p0.npy", "p1.npy"]
    if existing:
        assert (data / "out.jsonl").read_text() == "before\n"


def test_results_come_while_the_list_does(data: Path) -> None:
    run = subprocess.Popen(
        command("batch", "-", "--labels", "y.npy", "-l", "mse"),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment(), cwd=data,
    )  # fmt: skip
    assert run.stdin is not None
    assert run.stdout is not None
    run.stdin.write(b"p0.npy\n")
    run.stdin.flush()
    assert json.loads(run.stdout.readline())["dataset"] == "p0.npy"
    run.stdin.close()
    run.stdout.close()
    assert run.wait(300) == 0


COUNTED = """
import collections, sys
counts = collections.Counter()

def count(event, arguments):
    if event == "open" and str(arguments[0]).endswith(".npy"):
        counts["many" if "many" in str(arguments[0]) else "labels"] += 1
    elif event in ("subprocess.Popen", "os.fork", "os.posix_spawn", "os.exec", "os.system"):
        counts["processes"] += 1

sys.addaudithook(count)
from losscli.cli.main import run
code = run(sys.argv[1:])
print(code, counts["many"], counts["labels"], counts["processes"], file=sys.stderr)
"""


def test_many_small_files_are_read_in_one_process_and_once_for_all_losses(data: Path) -> None:
    for i in range(50):
        shutil.copy(data / "p0.npy", data / f"many{i:03d}.npy")

    def opened(*losses: str) -> tuple[int, ...]:
        words = [sys.executable, "-c", COUNTED, "batch", "many*.npy", "--labels", "y.npy", *losses]
        ended = subprocess.run(words, check=True, capture_output=True, text=True, env=environment(), cwd=data)
        assert ended.stdout.count("\n") == 50 * losses.count("-l")
        return tuple(map(int, ended.stderr.split()))

    one, two = opened("-l", "mse"), opened("-l", "mse", "-l", "huber")
    assert one == two
    code, many, labels, processes = two
    assert (code, processes) == (0, 0)
    assert many <= 3 * 50  # its first bytes, its checksum, its rows
    assert labels <= 3 * 50


@posix
def test_a_terminal_gets_a_table_and_no_bar_for_short_work(data: Path) -> None:
    import pty

    main, other = pty.openpty()
    ended = subprocess.run(
        command("batch", "p*.npy", "--labels", "y.npy", "-l", "mse"), stdout=other, stderr=other, cwd=data,
        env=environment(TERM="xterm", COLUMNS="80"), timeout=60,
    )  # fmt: skip
    os.close(other)
    text = os.read(main, 1 << 16).decode()
    os.close(main)
    assert ended.returncode == 0
    assert "data set" in text
    assert "\x1b[?25l" not in text


@posix
@pytest.mark.parametrize("end", ["close", "interrupt"])
def test_long_work_has_a_bar_that_leaves_the_cursor_shown(data: Path, end: str) -> None:
    import pty

    main, other = pty.openpty()
    run = subprocess.Popen(
        command("batch", "-", "--labels", "y.npy", "-l", "mse", "-o", "out.jsonl"),
        stdin=subprocess.PIPE, stderr=other, cwd=data, env=environment(TERM="xterm", COLUMNS="80"),
    )  # fmt: skip
    os.close(other)
    assert run.stdin is not None
    run.stdin.write(b"p0.npy\n")
    run.stdin.flush()
    text = ""
    until = time.monotonic() + 300
    while "\x1b[?25l" not in text and time.monotonic() < until:
        text += os.read(main, 1 << 16).decode()
    if end == "close":
        run.stdin.close()
    else:
        run.send_signal(signal.SIGINT)
    assert run.wait(300) == (0 if end == "close" else 130)
    text = text.rpartition("\x1b[?25l")[2]
    with contextlib.suppress(OSError):  # Linux: the other end is closed
        while more := os.read(main, 1 << 16):  # a terminal gives 4 kB at a time
            text += more.decode()
    os.close(main)
    run.stdin.close()
    assert "\x1b[?25h" in text
